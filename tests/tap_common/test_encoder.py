"""A row becomes a record only if it has its key."""

from __future__ import annotations

from typing import Any

import pytest

from tap_common.drift import Drift
from tap_common.encoder import RowEncoder
from tap_common.shape import Treatment

SCHEMA = {"type": "object", "properties": {"name": {"type": "string"}}}


def encoded(row: dict[str, Any]) -> bytes | None:
    return RowEncoder(SCHEMA, Treatment(), ("name",), Drift()).encoded(row)


@pytest.mark.parametrize("key", [None, "", [], [4], {}, {"a": 1}, True])
def test_what_can_not_tell_rows_apart_is_no_key(key: Any) -> None:
    assert encoded({"name": key}) is None
    assert encoded({}) is None


def test_a_key_of_another_type_is_one_if_it_can_be_written_as_the_schema_says() -> None:
    assert encoded({"name": "a"}) == b'{"name":"a"}'
    assert encoded({"name": 7}) == b'{"name":"7"}'
