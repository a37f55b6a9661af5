"""What a good reply holds: rows, an object, or an error that says what came instead."""

from __future__ import annotations

from typing import Any

import pytest

from tap_common.errors import ApiError
from tap_common.replies import object_in, objects, rows_in
from tap_common.vendor import Reply, Request
from tests.clock import START


def reply(data: Any) -> Reply:
    return Reply(Request("tickets", "tickets"), data, {}, START)


@pytest.mark.parametrize(
    ("data", "envelope", "rows"),
    [
        ([], None, []),
        ([{"id": 1}], None, [{"id": 1}]),
        ({"tickets": [{"id": 1}], "count": 1}, "tickets", [{"id": 1}]),
        ({"tickets": []}, "tickets", []),
        ({"tickets": None}, "tickets", []),
        ({"tickets": [], "error": None, "errors": []}, "tickets", []),
    ],
)
def test_rows_are_a_list_of_objects(data: Any, envelope: str | None, rows: list[Any]) -> None:
    assert rows_in(reply(data), envelope) == rows


@pytest.mark.parametrize(
    ("data", "envelope", "message"),
    [
        (None, None, "expected a list of objects, got null"),
        ({"error": "x"}, None, "expected a list of objects, got an object with error"),
        ([{"id": 1}, 7], None, "expected a list of objects, got a list"),
        ({}, None, "expected a list of objects, got an empty object"),
        ("x", None, "expected a list of objects, got a string"),
        (7, None, "expected a list of objects, got a number"),
        (True, None, "expected a list of objects, got true or false"),
        ([], "tickets", "expected an object with 'tickets', got a list"),
        (
            {"error": 1, "b": 2},
            "tickets",
            "expected an object with 'tickets', got an object with b, error",
        ),
        (
            {"tickets": {"id": 1}},
            "tickets",
            "expected a list of objects in 'tickets', got an object with id",
        ),
        ({"tickets": [], "error": "busy"}, "tickets", "an error beside 'tickets': busy"),
        ({"tickets": [], "errors": [1]}, "tickets", "an error beside 'tickets': [1]"),
    ],
)
def test_anything_else_is_an_error(data: Any, envelope: str | None, message: str) -> None:
    with pytest.raises(ApiError) as caught:
        rows_in(reply(data), envelope)
    assert str(caught.value) == f"tickets: {message}"


def test_an_object_is_the_reply_or_in_an_envelope() -> None:
    assert object_in(reply({"id": 1})) == {"id": 1}
    assert object_in(reply({"ticket": {"id": 1}}), "ticket") == {"id": 1}


@pytest.mark.parametrize(
    ("data", "envelope", "message"),
    [
        ([], None, "expected an object, got a list"),
        ({"ticket": None}, "ticket", "expected an object in 'ticket', got null"),
        ({"error": 1}, "ticket", "expected an object with 'ticket', got an object with error"),
    ],
)
def test_another_shape_is_no_object(data: Any, envelope: str | None, message: str) -> None:
    with pytest.raises(ApiError) as caught:
        object_in(reply(data), envelope)
    assert str(caught.value) == f"tickets: {message}"


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ([{"id": 1}, 7, None, {"id": 2}], [{"id": 1}, {"id": 2}]),
        ({"id": 1}, [{"id": 1}]),
        (None, []),
        ("text", []),
    ],
)
def test_an_object_in_the_place_of_a_list_is_the_only_one(value: Any, found: list[Any]) -> None:
    assert objects(value) == found
