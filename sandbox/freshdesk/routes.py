"""Every endpoint: its path, how it answers, and who may ask what (sheet 2.1 and 2.2)."""

from __future__ import annotations

from sandbox.freshdesk import ids, lists
from sandbox.freshdesk.call import Answer, Call, Listing, Reader, Route
from sandbox.freshdesk.errors import refuse
from sandbox.freshdesk.office import SINGLE_ONLY_OF_GROUPS, admin_group
from sandbox.freshdesk.params import PAGING
from sandbox.freshdesk.setup import helpdesk_settings
from sandbox.freshdesk.tickets import LISTED, State
from sandbox.table import Row

# Tickets and what hangs on them


def _ticket(call: Call) -> Row:
    """A single ticket; an archived one is a 404 here (inferred)."""
    ticket = call.ids[0]
    account = call.account
    if ticket not in account.tickets or account.tickets.state[ticket] not in LISTED:
        raise refuse(404)
    row = (
        account.ticket(ticket)
        | account.views.description(ticket)
        | account.views.single_only(ticket, call.memory.serial)
    )
    return lists.with_includes(call, row, ticket)


def _archived(call: Call) -> Row:
    ticket = _archived_id(call)
    account = call.account
    return (
        account.ticket(ticket)
        | account.views.description(ticket)
        | account.views.single_only(ticket, call.memory.serial)
    )


def _archived_id(call: Call) -> int:
    ticket = call.ids[0]
    if ticket not in call.account.tickets or call.account.tickets.state[ticket] != State.ARCHIVED:
        raise refuse(404)
    return ticket


def _archived_thread(call: Call) -> Listing:
    return Listing(call.account.threads.of(_archived_id(call)), _itself)


def _child_of_ticket(read: Reader) -> Reader:
    """Children of a ticket: 404 for one that is gone or archived, and in most accounts for spam and trash (SIO 0.8.2)."""

    def guarded(call: Call) -> Answer:
        ticket, tickets = call.ids[0], call.account.tickets
        if ticket not in tickets or tickets.state[ticket] == State.ARCHIVED:
            raise refuse(404)
        if tickets.state[ticket] != State.LIVE and call.options.trash_children != 200:
            raise refuse(call.options.trash_children)
        return read(call)

    return guarded


def _thread(call: Call) -> Listing:
    return Listing(call.account.threads.of(call.ids[0]), _itself)


# People


def _contact(call: Call) -> Row:
    number = call.ids[0] - ids.CONTACTS
    if not 0 <= number < len(call.account.contacts):
        raise refuse(404)
    return call.account.contacts.row(number, call.account.fields, single=True)


def _company(call: Call) -> Row:
    if call.ids[0] not in call.account.companies:
        raise refuse(404)
    return call.account.companies.row(call.ids[0])


# Settings


def _itself(row: Row) -> Row:
    return row


def _all(stream: str) -> Reader:
    return lambda call: Listing(call.account.settings[stream], _itself)


def _one(stream: str) -> Reader:
    def read(call: Call) -> Row:
        return _find(call, stream)

    return read


def _find(call: Call, stream: str) -> Row:
    for row in call.account.settings[stream]:
        if row["id"] == call.ids[0]:
            return row
    raise refuse(404)


def _children(stream: str, parent: str, key: str, top_only: bool = False) -> Reader:
    """Rows whose ``key`` is the id in the path, which must be a row of ``parent``."""

    def read(call: Call) -> Listing:
        _find(call, parent)
        rows = [row for row in call.account.settings[stream] if row[key] == call.ids[0]]
        return Listing([row for row in rows if not (top_only and row["parent_folder_id"])], _itself)

    return read


def _definitions(stream: str) -> Reader:
    return lambda call: Listing(call.account.definitions(stream), _itself)


def _groups(call: Call) -> Listing:
    def listed(row: Row) -> Row:
        return {key: value for key, value in row.items() if key not in SINGLE_ONLY_OF_GROUPS}

    return Listing(call.account.settings["groups"], listed)


def _surveys(call: Call) -> Listing:
    active_only = "state" in call.args
    return Listing(
        [row for row in call.account.settings["surveys"] if row["active"] or not active_only],
        _itself,
    )


_TICKET_PARAMS = (
    *PAGING,
    *("filter", "requester_id", "email", "unique_external_id", "company_id"),
    *("updated_since", "order_by", "order_type", "include"),
)
_CONTACT_PARAMS = (
    *PAGING,
    "email",
    "mobile",
    "phone",
    "company_id",
    "state",
    "unique_external_id",
    "contact_type",
)
_ENTRY_PARAMS = (*PAGING, "company_id", "agent_id", "executed_after", "executed_before", "billable")

_TICKET_LIST_CHOICES = {"include": ("stats", "requester", "description", "company")}
_TICKET_CHOICES = {"include": ("conversations", "requester", "company", "stats", "sla_policy")}
_CONTACT_CHOICES = {"state": ("verified", "unverified", "blocked", "deleted")}
_AGENT_CHOICES = {"state": ("fulltime", "occasional")}

ROUTES: dict[str, Route] = {
    "tickets": Route(
        lists.ticket_list,
        _TICKET_PARAMS,
        bucket="tickets",
        include_cost=2,
        choices=_TICKET_LIST_CHOICES,
    ),
    "tickets/{id}": Route(_ticket, ("include",), include_cost=1, choices=_TICKET_CHOICES),
    "tickets/{id}/conversations": Route(_child_of_ticket(_thread)),
    "tickets/{id}/time_entries": Route(
        _child_of_ticket(lists.ticket_time_entries), feature="timesheets"
    ),
    "tickets/{id}/satisfaction_ratings": Route(
        _child_of_ticket(lists.ticket_ratings), feature="surveys"
    ),
    "tickets/archived/{id}": Route(_archived, (), feature="archive"),
    "tickets/archived/{id}/conversations": Route(_archived_thread, feature="archive"),
    "contacts": Route(
        lists.contact_list, _CONTACT_PARAMS, bucket="contacts", choices=_CONTACT_CHOICES
    ),
    "contacts/{id}": Route(_contact, ()),
    "companies": Route(lists.company_list),
    "companies/{id}": Route(_company, ()),
    "agents": Route(
        lists.agent_list,
        (*PAGING, "email", "mobile", "phone", "state"),
        admin=True,
        choices=_AGENT_CHOICES,
    ),
    "agents/{id}": Route(_one("agents"), (), admin=True),
    "agents/me": Route(lists.me, ()),
    "groups": Route(_groups, admin=True),
    "groups/{id}": Route(_one("groups"), (), admin=True),
    "admin/groups": Route(
        lambda call: Listing(call.account.settings["groups"], admin_group), admin=True
    ),
    "roles": Route(_all("roles"), admin=True),
    "roles/{id}": Route(_one("roles"), (), admin=True),
    "surveys": Route(
        _surveys, (*PAGING, "state"), feature="surveys", choices={"state": ("active",)}
    ),
    "surveys/satisfaction_ratings": Route(
        lists.rating_list, (*PAGING, "created_since", "user_id"), feature="surveys"
    ),
    "time_entries": Route(lists.time_entry_list, _ENTRY_PARAMS, feature="timesheets"),
    "ticket_fields": Route(_definitions("ticket_fields")),
    "admin/ticket_fields": Route(_definitions("admin_ticket_fields"), admin=True),
    "contact_fields": Route(_definitions("contact_fields"), admin=True),
    "company_fields": Route(_definitions("company_fields"), admin=True),
    "products": Route(_all("products")),
    "business_hours": Route(_all("business_hours"), admin=True),
    "email_configs": Route(_all("email_configs"), admin=True),
    "email/mailboxes": Route(_all("email_mailboxes"), admin=True),
    "canned_response_folders": Route(_all("canned_response_folders"), admin=True),
    "canned_response_folders/{id}/responses": Route(
        _children("canned_responses", "canned_response_folders", "folder_id"), admin=True
    ),
    "skills": Route(_all("skills"), feature="skills"),
    "admin/skills": Route(_all("skills"), admin=True, feature="skills"),
    "sla_policies": Route(_all("sla_policies"), admin=True),
    "scenario_automations": Route(_all("scenario_automations"), admin=True),
    "settings/helpdesk": Route(lambda _: helpdesk_settings()),
    "solutions/categories": Route(_all("solution_categories")),
    "solutions/categories/{id}/folders": Route(
        _children("solution_folders", "solution_categories", "category_id", top_only=True)
    ),
    "solutions/folders/{id}/subfolders": Route(
        _children("solution_folders", "solution_folders", "parent_folder_id")
    ),
    "solutions/folders/{id}/articles": Route(
        _children("solution_articles", "solution_folders", "folder_id")
    ),
    "discussions/categories": Route(_all("discussion_categories"), feature="forums"),
    "discussions/categories/{id}/forums": Route(
        _children("discussion_forums", "discussion_categories", "forum_category_id"),
        feature="forums",
    ),
    "discussions/forums/{id}/topics": Route(
        _children("discussion_topics", "discussion_forums", "forum_id"), feature="forums"
    ),
    "discussions/topics/{id}/comments": Route(
        _children("discussion_comments", "discussion_topics", "topic_id"), feature="forums"
    ),
    "account": Route(lambda call: call.account.describe(call.options.plan), ()),
}
