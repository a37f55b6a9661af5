"""Each rule that changes a value, as a table: what the API sends, what the tap writes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from tap_common.errors import ApiError
from tap_common.vendor import Reply, Request
from tap_freshdesk.api import explain, rate_limits
from tap_freshdesk.automations import rule
from tap_freshdesk.custom_objects import next_page
from tap_freshdesk.fields import custom_fields
from tap_freshdesk.lists import refuses
from tap_freshdesk.moving_list import overlapping_page
from tap_freshdesk.people import contact
from tap_freshdesk.ratings_and_time_entries import rating
from tap_freshdesk.staff import covering, group
from tap_freshdesk.tickets import with_requester
from tap_freshdesk.translations import languages
from tests.freshdesk.conftest import Helpdesk
from tests.freshdesk.truth import as_record, expected, own_schema
from tests.truth import Row, assert_holds

ADA = {"id": 7, "name": "Ada", "email": "ada@example.com", "phone": "+1 555", "mobile": None}
REQUESTERS: list[tuple[Row, Row]] = [
    ({"requester": ADA}, {"email": "ada@example.com", "name": "Ada", "phone": "+1 555"}),
    ({"requester": ADA, "email": "e"}, {"email": "e", "name": "Ada", "phone": "+1 555"}),
    (
        {"requester": ADA, "name": None},
        {"email": "ada@example.com", "name": "Ada", "phone": "+1 555"},
    ),
    ({"requester": {"id": 7}}, {"email": None, "name": None, "phone": None}),
    ({"requester": None}, {}),
    ({"requester": []}, {}),
    ({}, {}),
]


@pytest.mark.parametrize(("ticket", "columns"), REQUESTERS)
def test_a_ticket_has_its_requesters_email_name_and_phone(ticket: Row, columns: Row) -> None:
    before = dict(ticket)
    assert with_requester(ticket) == {**ticket, **columns}
    assert ticket == before


ESCALATIONS = [([6], 6), ([6, 7], 6), ([], None), (6, 6), (None, None)]


@pytest.mark.parametrize(("sent", "written"), ESCALATIONS)
def test_a_group_has_one_agent_to_escalate_to(sent: Any, written: Any) -> None:
    assert group({"id": 1, "escalate_to": sent}) == {"id": 1, "escalate_to": written}


OTHER_COMPANIES: list[tuple[Any, Any]] = [
    ([5, 6], [{"company_id": 5}, {"company_id": 6}]),
    ([{"company_id": 5, "view_all_tickets": True}], [{"company_id": 5, "view_all_tickets": True}]),
    ([], []),
    (None, None),
]


@pytest.mark.parametrize(("sent", "written"), OTHER_COMPANIES)
def test_the_other_companies_of_a_contact_are_objects(sent: Any, written: Any) -> None:
    row = contact({"id": 1, "other_companies": sent}, "live")
    assert row == {"id": 1, "other_companies": written, "deleted": False, "blocked": False}


FLAGS = {"live": (False, False), "deleted": (True, False), "blocked": (False, True)}


@pytest.mark.parametrize(("key", "flags"), FLAGS.items())
def test_a_contact_says_from_which_list_it_came(key: str, flags: tuple[bool, bool]) -> None:
    row = contact({"id": 1, "deleted": None}, key)
    assert (row["deleted"], row["blocked"]) == flags


ANSWERS: list[tuple[Any, Any]] = [
    (
        {"default_question": 103, "question_911": -102},
        [
            {"question": "default_question", "value": 103},
            {"question": "question_911", "value": -102},
        ],
    ),
    ({}, []),
    (None, None),
    ([{"question": "a", "value": 1}], [{"question": "a", "value": 1}]),
]


@pytest.mark.parametrize(("sent", "written"), ANSWERS)
def test_the_answers_of_a_rating_are_a_list(sent: Any, written: Any) -> None:
    assert rating({"id": 1, "ratings": sent}) == {"id": 1, "ratings": written}


TEXT = ["null", "string"]
CUSTOM_TYPES: dict[str, Any] = {
    "custom_text": {"type": TEXT},
    "custom_dropdown": {"type": TEXT},
    "custom_date": {"type": TEXT},
    "custom_checkbox": {"type": ["null", "boolean"]},
    "custom_number": {"type": ["null", "integer", "string"]},
    "custom_decimal": {"type": ["null", "number", "string"]},
    "custom_date_time": {"type": TEXT, "format": "date-time"},
    "custom_file": {"type": ["null", "array"], "items": {"type": TEXT}},
    "custom_multi_select_dropdown": {"type": ["null", "array"], "items": {"type": TEXT}},
    "custom_lookup": {"type": ["null", "integer", "string", "object"]},
    "custom_lookup_v2": {"type": ["null", "integer", "string", "object"]},
    "something_new": {"type": TEXT},
}


@pytest.mark.parametrize(("kind", "schema"), CUSTOM_TYPES.items())
def test_a_custom_field_has_a_type(kind: str, schema: Row) -> None:
    definition = {"name": "cf_a", "label": "A", "type": kind, "default": False}
    assert dict(custom_fields(definition)) == {"cf_a": {**schema, "description": "A"}}


@pytest.mark.parametrize("levels", ["nested_ticket_fields", "dependent_fields"])
def test_the_levels_of_a_nested_field_are_fields_of_their_own(levels: str) -> None:
    definition: Row = {"name": "cf_region", "label": "Region", "type": "nested_field"}
    nested = [{"name": "cf_country", "label": "Country", "level": 2}, {"level": 3}, 5]
    found = dict(custom_fields({**definition, "default": False, levels: nested}))
    assert found == {
        "cf_region": {"type": TEXT, "description": "Region"},
        "cf_country": {"type": TEXT, "description": "Country"},
    }


@pytest.mark.parametrize("default", [True, None, "false"])
def test_a_built_in_field_is_no_custom_field(default: Any) -> None:
    assert dict(custom_fields({"name": "subject", "type": "x", "default": default})) == {}


CONVERSIONS: list[tuple[str, Any]] = [
    ("subject", "Grüße 🌙"),
    ("subject", "a\0b"),
    ("subject", 7),
    ("subject", {"a": ["b", None]}),
    ("priority", "2"),
    ("priority", "high"),
    ("priority", 2.0),
    ("priority", True),
    ("priority", 10**30),
    ("spam", "true"),
    ("spam", 1),
    ("spam", "maybe"),
    ("due_by", "2026-05-01T12:00:00+05:30"),
    ("due_by", "2026-05-01T12:00:00.017Z"),
    ("due_by", "2026-05-01"),
    ("due_by", "0000-00-00"),
    ("due_by", ""),
    ("due_by", 1_777_777_777),
    ("due_by", 1_777_777_777_000),
    ("stats", []),
    ("stats", {"closed_at": "2026-05-01T12:00:00+02:00", "new": 1}),
    ("tags", {"a": 1}),
    ("cc_emails", ""),
    ("tags", ["a", 1, None]),
    ("source_additional_info", {"a": 1}),
    ("custom_fields", {"cf_any": {"deep": [1, "\0"]}}),
]


@pytest.mark.parametrize(("field", "value"), CONVERSIONS)
def test_a_value_of_another_type_is_converted_by_the_rules_for_all_taps(
    field: str, value: Any
) -> None:
    desk = Helpdesk(tickets=3)
    desk.fault("value", path="/api/v2/tickets", field=field, value=value)
    run = desk.run("tickets")
    assert run.code == 0, run.err
    wanted = as_record("tickets", {field: value})[field]
    written = [row[field] for row in run.records("tickets") if field in row]
    assert wanted in written


def test_an_empty_text_is_no_address() -> None:
    assert as_record("tickets", {"cc_emails": ""})["cc_emails"] == []


@pytest.mark.parametrize("kind", ["lone_surrogate", "invalid_utf8"])
def test_half_a_character_becomes_the_replacement_character(kind: Any) -> None:
    desk = Helpdesk(tickets=3)
    desk.fault(kind, path="/api/v2/tickets", field="subject")
    run = desk.run("tickets")
    assert run.code == 0, run.err
    assert any("\ufffd" in (row["subject"] or "") for row in run.records("tickets"))


def test_the_own_view_of_an_agent_is_newer_than_the_list() -> None:
    desk = Helpdesk(tickets=3)
    desk.fault("value", path="/api/v2/agents/*", field="signature", value="Newer")
    run = desk.run("agents")
    assert run.code == 0, run.err
    newer = [{**row, "signature": "Newer"} for row in expected(desk.server, "agents")]
    assert_holds(newer, run.records("agents"), stream="agents")


def test_custom_fields_are_typed_at_discovery() -> None:
    desk = Helpdesk()
    schemas = {name: own_schema(name) for name in ("tickets", "contacts", "companies")}
    typed = desk.tap.tap.customise(desk.tap.api(), schemas)
    names = {
        stream: set(typed[stream]["properties"]["custom_fields"]["properties"])
        for stream in schemas
    }
    assert names == {
        stream: set(expected(desk.server, stream)[0]["custom_fields"]) for stream in schemas
    }
    amount = typed["tickets"]["properties"]["custom_fields"]["properties"]["cf_amount"]
    assert amount == {"type": ["null", "number", "string"], "description": "Amount"}


def test_a_field_that_is_defined_twice_has_one_type() -> None:
    desk = Helpdesk()
    definition = {"id": 1, "name": "cf_a", "label": "A", "default": False}
    twice = [{**definition, "type": "custom_text"}, {**definition, "type": "custom_checkbox"}]
    desk.fault("status", status=200, path="*/ticket_fields", body=twice)
    typed = desk.tap.tap.customise(desk.tap.api(), desk.tap.tap.schemas)
    assert typed["tickets"]["properties"]["custom_fields"]["properties"] == {
        "cf_a": {"type": ["null", "boolean"], "description": "A"}
    }


SECRET = {"api_key": "k", "auth_header": {"username": "u", "password": "p"}, "Custom_Headers": {}}
RULES: list[tuple[Row, Row]] = [
    ({"actions": [{"field_name": "hook", **SECRET}]}, {"actions": [{"field_name": "hook"}]}),
    ({"conditions": [{"properties": [SECRET]}]}, {"conditions": [{"properties": [{}]}]}),
    ({"actions": [{"content": SECRET}]}, {"actions": [{"content": {}}]}),
    ({"Summary": {"actions": ["a"]}}, {"summary": {"actions": ["a"]}}),
    ({"performer": None, "actions": "none"}, {"performer": None, "actions": "none"}),
]


@pytest.mark.parametrize(("sent", "written"), RULES)
def test_a_rule_has_no_secrets_at_any_depth(sent: Row, written: Row) -> None:
    assert rule({"id": 1, **sent}, 4) == {"id": 1, "automation_type_id": 4, **written}


ADDRESSES: list[tuple[Any, Any]] = [
    ("https://shop.example/a/b?token=t#part", "https://shop.example/a/b"),
    ("https://bot:pa@55@shop.example:8443/a", "https://shop.example:8443/a"),
    ("https://[broken?token=t", ""),
    ("{{ticket.url}}", "{{ticket.url}}"),
    (None, None),
]


@pytest.mark.parametrize(("sent", "written"), ADDRESSES)
def test_the_address_of_a_webhook_holds_no_secret(sent: Any, written: Any) -> None:
    assert rule({"actions": [{"url": sent}]}, 1)["actions"] == [{"url": written}]


LINKS: list[tuple[Any, set[str]]] = [
    ({"next": {"href": "/schemas/30/records?page_size=2&prev_token=&next_token=x%2Fz"}}, {"x/z"}),
    ({"next": {"href": "https://acme.freshdesk.com/api/v2/x?next_token=7"}}, {"7"}),
    ({"next": {"href": ""}}, set()),
    ({"next": {"href": None}}, set()),
    ({"next": None, "prev": {"href": "?next_token=7"}}, set()),
    ({}, set()),
    ([], set()),
    (None, set()),
]


@pytest.mark.parametrize(("links", "token"), LINKS)
def test_the_next_page_of_records_is_named_by_a_link(links: Any, token: set[str]) -> None:
    reply = Reply(Request("records", "x"), {"records": [], "_links": links}, {}, datetime.now(UTC))
    assert set(next_page(reply).values()) == token


SETTINGS: list[tuple[Row, tuple[str, ...]]] = [
    ({"primary_language": "en", "supported_languages": ["de", "en", "pt-BR"]}, ("de", "pt-BR")),
    ({"primary_language": "en", "supported_languages": ["de", 5, None]}, ("de",)),
    ({"primary_language": "en", "supported_languages": None}, ()),
    ({"primary_language": "en"}, ()),
    ({"primary_language": "en", "supported_languages": ["de", "de"]}, ("de",)),
]


@pytest.mark.parametrize(("settings", "found"), SETTINGS)
def test_the_main_language_of_an_account_is_none_to_translate_into(
    settings: Row, found: tuple[str, ...]
) -> None:
    assert languages(settings) == found


COVERS: list[tuple[dict[int, list[int]], set[int], tuple[list[int], int]]] = [
    ({1: [7], 2: [7, 8], 3: [9]}, {7, 8, 9}, ([2, 3], 0)),
    ({1: [7], 2: [8]}, {7, 9}, ([1], 1)),
    ({1: [7]}, set(), ([], 0)),
    ({1: []}, {7}, ([], 1)),
    ({}, {7, 8}, ([], 2)),
]


@pytest.mark.parametrize(("members", "wanted", "found"), COVERS)
def test_few_groups_hold_the_agents_whose_roles_are_wanted(
    members: dict[int, list[int]], wanted: set[int], found: tuple[list[int], int]
) -> None:
    assert covering(members, wanted) == found


EXPLANATIONS: list[tuple[Any, Any]] = [
    ({"code": "access_denied", "message": "No."}, ("access_denied", "No.")),
    ({"message": "No."}, (None, "No.")),
    ({"description": "No."}, (None, "No.")),
    (
        {
            "description": "Validation failed",
            "errors": [{"field": "page", "message": "Too far", "code": "invalid_value"}],
        },
        ("invalid_value", "Validation failed: page: Too far"),
    ),
    ({"errors": "many"}, None),
    ({"other": 1}, None),
    (["a"], None),
    (None, None),
]


@pytest.mark.parametrize(("body", "explanation"), EXPLANATIONS)
def test_an_error_is_explained_in_the_vendors_words(body: Any, explanation: Any) -> None:
    assert explain(body) == explanation


LISTS_A_MINUTE = [(50, 50), (200, 20), (400, 100), (700, 200), (1000, 300), (2000, 400), (60, None)]
"""The account's limit, and how many calls each of the two lists takes (None: nobody says)."""


@pytest.mark.parametrize(("total", "listed"), LISTS_A_MINUTE)
def test_the_sub_limits_of_lists_follow_from_the_accounts_limit(
    total: int, listed: int | None
) -> None:
    account, *lists = rate_limits({"X-RateLimit-Total": str(total), "X-RateLimit-Remaining": "17"})
    assert (account.limit, account.remaining) == (total, 17)
    assert [(one.bucket, one.limit, one.remaining) for one in lists] == [
        ("ticket list", listed, None),
        ("contact list", listed, None),
    ]


def test_a_reply_without_rate_headers_says_nothing_of_limits() -> None:
    assert list(rate_limits({})) == []


@pytest.mark.parametrize("size", [*range(1, 40), 99, 100])
def test_each_page_of_a_moving_list_begins_inside_the_one_before(size: int) -> None:
    for end in range(1, 700):
        per_page, number = overlapping_page(end, size)
        begin = per_page * (number - 1)
        assert begin < end <= per_page * number
        assert per_page <= max(size, 10)
    assert overlapping_page(0, size) == (size, 1)


@pytest.mark.parametrize(
    ("status", "body", "is_refused"),
    [
        (400, {"errors": [{"field": "updated_since"}]}, True),
        (400, {"errors": [7, {}, {"field": "x"}, {"field": "updated_since"}]}, True),
        (400, {"errors": [{"field": "other"}]}, False),
        (400, {"errors": "updated_since"}, False),
        (400, ["updated_since"], False),
        (400, None, False),
        (500, {"errors": [{"field": "updated_since"}]}, False),
    ],
)
def test_a_filter_is_refused_where_the_error_names_it(
    status: int, body: Any, *, is_refused: bool
) -> None:
    error = ApiError("refused", status=status, body=body)
    assert refuses(error, "updated_since") == is_refused


def test_a_list_says_what_its_tickets_do_not_say_of_spam() -> None:
    desk = Helpdesk(tickets=3)
    for key, query in enumerate(("filter=deleted", "filter=spam", ""), 1):
        rows = [{"id": key, "updated_at": "2026-05-01T00:00:00Z", "spam": None}]
        desk.fault("status", status=200, path="/api/v2/tickets", query=query, body=rows)
    run = desk.run("tickets")
    assert run.code == 0, run.err
    assert {row["id"]: row["spam"] for row in run.records("tickets")} == {
        1: False,
        2: True,
        3: False,
    }
