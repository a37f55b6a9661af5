"""What a run costs: how Zendesk Chat counts its chats.

Source: the vendor's reference, "Chats", search. It goes by the time at which a chat began, and
knows no deleted chats.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tap_common import times
from tap_common.estimate import Counted, EstimateRules, Spread
from tap_common.replies import member
from tap_common.stream import Stream
from tap_common.vendor import Reply, Request


def _chats_since(stream: Stream, since: datetime) -> Request:
    query = f"timestamp:[{times.text(since)} TO *]"
    return Request("chats/search", stream.name, {"q": query})


def _count(reply: Reply) -> Any:
    return member(reply, "count")


CHATS = "zopim_chats"
ESTIMATE_RULES = EstimateRules(
    {
        CHATS: Counted(_chats_since, _count, "chat", "since {since} (search)", page=1000),
        "agent_timeline": Spread(CHATS, 0.3, page=1000),
        "agent_events": Spread(CHATS, 0.3, page=1000),
    }
)
