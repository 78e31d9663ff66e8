"""Parquet on S3 for an image without the library s3fs: pyarrow's filesystem under the name that fsspec looks for."""

from __future__ import annotations

import os
import typing as t

import fsspec
import pyarrow.fs
from fsspec.implementations.arrow import ArrowFSWrapper

# fsspec asks for it, and both have been numbered alike for long.
__version__ = fsspec.__version__


class S3FileSystem(ArrowFSWrapper):
    """As Feast asks for it, with keys from the environment."""

    protocol = ("s3", "s3a")

    def __init__(self, client_kwargs: dict[str, str] | None = None, **options: t.Any) -> None:
        endpoint = (client_kwargs or {}).get("endpoint_url")
        trust = os.environ.get("FEAST_CA_FILE")
        super().__init__(pyarrow.fs.S3FileSystem(endpoint_override=endpoint, tls_ca_file_path=trust), **options)
