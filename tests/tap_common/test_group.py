"""Streams that are read together over many runs: nothing is lost, whatever single parents do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tap_common.outcome import Ending
from tests.tap_common.family import CHILDREN, WHOLE, Family, Target

HOUR = timedelta(hours=1).total_seconds()
DAY = 24 * HOUR
STATUSES = st.sampled_from([200, 200, 200, 403, 401, 500, 422, 206, 0])


@dataclass(frozen=True)
class Step:
    """What happens to the account, and the run after it."""

    changes: list[tuple[int, int]]
    """Numbers of parents that change, each with what it answers from then on (410: it leaves)."""
    silent: list[tuple[int, int]]
    """The same, but the parents do not count as changed."""
    pages: int | None
    """After how many pages the run is killed."""
    page_size: int = 3
    ahead: int = 1
    between: list[int] = field(default_factory=list)
    """Numbers of parents that change while the run goes on, one after each page."""


NUMBERS = st.integers(0, 11)
STEPS = st.lists(
    st.builds(
        Step,
        st.lists(st.tuples(NUMBERS, st.one_of(STATUSES, st.just(410))), max_size=8),
        st.lists(st.tuples(NUMBERS, STATUSES), max_size=4),
        st.none() | st.integers(0, 4),
        st.integers(1, 5),
        st.integers(1, 6),
        st.lists(NUMBERS, max_size=4),
    ),
    min_size=1,
    max_size=6,
)


def happen(family: Family, step: Step) -> None:
    for number, status in step.changes:
        name = f"p{number}"
        if status == 410:
            family.parents.pop(name, None)
            continue
        if name not in family.parents:
            family.add(name)
        family.touch(name)
        family.parents[name].status = status
    for number, status in step.silent:
        if f"p{number}" in family.parents:
            family.parents[f"p{number}"].status = status


def recover(family: Family) -> None:
    for parent in family.parents.values():
        parent.status = 200


def sync_until_settled(family: Family, target: Target, runs: int = 3) -> None:
    """Syncs once a day with a vendor that answers everything."""
    recover(family)
    for _ in range(runs):
        family.clock.advance(DAY)
        target.sync(family)


@settings(max_examples=80, deadline=None)
@given(STEPS)
def test_every_child_arrives_once_the_vendor_shows_it(steps: list[Step]) -> None:
    family, target = Family(), Target()
    for step in steps:
        happen(family, step)
        changes = iter([f"p{number}" for number in step.between])

        def change_one(names: Iterator[str] = changes) -> None:
            family.clock.advance(1)
            name = next(names, "")
            if name in family.parents:
                family.touch(name)

        target.sync(
            family,
            page_size=step.page_size,
            ahead=step.ahead,
            pages=step.pages,
            meanwhile=change_one,
        )
        family.clock.advance(HOUR)
    sync_until_settled(family, target)
    held = {key: target.children.get(key) for key in family.expected()}
    assert held == family.expected()
    assert target.owed == {}


@settings(max_examples=60, deadline=None)
@given(STEPS)
def test_siblings_arrive_in_the_same_run_once_the_stream_is_open(steps: list[Step]) -> None:
    family, target = Family(), Target()
    family.add("open")
    target.sync(family)
    for step in steps:
        family.clock.advance(HOUR)
        happen(family, step)
        run = target.sync(family, page_size=step.page_size, ahead=step.ahead)
        for name, parent in family.parents.items():
            if parent.status == 200:
                assert target.children[f"{name}.0"] == parent.version
        unread = {name for name, parent in family.parents.items() if parent.status != 200}
        assert set(target.owed) <= unread
        assert run.outcomes[CHILDREN.name].ending in (Ending.DONE, Ending.PARTIAL)
        assert run.is_complete == (not target.owed)
        failed = any(entry.get("failed") for entry in target.owed.values())
        assert run.outcomes[CHILDREN.name].fails_run == failed


def test_an_owed_parent_is_asked_once_a_run_although_the_list_shows_it_again() -> None:
    family, target = Family(), Target()
    family.add("open", "p0")
    target.sync(family)
    family.parents["p0"].status = 403
    for tries in range(1, 5):
        family.clock.advance(HOUR)
        family.touch("p0")
        assert target.sync(family).asked.count("p0") == 1
        assert target.owed["p0"]["tries"] == tries


def thousand(**statuses: int) -> Family:
    """An account with 1,000 parents, in the order of their names."""
    family = Family()
    for number in range(1000):
        family.add(f"p{number:03}")
        family.clock.advance(60)
    for name, status in statuses.items():
        family.parents[name].status = status
    return family


@pytest.mark.parametrize("ahead", [1, 16])
@pytest.mark.parametrize("status", [401, 403])
def test_a_first_tenth_that_refuses_costs_the_others_nothing(status: int, ahead: int) -> None:
    refusing = [f"p{number:03}" for number in range(100)]
    family, target = thousand(**dict.fromkeys(refusing, status)), Target()
    run = target.sync(family, page_size=100, ahead=ahead)
    assert run.outcomes[CHILDREN.name].ending is Ending.DONE
    assert len(target.children) == 900 * 3
    assert sorted(target.owed) == refusing
    assert sorted(run.asked) == sorted(family.parents)
    recover(family)
    target.sync(family, page_size=100, ahead=ahead)
    assert target.children == family.expected()
    assert target.owed == {}


def test_a_stream_that_opens_at_the_end_of_the_last_page_is_read_whole() -> None:
    family, target = Family(), Target()
    for number in range(100):
        family.add(f"p{number:03}", status=404 if number % 8 == 0 else 200)
    family.parents["p001"].status = 403
    target.sync(family, page_size=100, ahead=16)
    held = {name.partition(".")[0] for name in target.children}
    assert held == {name for name, parent in family.parents.items() if parent.status == 200}
    assert list(target.owed) == ["p001"]


@pytest.mark.parametrize("ahead", [1, 16])
def test_a_stream_that_every_parent_refuses_is_refused_and_its_bookmark_stays(ahead: int) -> None:
    family, target = thousand(), Target()
    for parent in family.parents.values():
        parent.status = 403
    for _ in range(3):
        run = target.sync(family, page_size=100, ahead=ahead)
        assert run.outcomes[CHILDREN.name].ending is Ending.REFUSED
        assert run.outcomes[CHILDREN.name].fails_run
        assert 60 <= len(run.asked) <= 100
        assert int(run.asked[-1][1:]) >= 900
        assert CHILDREN.name not in target.state
    recover(family)
    target.sync(family, page_size=100, ahead=ahead)
    assert target.children == family.expected()


def test_a_stream_that_has_shown_children_is_never_refused_again() -> None:
    family, target = Family(), Target()
    family.add("quiet", "other")
    target.sync(family)
    family.clock.advance(DAY)
    family.touch("quiet")
    family.parents["quiet"].status = 403
    changed = family.parents["quiet"].changed
    run = target.sync(family)
    assert run.outcomes[CHILDREN.name].ending is Ending.DONE
    assert target.state[CHILDREN.name]["changed"] == changed
    assert list(target.owed) == ["quiet"]


def test_a_list_without_rows_is_shown_too() -> None:
    family, target = Family(), Target()
    family.add("empty", children=0)
    target.sync(family)
    assert target.state[CHILDREN.name]["shown"] is True


def test_failures_do_not_open_a_stream() -> None:
    family, target = Family(), Target()
    family.add("broken", status=500)
    family.add("closed", status=403)
    for _ in range(3):
        run = target.sync(family)
        assert run.outcomes[CHILDREN.name].ending is Ending.REFUSED
        assert "shown" not in target.state[CHILDREN.name]
        assert list(target.owed) == ["broken"]
        family.clock.advance(DAY)


def test_a_vendor_that_fails_a_thousand_times_fails_the_stream_and_is_left_alone() -> None:
    family, target = thousand(), Target()
    target.sync(family, page_size=100)
    before = target.state[CHILDREN.name]
    for name in [*family.parents, "p1000"]:
        if name not in family.parents:
            family.add(name)
        family.clock.advance(1)
        family.touch(name)
        family.parents[name].status = 500
    run = target.sync(family, page_size=1001, ahead=16)
    assert run.outcomes[CHILDREN.name].ending is Ending.FAILED
    assert len(run.asked) < 1001 + 16
    assert target.state[CHILDREN.name] == before
    sync_until_settled(family, target)
    assert target.children == family.expected()


def test_more_refusals_than_the_list_takes_are_reported_and_cost_the_others_nothing() -> None:
    family, target = thousand(), Target()
    target.sync(family, page_size=100)
    family.clock.advance(DAY)
    for number in range(1500):
        name = f"q{number:04}"
        family.add(name, status=403)
        family.clock.advance(1)
    family.add("last")
    run = target.sync(family, page_size=100, ahead=16)
    outcome = run.outcomes[CHILDREN.name]
    assert (outcome.ending, outcome.fails_run) == (Ending.PARTIAL, True)
    assert outcome.reason == "too many parents refuse their children; not asked again: 500 parents"
    assert len(target.owed) == 1000
    assert target.children["last.0"] == 1


@pytest.mark.parametrize("status", [403, 500])
def test_a_full_table_below_parents_is_complete_only_if_all_were_read(status: int) -> None:
    family, target = Family(), Target()
    family.add("p1", "p2", "p3")
    assert target.sync(family, stream=WHOLE).is_complete
    family.parents["p2"].status = status
    run = target.sync(family, stream=WHOLE)
    assert not run.is_complete
    assert run.outcomes[WHOLE.name].fails_run == (status == 500)
    assert target.state[WHOLE.name] == {"shown": True}
    family.parents["p2"].status = 404
    assert target.sync(family, stream=WHOLE).is_complete


def test_a_full_table_that_was_always_refused_is_refused() -> None:
    family, target = Family(), Target()
    family.add("p1", "p2", status=403)
    run = target.sync(family, stream=WHOLE)
    assert run.outcomes[WHOLE.name].ending is Ending.REFUSED
    assert not run.is_complete
    assert WHOLE.name not in target.state
