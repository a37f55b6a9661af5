"""The fewest requests that the Zendesk Chat API allows.

No list says where it ends: a page that is not full is taken to be the last one.
"""

from __future__ import annotations

from benchmarks.least.counts import SINGLE, Least, Truth, unmarked

ON_REQUEST: frozenset[str] = frozenset()
"""Endpoints of streams that a new catalog does not select."""
AGENTS, BANS, EXPORTED = 100, 1000, 1000
"""Rows of the largest pages."""
UNPAGED = ("departments", "goals", "roles", "shortcuts", "skills", "triggers")
LISTS = {
    "agents": ("agents", AGENTS),
    "bans": ("bans", BANS),
    "routing_settings/agents": ("agent_routing_settings", AGENTS),
}
"""The account's list and the size of its pages. Both kinds of bans are one list."""
EXPORTS = ("chats", "agent_timeline", "agent_events", "department_events", "conversions")


def least(truth: Truth) -> dict[str, Least]:
    """The fewest requests of each endpoint for all streams."""
    found = {}
    for endpoint, (name, size) in LISTS.items():
        rows = len(truth(name))
        found[endpoint] = Least(rows, unmarked(rows, size), unmarked(rows, size))
    for name in EXPORTS:
        rows = len(truth(name))
        found[f"incremental/{name}"] = Least(rows, unmarked(rows, EXPORTED), 1)
    for name in UNPAGED:
        found[name] = Least(len(truth(name)), 1, 1)
    return {**found, "account": SINGLE, "routing_settings/account": SINGLE}
