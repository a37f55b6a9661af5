"""Children: one request for each parent, whose answer concerns that parent only."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

import pytest

from tap_common.children import Children, smaller_page
from tap_common.context import ReadContext
from tap_common.errors import ApiError, PageTooLarge, Unreachable
from tap_common.http import Api
from tap_common.owed import OwedParents
from tap_common.stream import Row
from tap_common.vendor import Reply, Request
from tests.clock import START
from tests.tap_common.family import CHILDREN, Family, FamilyApi, children_of

OPEN = {"shown": True}


def context_of(api: FamilyApi, bookmark: dict[str, Any]) -> ReadContext:
    return ReadContext(
        api=cast(Api, api),
        config=cast(Any, {}),
        streams={CHILDREN.name: CHILDREN},
        fields={},
        bookmarks={CHILDREN.name: bookmark},
        start=START,
        owed={CHILDREN.name: OwedParents(CHILDREN.name, bookmark)},
    )


def family(**statuses: int) -> Family:
    account = Family()
    for name, status in statuses.items():
        account.add(name, status=status)
    return account


def ids(found: Iterator[tuple[str, list[Row]]]) -> list[str]:
    return [row["id"] for _, rows in found for row in rows]


@pytest.mark.parametrize("ahead", [1, 2, 16])
def test_children_come_page_by_page_in_their_parents_order(ahead: int) -> None:
    api = FamilyApi(family(b=200, a=200, c=200), ahead)
    found = list(children_of(context_of(api, OPEN)).below(["b", "a", "c"]))
    assert [(parent, len(rows)) for parent, rows in found] == [
        *[("b", 2), ("b", 1)],
        *[("a", 2), ("a", 1)],
        *[("c", 2), ("c", 1)],
    ]
    assert all(request.child for request in api.requests)


@pytest.mark.parametrize("status", [401, 403, 404, 410, 400, 422, 500, 0])
def test_a_parent_without_an_answer_costs_no_other_its_children(status: int) -> None:
    api = FamilyApi(family(a=200, b=status, c=200), ahead=2)
    context = context_of(api, OPEN)
    found = ids(children_of(context).below(["a", "b", "c"]))
    assert found == ["a.0", "a.1", "a.2", "c.0", "c.1", "c.2"]
    assert len(context.owed[CHILDREN.name]) == (status not in (404, 410))


def test_a_parent_that_fails_midway_is_owed_and_read_from_its_start() -> None:
    account = family(a=206, b=200)
    context = context_of(FamilyApi(account), OPEN)
    assert ids(children_of(context).below(["a", "b"])) == ["a.0", "a.1", "b.0", "b.1", "b.2"]
    assert list(context.owed[CHILDREN.name].parts()["owed"]) == ["a"]
    account.parents["a"].status = 200
    assert ids(children_of(context).owed()) == ["a.0", "a.1", "a.2"]
    assert context.owed[CHILDREN.name].parts() == OPEN


def test_owed_parents_are_asked_once_each() -> None:
    entry = {"status": 500, "since": "2026-01-01T00:00:00Z", "tries": 1, "failed": True}
    owed = {"a": entry, "b": {**entry, "last": "2026-01-02T00:00:00Z"}}
    api = FamilyApi(family(a=500, b=200))
    context = context_of(api, {**OPEN, "owed": owed})
    assert ids(children_of(context).owed()) == ["b.0", "b.1", "b.2"]
    first = [request for request in api.requests if not request.params]
    assert [(request.path, request.attempts) for request in first] == [
        ("parents/a/children", 1),
        ("parents/b/children", 1),
    ]
    assert list(context.owed[CHILDREN.name].parts()["owed"]) == ["a"]


@pytest.mark.parametrize("data", [{"children": []}, [{"no": "id"}], None])
def test_a_reply_of_another_shape_is_a_failure_of_its_parent(data: Any) -> None:
    def request(parent: str) -> Request:
        return Request(CHILDREN.path.format(id=parent), CHILDREN.name)

    def pages(reply: Reply) -> Iterator[list[Row]]:
        found = data if "/a/" in reply.request.path else reply.data
        yield [{"id": row["id"]} for row in found]

    context = context_of(FamilyApi(family(a=200, b=200)), OPEN)
    children = Children(context, CHILDREN, request, pages)
    assert ids(children.below(["a", "b"])) == ["b.0", "b.1"]
    assert context.owed[CHILDREN.name].failures == 1


def test_another_request_may_take_the_place_of_one_that_was_not_accepted() -> None:
    account = family(a=422, b=200)

    def instead(_: str, error: ApiError, __: int) -> Request | None:
        return Request("parents/b/children", CHILDREN.name) if error.status == 422 else None

    context = context_of(FamilyApi(account), OPEN)
    children = Children(
        context,
        CHILDREN,
        lambda parent: Request(f"parents/{parent}/children", CHILDREN.name),
        lambda reply: iter([reply.data]),
        instead,
    )
    assert [parent for parent, _ in children.below(["a"])] == ["a"]
    account.parents["b"].status = 403
    assert ids(children.below(["a"])) == []
    assert context.owed[CHILDREN.name].refusals == 1


def test_a_parent_that_is_asked_twice_gives_way_to_small_pages_both_times() -> None:
    account = family(a=200)

    def smaller(parent: str, error: ApiError, tried: int) -> Request | None:
        return smaller_page(tried, error, lambda rows: Request(f"parents/{parent}/children", ""))

    children = Children(
        context_of(FamilyApi(account), OPEN),
        CHILDREN,
        lambda _: Request("parents/nobody/children", CHILDREN.name),
        lambda reply: iter([reply.data]),
        smaller,
    )
    account.add("nobody", status=504)
    for _ in range(3):
        assert ids(children.below(["a"])) == ["a.0", "a.1"]


def test_each_size_of_a_page_is_tried_once() -> None:
    class SmallApi(FamilyApi):
        def get(self, request: Request) -> Reply:
            raise PageTooLarge("504", status=504)

    sizes = []

    def smaller(parent: str, error: ApiError, tried: int) -> Request | None:
        sizes.append(tried)
        return smaller_page(tried, error, lambda rows: Request(f"parents/{parent}/children", ""))

    children = Children(
        context_of(SmallApi(family(a=504)), OPEN),
        CHILDREN,
        lambda parent: Request(f"parents/{parent}/children", CHILDREN.name),
        lambda reply: iter([reply.data]),
        smaller,
    )
    assert ids(children.below(["a"])) == []
    assert sizes == [0, 1, 2]


@pytest.mark.parametrize(
    ("error", "tried", "rows"),
    [
        (PageTooLarge("504", status=504), 0, 10),
        (PageTooLarge("504", status=504), 1, 1),
        (PageTooLarge("504", status=504), 2, None),
        (ApiError("504", status=504), 0, 10),
        (ApiError("406", status=406), 0, None),
    ],
)
def test_the_page_that_takes_the_place_of_one_that_was_too_large(
    error: ApiError, tried: int, rows: int | None
) -> None:
    request = smaller_page(tried, error, lambda rows: Request("a", "", {"rows": rows}))
    assert (request and request.params["rows"]) == rows


def test_a_read_of_some_children_leaves_their_parent_owed() -> None:
    entry = {"status": 500, "since": "2026-01-01T00:00:00Z", "tries": 1, "failed": True}
    context = context_of(FamilyApi(family(a=200, b=200)), {**OPEN, "owed": {"a": entry}})
    children = Children(
        context,
        CHILDREN,
        lambda parent: Request(f"parents/{parent}/children", CHILDREN.name),
        lambda reply: iter([reply.data]),
        settles=False,
    )
    assert ids(children.below(["a", "b"])) == ["a.0", "a.1", "b.0", "b.1"]
    assert list(context.owed[CHILDREN.name].parts()["owed"]) == ["a"]


def test_what_ends_the_run_is_no_failure_of_a_parent() -> None:
    class Down(FamilyApi):
        def get(self, request: Request) -> Reply:
            raise Unreachable("no reply from acme.example")

    context = context_of(Down(family(a=200)), OPEN)
    with pytest.raises(Unreachable):
        ids(children_of(context).below(["a"]))


def test_parents_that_were_passed_over_are_counted_until_they_are_read() -> None:
    names = {f"p{number:04}": 403 for number in range(2_600)}
    account = family(**names)
    context = context_of(FamilyApi(account), {})
    owed, children = context.owed[CHILDREN.name], children_of(context)
    assert ids(children.below(list(names))) == []
    assert owed.passed_over == 2_600 - 13
    account.add("open")
    assert len({parent for parent, _ in children.below(["open"])}) == 1
    assert owed.passed_over == 587
    assert len(owed) == 1000
