"""What belongs to agents: their skills, and whether they are available now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from tap_common import times
from tap_common.children import lost_parents, own_id
from tap_common.context import ReadContext, Reader
from tap_common.errors import ApiError
from tap_common.replies import rows_in
from tap_common.stream import Page, Row, Stream
from tap_common.vendor import Reply, Request
from tap_zendesk_support.lists import LARGEST_PAGE, below, pages, sized

AGENTS = {"role[]": ["agent", "admin"]}
AGENTS_AT_ONCE = 100
SKILLS = Stream(
    "agent_skills",
    "routing/agents/instance_values",
    ("agent_id", "attribute_value_id"),
    note="of 100 agents at once; or `routing/agents/{id}/instance_values`, where that is missing",
)
ONE_BY_ONE = frozenset({400, 404})
"""Answers after which agents are asked one by one: a bad id among many, or no such path."""
PATH_OF_ONE = "routing/agents/{id}/instance_values"


def _skills(context: ReadContext) -> Iterator[Page]:
    """The skills of all agents."""
    request = Request("users", SKILLS.name, AGENTS)
    is_refused = False
    one_by_one = below(context, SKILLS, "attribute_values", _skills_of_one)
    for reply in pages(context.api, sized(request, context.page_size(AGENTS_AT_ONCE))):
        rows = [row for row in rows_in(reply, "users") if row.get("role") != "end-user"]
        lost = lost_parents(rows)
        yield Page(gaps={} if lost is None else {SKILLS.name: lost})
        agents = [str(row["id"]) for row in rows if own_id(row) is not None]
        if agents and not is_refused:
            try:
                yield from _skills_of(context, agents)
                continue
            except ApiError as error:
                if error.status not in ONE_BY_ONE:
                    raise
                is_refused = True
        for agent, rows in one_by_one.below(agents):
            yield Page({SKILLS.name: [_skill(row, int(agent)) for row in rows]})


def _skills_of(context: ReadContext, agents: Sequence[str]) -> Iterator[Page]:
    filtered = Request(SKILLS.path, SKILLS.name, {"filter[agent_ids]": ",".join(agents)})
    for reply in pages(context.api, sized(filtered, context.page_size(LARGEST_PAGE))):
        yield Page({SKILLS.name: rows_in(reply, "instance_values")})


def _skills_of_one(agent: str) -> Request:
    return Request(PATH_OF_ONE.format(id=agent), SKILLS.name)


def _skill(row: Row, agent: int) -> Row:
    """A skill as the list of many agents shows it, from the list of one agent."""
    about = {"agent_id": agent, "attribute_value_id": row.get("id")}
    kept = ("attribute_id", "agent_skill_priority")
    return {**about, **{name: row[name] for name in kept if name in row}}


AVAILABILITIES = Stream(
    "agent_availabilities",
    "agent_availabilities",
    note="as they are when the tap asks, which `read_at` says",
)
AVAILABILITIES_BUCKET = "agent availabilities"


def _availabilities(context: ReadContext) -> Iterator[Page]:
    """Who is available now."""
    request = Request(AVAILABILITIES.path, AVAILABILITIES.name, bucket=AVAILABILITIES_BUCKET)
    for reply in pages(context.api, sized(request, context.page_size(LARGEST_PAGE))):
        yield Page({AVAILABILITIES.name: availabilities_in(reply)})


def availabilities_in(reply: Reply) -> list[Row]:
    """The rows of a reply in the JSON:API format.

    Each has the channels that belong to it, and when it was sent.
    """
    rows = rows_in(reply, "data")
    included = rows_in(reply, "included") if "included" in reply.data else []
    channels = {str(row.get("id")): row for row in included}
    read_at = times.second_of(reply.date)
    return [{**_availability(row, channels), "read_at": read_at} for row in rows]


def _availability(document: Row, channels: Mapping[str, Row]) -> Row:
    related = document.get("relationships") or {}
    links = (related.get("channels") or {}).get("data") or []
    own = [channels[link["id"]] for link in links if link.get("id") in channels]
    return {
        "id": document.get("id"),
        **_attributes(document),
        "channels": [_attributes(channel) for channel in own],
    }


def _attributes(document: Row) -> Row:
    attributes = document.get("attributes") or {}
    if not isinstance(attributes, dict):
        raise ApiError(f"{AVAILABILITIES.path}: expected an object in 'attributes'")
    return attributes


READERS = (
    Reader((SKILLS,), _skills, Request("routing/attributes", SKILLS.name)),
    Reader(
        (AVAILABILITIES,),
        _availabilities,
        sized(Request(AVAILABILITIES.path, AVAILABILITIES.name), 1),
    ),
)
