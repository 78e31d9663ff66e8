# Copyright (c) 2026 baremetal.mlops contributors
# SPDX-License-Identifier: BSD-2-Clause

"""What MLflow's client asks for, and how: filters, pages, addresses, who asks."""

from __future__ import annotations

import ast
import base64
import json
import typing as t
import urllib.parse

import hypothesis
import pytest
from hypothesis import strategies as st

from ansible_collections.baremetal.mlops.plugins.module_utils._errors import ApiError
from ansible_collections.baremetal.mlops.plugins.module_utils._mlflow import client as wire
from ansible_collections.baremetal.mlops.plugins.module_utils._mlflow.connection import OPTIONS, Connection
from tests.integration.faults import Server, answering_server

PLAIN = st.text("abcXYZ012_. -", min_size=1, max_size=256)
Query = dict[str, list[str]]


@hypothesis.given(st.sets(PLAIN, min_size=1, max_size=200))
def test_filters_name_all_that_is_wanted_and_are_short(names: set[str]) -> None:
    found: list[str] = []
    for text in wire._filters(names):
        assert len(text) < wire.FILTER_LENGTH + len("name IN ()") + 256
        named = ast.literal_eval(text.removeprefix("name IN "))
        found += [named] if isinstance(named, str) else named
    assert sorted(found) == sorted(names)


@hypothesis.given(st.lists(st.text(), min_size=1))
def test_no_name_gets_out_of_its_quotes(names: list[str]) -> None:
    for operator in ("IN", "="):
        for text in wire._filters(names, operator):
            assert text == "" or text.count("'") == 2 * len(text.split(","))
            assert all(wire.PLAIN.fullmatch(name) for name in names) or text == ""


def pages(server: Server, asked: list[Query]) -> None:
    """What has been asked, as the server understands it."""
    asked += [urllib.parse.parse_qs(line.partition("?")[2]) for line in server.requests]


def answer(_method: str, path: str) -> tuple[int, dict[str, str], bytes]:
    """A thousand pages of one model each: model-0, model-1 and so on."""
    query = urllib.parse.parse_qs(urllib.parse.urlsplit(path).query)
    page = int(query.get("page_token", ["0"])[0])
    model = {"name": f"model-{page}", "aliases": [{"alias": "champion", "version": "3"}]}
    return 200, {}, json.dumps({"registered_models": [model], "next_page_token": str(page + 1)}).encode()


def test_no_page_is_asked_for_when_all_is_found() -> None:
    asked: list[Query] = []
    with answering_server(answer) as server:
        client = wire.MlflowClient(Connection(server.address))
        assert client.models([]) == {}
        assert client.models(["model-2", "model-1"])["model-2"].aliases == {"champion": 3}
        pages(server, asked)
    assert [query.get("page_token") for query in asked] == [None, ["1"], ["2"]]
    assert {query["filter"][0] for query in asked} == {"name IN ('model-2','model-1')"}


def test_many_names_are_found_without_a_filter() -> None:
    with answering_server(answer) as server:
        found = wire.MlflowClient(Connection(server.address)).models([f"model-{number}" for number in range(400)])
        assert len(found) == len(server.requests) == 400
        assert not [line for line in server.requests if "filter" in line]


@hypothesis.settings(max_examples=30)
@hypothesis.given(name=st.text(min_size=1))
def test_a_name_arrives_as_it_is(name: str) -> None:
    asked: list[Query] = []
    with answering_server(lambda _method, _path: (200, {}, b'{"registered_model": {}}')) as server:
        wire.MlflowClient(Connection(server.address)).model(name)
        pages(server, asked)
    assert asked == [{"name": [name]}]


def test_a_user_goes_before_a_token_and_may_be_of_any_letters() -> None:
    both = Connection("http://mlflow", username="jürgen", password="пароль:€", token="t")
    kind, pair = both.authorization["Authorization"].split(" ")
    assert (kind, base64.b64decode(pair).decode()) == ("Basic", "jürgen:пароль:€")
    assert Connection("http://mlflow", token="t").authorization == {"Authorization": "Bearer t"}
    assert Connection("http://mlflow").authorization == {}


def test_connections_are_kept_through_tls_only() -> None:
    assert wire.MlflowClient(Connection("http://mlflow"))._headers["Connection"] == "close"
    assert "Connection" not in wire.MlflowClient(Connection("https://mlflow"))._headers


@pytest.mark.parametrize("uri", ["http://u:p4ss@mlflow", "http://mlflow/?p4ss", "p4ss", "ftp://p4ss", "http://[p4ss"])
def test_a_refused_address_is_not_repeated(uri: str) -> None:
    params: dict[str, t.Any] = {**dict.fromkeys(OPTIONS), "tracking_uri": uri}
    with pytest.raises(ApiError, match="tracking_uri: ") as caught:
        Connection.from_params(params)
    assert "p4ss" not in caught.value.msg
