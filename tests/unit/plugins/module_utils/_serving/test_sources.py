# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""Where pods find the files of a version."""

from __future__ import annotations

import hypothesis.strategies as st
import pytest
from hypothesis import given

from ansible_collections.baremetal.mlops.plugins.module_utils._errors import ItemError
from ansible_collections.baremetal.mlops.plugins.module_utils._serving.sources import READABLE, readable


@pytest.mark.parametrize(
    ("uri", "root", "path", "found"),
    [
        ("s3://mlflow/artifacts/1/models/m-1/artifacts", "", "", "s3://mlflow/artifacts/1/models/m-1/artifacts"),
        ("s3://mlflow/1/", "", "model.ubj", "s3://mlflow/1/model.ubj"),
        ("mlflow-artifacts:/1/abc/artifacts/model", "s3://mlflow", "", "s3://mlflow/1/abc/artifacts/model"),
        ("mlflow-artifacts://host:5000/1/abc", "s3://mlflow/artifacts/", "", "s3://mlflow/artifacts/1/abc"),
        ("mlflow-artifacts:/1/abc", "s3://mlflow", "/onnx/", "s3://mlflow/1/abc/onnx"),
    ],
)
def test_an_address_is_one_that_pods_can_read(uri: str, root: str, path: str, found: str) -> None:
    assert readable("fraud", uri, root, path) == found


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "models:/m-1",
        "runs:/abc/model",
        "file:///tmp/x",
        "/tmp/x",
        "dbfs:/x",
        "s3:///x",
        "s3://a/../b",
        "s3://a/b?c",
        "s3://a/b#c",
        "s3://a/b\nc",
        "mlflow-artifacts:/1/../../secrets",
    ],
)
def test_all_else_is_refused_in_one_line(uri: str) -> None:
    with pytest.raises(ItemError, match="which pods cannot read: s3://bucket/path is needed") as caught:
        readable("fraud: version 1", uri, "s3://mlflow", "")
    assert "\n" not in caught.value.msg


@given(st.text(), st.sampled_from(["", "s3://mlflow/artifacts"]))
def test_any_text_is_an_address_below_a_bucket_or_refused(text: str, root: str) -> None:
    for uri in (text, f"s3://{text}", f"mlflow-artifacts:/{text}"):
        try:
            found = readable("fraud", uri, root, "")
        except (ItemError, ValueError):
            continue
        assert found.split(":")[0].lower() in READABLE
        assert ".." not in found.split("/")
        assert len(found.splitlines()) == 1
