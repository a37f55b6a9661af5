"""What a row says follows from its own history and its children, before and after changes."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from sandbox.desk import Account
from sandbox.desk.api import DeskApp

Row = dict[str, Any]


@pytest.fixture(scope="module", params=["as built", "after changes"])
def account(request: pytest.FixtureRequest) -> Account:
    account = Account(3, 150)
    if request.param == "after changes":
        DeskApp(account).changes.live(1, 150)
    return account


def children(account: Account, stream: str) -> dict[int, list[Row]]:
    found: dict[int, list[Row]] = {row["id"]: [] for row in account.rows("cases")}
    for row in account.rows(stream):
        found[row["case_id"]].append(row)
    return found


def test_a_cases_status_and_times_follow_from_its_history(account: Account) -> None:
    histories = children(account, "case_history")
    for case in account.rows("cases"):
        newest_first = histories[case["id"]]
        reached: dict[str, list[str]] = {}
        for entry in newest_first[::-1]:
            for change in entry["changes"]:
                if change["field"] == "status":
                    reached.setdefault(change["to"], []).append(entry["created_at"])
                    status = change["to"]
        assert case["status"] == status
        assert case["updated_at"] == case["changed_at"] == newest_first[0]["created_at"]
        assert case["created_at"] == newest_first[-1]["created_at"]
        for status, name in (("open", "opened_at"), ("resolved", "resolved_at")):
            times = reached.get(status, [None])
            assert (case[f"first_{name}"], case[name]) == (times[0], times[-1])


@pytest.mark.parametrize("stream", ["replies", "notes", "attachments", "case_links"])
def test_a_case_counts_what_hangs_on_it(account: Account, stream: str) -> None:
    found = children(account, stream)
    counts = {row["id"]: row["_links"][stream]["count"] for row in account.rows("cases")}
    assert counts == {case: len(rows) for case, rows in found.items()}
    assert sum(counts.values()) > 0


def test_nothing_happened_to_a_case_after_its_last_update(account: Account) -> None:
    updated = {row["id"]: row["updated_at"] for row in account.rows("cases")}
    for stream in ("messages", "drafts", "replies", "notes", "attachments", "case_history"):
        for row in account.rows(stream):
            assert row.get("updated_at", row["created_at"]) <= updated[row["case_id"]]


def test_the_agent_to_whom_a_case_is_assigned_answers_it(account: Account) -> None:
    agents = {row["id"]: row["_links"]["assigned_user"] for row in account.rows("cases")}
    answers = [row for row in account.rows("replies") if row["direction"] == "out"]
    senders = [(row["case_id"], row["_links"].get("sent_by")) for row in answers]
    named = [(case, sender) for case, sender in senders if sender and agents[case]]
    assert named
    assert all(sender == agents[case] for case, sender in named)


def test_an_assigned_user_is_in_the_assigned_group(account: Account) -> None:
    memberships = {(row["user_id"], row["id"]) for row in account.rows("user_groups")}
    for row in account.rows("cases"):
        user, group = row["_links"]["assigned_user"], row["_links"]["assigned_group"]
        if user and group:
            pair = [int(link["href"].split("/")[-1]) for link in (user, group)]
            assert tuple(pair) in memberships


def test_feedback_follows_the_resolution_of_its_case(account: Account) -> None:
    cases = {row["id"]: row for row in account.rows("cases")}
    feedbacks = account.rows("feedbacks")
    assert feedbacks
    for row in feedbacks:
        case = cases[row["id"]]
        assert case["first_resolved_at"] <= row["created_at"] <= case["updated_at"]
    linked = {number for number, row in cases.items() if row["_links"]["feedbacks"]}
    assert linked == {row["id"] for row in feedbacks}


def test_a_customer_counts_the_cases_that_were_opened_since_joining(account: Account) -> None:
    cases = account.rows("cases")
    openers = [int(row["_links"]["customer"]["href"].split("/")[-1]) for row in cases]
    counts = Counter(openers)
    names = {row["_links"]["self"]["href"]: row["name"] for row in account.rows("companies")}
    joined = {}
    for row in account.rows("customers"):
        joined[row["id"]] = row["created_at"]
        assert row["_links"]["cases"]["count"] == counts[row["id"]]
        company = row["_links"]["company"]
        assert row["company"] == (names[company["href"]] if company else None)
        assert row["created_at"] <= row["updated_at"]
    pairs = zip(cases, openers, strict=True)
    assert all(joined[opener] <= case["created_at"] for case, opener in pairs)
