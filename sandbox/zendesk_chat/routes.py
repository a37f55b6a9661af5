"""Every endpoint by its path below either base (sheet section 2)."""

from __future__ import annotations

from sandbox.zendesk_chat import export, lists
from sandbox.zendesk_chat.call import Route

ROUTES: dict[str, Route] = {
    "account": Route(lists.account, admin=True),
    "agents": Route(lists.agents),
    "agents/{id}": Route(lists.one("agents")),
    "bans": Route(lists.bans, admin=True),
    "chats": Route(lists.chats),
    "chats/search": Route(lists.search),
    "chats/{id}": Route(lists.chat),
    "departments": Route(lists.setting("departments")),
    "departments/{id}": Route(lists.one("departments")),
    "goals": Route(lists.setting("goals"), admin=True),
    "roles": Route(lists.setting("roles"), admin=True, feature="roles"),
    "routing_settings/account": Route(lists.routing, admin=True, feature="routing_settings"),
    "routing_settings/agents": Route(lists.agents_routing, admin=True, feature="routing_settings"),
    "shortcuts": Route(lists.setting("shortcuts")),
    "skills": Route(lists.setting("skills"), admin=True, feature="skills"),
    "triggers": Route(lists.setting("triggers"), admin=True),
}
for one in export.EXPORTS:
    feature = "agent_events" if one.resource == "agent_events" else ""
    ROUTES[f"incremental/{one.resource}"] = Route(export.reader(one), admin=True, feature=feature)
