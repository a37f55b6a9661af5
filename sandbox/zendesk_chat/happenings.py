"""What visitors and agents do to a chat: each changes the chat's row and leaves a trace in it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sandbox.table import Row
from sandbox.times import stamp
from sandbox.zendesk_chat.talks import indexed


def rate(row: Row, at: int, rating: str) -> None:
    """Let the visitor rate the chat."""
    _trace(row, at, "chat.request.rating", "agent:")
    _trace(row, at, "chat.rating", rating=row["rating"], new_rating=rating)
    _set_last(row, "rating", rating)


def comment(row: Row, at: int, text: str) -> None:
    """Let the visitor comment on the chat."""
    _trace(row, at, "chat.comment", new_comment=text)
    _set_last(row, "comment", text)


def tag(row: Row, at: int, name: str) -> None:
    """Add a tag to the chat."""
    tags = [*row["tags"], name]
    _trace(row, at, "chat.tag", "agent:", tags=row["tags"], new_tags=tags)
    row["tags"] = tags


def convert(row: Row, at: int, goals: Sequence[Row], serial: int) -> Row:
    """Let the visitor reach a goal because of the chat, and return the conversion."""
    goal = goals[serial % len(goals)]
    agents = row.get("agent_ids")
    conversion: Row = {
        "id": f"conversion:{row['id']}.{serial}",
        "goal_id": goal["id"],
        "goal_name": goal["name"],
        "timestamp": stamp(at),
        "attribution": {
            "agent_id": int(agents[0]) if agents else None,
            "agent_name": row["agent_names"][0] if agents else None,
            "department_id": row["department_id"],
            "department_name": row["department_name"],
            "chat_timestamp": row["timestamp"],
        },
    }
    _trace(row, at, "chat.conversion", conversion=conversion)
    row["conversions"] = [*row["conversions"], conversion]
    return conversion


def _trace(row: Row, at: int, kind: str, by: str = "visitor:", **more: Any) -> None:
    """Add an entry to the history at the place of its time. Offline messages have no history."""
    if "history" not in row:
        return
    first = row["history"][0]
    known = [entry for entry in row["history"] if entry["nick"].startswith(by)]
    author = (known or [first])[-1]
    whose = ("name", "nick", "channel", "department_id", "department_name")
    entry = {"type": kind, "timestamp": stamp(at), **{name: author[name] for name in whose}, **more}
    history = sorted([*row["history"], entry], key=lambda entry: str(entry["timestamp"]))
    row["history"] = indexed(history) if "index" in first else history


def _set_last(row: Row, field: str, value: str) -> None:
    """Set a field of the chat and of its last engagement."""
    row[field] = value
    if row["engagements"]:
        row["engagements"] = [*row["engagements"][:-1], {**row["engagements"][-1], field: value}]
