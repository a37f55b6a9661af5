"""What a row of the Zendesk Chat sandbox says follows from its history and from other rows."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import Any

import pytest

from sandbox.zendesk_chat import Account, ZendeskChatServer

Row = dict[str, Any]


def seconds(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())


@pytest.fixture(params=["as built", "after a day"])
def account(request: pytest.FixtureRequest, server: ZendeskChatServer) -> Account:
    if request.param == "after a day":
        server.changes.live(seed=1, n=200)
    return server.app.account


def talks(account: Account) -> list[Row]:
    return [row for row in account.rows("chats") if row["type"] == "chat"]


def of_type(chat: Row, kind: str) -> list[Row]:
    return [entry for entry in chat["history"] if entry["type"] == f"chat.{kind}"]


def test_a_history_is_in_the_order_of_its_times(account: Account) -> None:
    for chat in talks(account):
        times = [entry["timestamp"] for entry in chat["history"]]
        assert times == sorted(times)
        assert times[0] == chat["timestamp"]
        assert of_type(chat, "memberleave")[-1]["timestamp"] == chat["end_timestamp"]


def test_counts_and_reply_times_are_those_of_the_messages(account: Account) -> None:
    for chat in talks(account):
        messages = of_type(chat, "msg")
        agents = [message for message in messages if "agent_id" in message]
        assert chat["count"] == {
            "visitor": len(messages) - len(agents),
            "agent": len(agents),
            "total": len(messages),
        }
        waits, asked = [], None
        for message in messages:
            said = seconds(message["timestamp"])
            if "agent_id" not in message:
                asked = said
            elif asked is not None:
                waits.append(said - asked)
                asked = None
        times = chat["response_time"] or {"first": None, "avg": None, "max": None}
        average = sum(waits) / len(waits) if waits else None
        assert times["avg"] == average
        assert times["first"] == (waits[0] if waits else None)
        assert times["max"] == (max(waits) if waits else None)


def test_agents_are_those_who_joined_and_engagements_are_theirs(account: Account) -> None:
    for chat in talks(account):
        joined = [
            entry for entry in of_type(chat, "memberjoin") if entry["nick"].startswith("agent:")
        ]
        assert [entry["nick"] for entry in joined] == [f"agent:{one}" for one in chat["agent_ids"]]
        assert [entry["name"] for entry in joined] == chat["agent_names"]
        assert chat["missed"] == (not joined)
        times = [(entry["agent_id"], entry["timestamp"]) for entry in chat["engagements"]]
        assert times == [
            (entry["nick"].removeprefix("agent:"), entry["timestamp"]) for entry in joined
        ]
        by_agents = sum(engagement["count"]["agent"] for engagement in chat["engagements"])
        assert by_agents == chat["count"]["agent"]


def test_ratings_comments_tags_and_conversions_are_the_last_of_the_history(
    account: Account,
) -> None:
    for chat in talks(account):
        last: Row = {"new_rating": None, "new_comment": None, "new_tags": []}
        for entry in chat["history"]:
            last |= {name: entry[name] for name in last if name in entry}
        found = {"rating": chat["rating"], "comment": chat["comment"], "tags": chat["tags"]}
        assert found == {name.removeprefix("new_"): value for name, value in last.items()}
        conversions = [entry["conversion"] for entry in of_type(chat, "conversion")]
        assert chat["conversions"] == conversions
        if chat["engagements"]:
            assert chat["engagements"][-1]["rating"] == chat["rating"]
            assert chat["engagements"][-1]["comment"] == chat["comment"]


def test_a_chat_was_updated_when_something_last_happened_to_it(account: Account) -> None:
    for chat in talks(account):
        assert chat["update_timestamp"] >= chat["history"][-1]["timestamp"]
        length = seconds(chat["end_timestamp"]) - seconds(chat["timestamp"])
        assert length - 1 < chat["duration"] <= length


def test_the_export_of_conversions_holds_those_of_the_chats(account: Account) -> None:
    exported = {row["id"]: row for row in account.rows("conversions")}
    for chat in talks(account):
        for conversion in chat["conversions"]:
            own = {**conversion["attribution"], "chat_id": chat["id"]}
            assert exported.pop(conversion["id"]) == {**conversion, "attribution": own}
    assert exported == {}


def test_lists_of_members_and_roles_are_those_of_the_agents(account: Account) -> None:
    agents = account.rows("agents")
    for stream in ("departments", "skills"):
        for row in account.rows(stream):
            assert row["members"] == [one["id"] for one in agents if row["id"] in one[stream]]
    for role in account.rows("roles"):
        assert role["members_count"] == len([one for one in agents if one["role_id"] == role["id"]])


def test_log_ins_and_events_are_those_of_the_timeline(account: Account) -> None:
    spans: dict[int, list[Row]] = defaultdict(list)
    for span in account.rows("agent_timeline"):
        spans[span["agent_id"]].append(span)
    for agent in account.rows("agents"):
        online = [one for one in spans[agent["id"]] if one["status"] == "online"]
        assert agent["login_count"] == len(online)
        last = online[-1]["start_time"][:19] + "Z" if online else None
        assert agent["last_login"] == last
    statuses: dict[int, str] = {}
    for event in account.rows("agent_events"):
        if event["field_name"] == "status":
            assert event["previous_value"] == statuses.get(event["agent_id"], "offline")
            statuses[event["agent_id"]] = event["value"]
    assert statuses == {agent: own[-1]["status"] for agent, own in spans.items() if own}


def test_events_of_departments_lead_from_value_to_value(account: Account) -> None:
    values: dict[tuple[int, str], Any] = {}
    for event in account.rows("department_events"):
        place = (event["department_id"], event["field_name"])
        if place in values:
            assert event["previous_value"] == values[place]
        values[place] = event["value"]
    for department in account.rows("departments"):
        assert values[department["id"], "agents"] == len(department["members"])
        assert values[department["id"], "settings"] == department["settings"]
