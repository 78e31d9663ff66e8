"""The table of `make versions`."""

from __future__ import annotations

import typing as t

from tools import versions

if t.TYPE_CHECKING:
    import pathlib


def test_rows_show_the_labs_pin_and_a_newer_release() -> None:
    catalog = {"a": {"version": "1.2.0", "known": "1.2.0"}, "b": {"version": "3.1.0", "known": "3.2.0"}}
    assert versions.rows(catalog, {"a": "1.1.9"}) == [
        ("a", "1.2.0", "1.1.9", "1.2.0", ""),
        ("b", "3.1.0", "3.1.0", "3.2.0", "newer known"),
    ]


def test_pins_come_from_any_file_of_the_inventory(tmp_path: pathlib.Path) -> None:
    (tmp_path / "group_vars/all").mkdir(parents=True)
    (tmp_path / "group_vars/all/platform.yml").write_text("platform_domain: x.example\n")
    (tmp_path / "group_vars/all/catalog.yml").write_text("catalog_pins:\n  kubernetes: 1.35.4\n")
    assert versions.pins(tmp_path) == {"kubernetes": "1.35.4"}


def test_columns_are_aligned() -> None:
    assert versions.table([("a", "bb", ""), ("aaa", "b", "")]) == "a    bb\naaa  b"
