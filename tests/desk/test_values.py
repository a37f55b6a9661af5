"""Each rule that changes a value, by examples: what comes, and what is sent."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.desk.hal import ROOT
from tap_common import catalog
from tap_common.errors import UsageError
from tap_common.vendor import Request
from tap_desk import case_streams, feedbacks, people, rows, tables
from tap_desk.api import explain, host
from tap_desk.rows import Columns, linked
from tap_desk.search_page import version
from tap_desk.tap import TAP
from tests.desk.conftest import OAUTH, Opened
from tests.desk.truth import expected
from tests.truth import assert_holds

Row = dict[str, Any]
MARCH = "2019-03-01T00:00:00Z"
APRIL = "2019-04-01T00:00:00Z"
STITCH_AND_SEGMENT = {
    "cases": "id external_id subject priority description status type labels label_ids language "
    "custom_fields suppress_rules blurb created_at updated_at changed_at active_at received_at "
    "locked_until first_opened_at opened_at last_opened_at first_resolved_at resolved_at "
    "route_status",
    "customers": "id first_name last_name company title avatar uid external_id background language "
    "locked_until created_at updated_at emails phone_numbers addresses custom_fields "
    "access_private_portal access_company_cases",
    "replies": "case_id reply_id subject body direction status to from cc bcc client_type "
    "suppress_rules sent_by sent_at created_at updated_at",
    "users": "id name public_name email email_verified avatar level current_login_at last_login_at "
    "created_at updated_at available",
    "user_groups": "id user_id name",
    "brands": "name created_at updated_at",
    "companies": "name domains created_at updated_at custom_fields",
    "feedbacks": "rating rating_type additonal_feedback created_at updated_at user case",
    "articles": "subject position quickcode keywords publish_at created_at updated_at body "
    "body_email body_email_auto body_chat body_chat_auto body_web_callback body_web_callback_auto "
    "body_twitter body_twitter_auto body_qna body_qna_auto body_phone body_phone_auto "
    "body_facebook body_facebook_auto rating rating_count rating_score public_url "
    "in_support_center internal_notes locale available_locales",
}


def links(**addresses: Any) -> Row:
    """Links to addresses below the API's root."""
    return {
        name: {"href": ROOT + address, "class": name} if isinstance(address, str) else address
        for name, address in addresses.items()
    }


@pytest.mark.parametrize("stream", STITCH_AND_SEGMENT)
def test_the_tables_of_stitch_and_segment_have_all_their_fields(stream: str) -> None:
    fields = set(STITCH_AND_SEGMENT[stream].split())
    assert fields <= TAP.schemas[stream]["properties"].keys()


@pytest.mark.parametrize(
    ("row", "number"),
    [
        ({"id": 7}, 7),
        ({"id": 7, "_links": links(self="cases/8")}, 7),
        ({"_links": links(self="cases/8")}, 8),
        ({"_links": links(self="cases/8/")}, 8),
        ({"_links": links(self="cases/8?embed=message")}, 8),
        ({"id": None, "_links": links(self="topics/3")}, 3),
        ({"id": "7", "_links": links(self="topics/3")}, 3),
        ({"id": True, "_links": links(self="topics/3")}, 3),
        ({"id": "7"}, 7),
        ({"id": "7", "_links": {"self": None}}, 7),
        ({"id": "seven"}, None),
        ({"_links": links(self="cases/8/message")}, None),
        ({"_links": {"self": {"href": None}}}, None),
        ({"_links": None}, None),
        ({}, None),
    ],
)
def test_a_row_is_known_by_its_id_or_its_address(row: Row, number: int | None) -> None:
    assert rows.identifier(row) == number


@pytest.mark.parametrize(
    ("link", "id_column", "count_column"),
    [
        ({"href": "/api/v2/users/5", "class": "user"}, 5, None),
        ({"href": "/api/v2/users/5", "class": "user", "count": 3}, 5, 3),
        ({"href": "/api/v2/users/5", "class": "user", "count": 0}, 5, 0),
        ({"href": None, "class": "site"}, None, None),
        (None, None, None),
        ("users/5", None, None),
    ],
)
def test_a_link_becomes_a_number_and_a_count(
    link: Any, id_column: int | None, count_column: int | None
) -> None:
    row = {"id": 1, "_links": {"x": link}, "_embedded": {"x": {"id": 5}}}
    columns = Columns(("x",), ("x",))
    assert columns(row) == {
        "id": 1,
        "_links": {"x": link},
        "x_id": id_column,
        "x_count": count_column,
    }


def test_a_column_that_the_row_has_itself_stays() -> None:
    row = {"id": 1, "x_id": 7, "x_count": 3, "_links": links(x="users/5")}
    assert Columns(("x",), ("x",))(row) == row


@pytest.mark.parametrize(
    ("opened_at", "last_opened_at", "both"),
    [(MARCH, None, MARCH), (None, MARCH, MARCH), (APRIL, MARCH, APRIL), (None, None, None)],
)
def test_the_time_of_opening_bears_both_names(
    opened_at: str | None, last_opened_at: str | None, both: str | None
) -> None:
    row = {"id": 1, "opened_at": opened_at, "last_opened_at": last_opened_at}
    case = case_streams.CASE_COLUMNS(row)
    assert (case["opened_at"], case["last_opened_at"]) == (both, both)


def test_a_reply_is_known_by_the_number_in_its_address() -> None:
    reply = {"id": 3, "_links": links(self="cases/1/replies/19", sent_by="users/4")}
    found = case_streams.REPLY_COLUMNS(reply)
    assert (found["reply_id"], found["id"], found["sent_by"]) == (19, 3, 4)
    without_address = case_streams.REPLY_COLUMNS({"id": 3})
    assert (without_address["reply_id"], without_address["channel"]) == (3, None)


def test_a_message_and_a_draft_keep_their_own_id_or_none() -> None:
    message = {"_links": links(self="cases/12")}
    assert case_streams.MESSAGE_COLUMNS(message)["id"] is None
    draft = case_streams.DRAFT_COLUMNS({"id": 3, "_links": links(self="cases/1/replies/19")})
    assert (draft["id"], draft["reply_id"], draft["channel"]) == (3, 19, "self")


@pytest.mark.parametrize(
    ("times", "positions"),
    [
        (["2019-03-03", "2019-03-02", "2019-03-01"], [3, 2, 1]),
        (["2019-03-01", "2019-03-02", "2019-03-03"], [1, 2, 3]),
        (["2019-03-03", "2019-03-01", "2019-03-01"], [3, 2, 1]),
        (["2019-03-01", "2019-03-01", "2019-03-02"], [1, 2, 3]),
        (["2019-03-01", "2019-03-01"], [1, 2]),
        (["2019-03-02", "2019-03-03", "2019-03-01"], [2, 3, 1]),
        ([None, None], [1, 2]),
        ([], []),
    ],
)
def test_entries_are_numbered_from_the_oldest_on(
    times: list[str | None], positions: list[int]
) -> None:
    entries = [{"created_at": time, "place": place} for place, time in enumerate(times)]
    numbered = sorted(case_streams.oldest_first(entries), key=lambda row: int(row["place"]))
    assert [row["position"] for row in numbered] == positions


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"additional_feedback": "Danke"}, "Danke"),
        ({"additonal_feedback": "Danke"}, "Danke"),
        ({"additional_feedback": None}, None),
        ({}, None),
    ],
    ids=str,
)
def test_a_feedback_bears_both_spellings_and_both_names_of_its_links(
    given: Row, text: str | None
) -> None:
    row = {"id": 9, **given, "_links": links(user="users/3", case="cases/4")}
    found = feedbacks.FEEDBACK_COLUMNS(row)
    assert found["additional_feedback"] == found["additonal_feedback"] == text
    assert (found["user"], found["user_id"]) == (3, 3)
    assert (found["case"], found["case_id"]) == (4, 4)


@pytest.mark.parametrize(("size", "number"), [("1234", 1234), (1234, 1234), (None, None)])
def test_a_count_that_came_as_text_is_a_number(size: Any, number: int | None) -> None:
    change = rows.as_number("size")
    assert change({"size": size})["size"] == number


@pytest.mark.parametrize("size", ["12.5", "12 kB", "12²", ""])
def test_a_count_that_is_none_is_left_to_the_schema(size: str) -> None:
    assert rows.as_number("size")({"size": size}) == {"size": size}


def test_a_setting_is_known_by_the_last_word_of_its_address() -> None:
    assert (
        tables.NAMED({"_links": links(self="site_settings/company_name")})["id"] == "company_name"
    )
    assert tables.NAMED({"id": 4, "_links": links(self="filters/4")})["id"] == "4"
    assert tables.NAMED({"name": "closed"})["id"] is None


def test_a_translation_has_its_own_language_or_that_of_its_address(opened: Opened) -> None:
    desk = opened(cases=3)
    catalog = desk.catalog("articles", "article_translations")
    for value, language in ((None, "en"), ("pt-BR", "pt-BR")):
        fault = {"kind": "value", "path": "*/translations", "field": "locale", "value": value}
        desk.server.faults.set([fault])
        run = desk.run(catalog=catalog)
        assert {row["locale"] for row in run.records("article_translations")} == {language, "de"}


def test_a_customer_locked_by_the_system_has_no_locker() -> None:
    site = {"class": "site", "href": None}
    row = {"id": 1, "_links": {"locked_by": site, "company": None}}
    customer = people.CUSTOMER_COLUMNS(row)
    assert (customer["locked_by_id"], customer["company_id"]) == (None, None)
    assert customer["_links"]["locked_by"] == site


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"message": "Unauthorized"}, (None, "Unauthorized")),
        ({"message": "No", "errors": {"a": ["blank"]}}, (None, "No {'a': ['blank']}")),
        ({"errors": ["x"]}, (None, "['x']")),
        ({"error": "x"}, None),
        ("Too Many Requests", None),
        (None, None),
    ],
    ids=str,
)
def test_an_error_says_its_message(body: Any, said: Any) -> None:
    assert explain(body) == said


@pytest.mark.parametrize(
    ("site", "name"),
    [
        ("stitch", "stitch.desk.com"),
        ("stitch.desk.com", "stitch.desk.com"),
        ("https://stitch.desk.com/", "stitch.desk.com"),
        ("https://Stitch.desk.com/api/v2/", "stitch.desk.com"),
        (" support.example.co.uk ", "support.example.co.uk"),
        ("https://support.example.com:8443", "support.example.com:8443"),
    ],
)
def test_a_site_is_a_subdomain_a_host_or_a_url(site: str, name: str) -> None:
    assert host(site) == name


@pytest.mark.parametrize(
    "site", ["", "a b", "https://", "acme_x", ".desk.com", "acme..com", "http://[::1"]
)
def test_what_makes_no_host_is_refused(site: str) -> None:
    with pytest.raises(UsageError, match="site_url"):
        host(site)


def test_custom_fields_are_typed_and_their_old_forms_follow_the_type(opened: Opened) -> None:
    desk = opened(cases=120)
    typed = desk.tap.customise(desk.api(), desk.tap.schemas)
    custom = typed["cases"]["properties"]["custom_fields"]["properties"]
    assert {name: field["type"][1:] for name, field in custom.items()} == {
        "attempts": ["integer", "string"],
        "delivery_date": ["string"],
        "escalated": ["boolean"],
        "order_number": ["string"],
        "retired": ["string"],
        "topic": ["string"],
        "units": ["number", "string"],
        "weight": ["number", "string"],
    }
    assert custom["order_number"]["description"] == "Order Number"
    others = {
        name: typed[name]["properties"]["custom_fields"] for name in ("customers", "companies")
    }
    assert others["customers"]["properties"].keys() == {"newsletter", "tier"}
    assert others["companies"]["properties"].keys() == {"seats"}
    chosen = catalog.discovered(desk.tap, {**desk.tap.schemas, **typed}, {})
    run = desk.run(catalog=chosen)
    assert run.code == 0, run.err
    for stream in ("cases", "customers", "companies"):
        rows_of_stream = expected(desk.app, stream, typed[stream])
        assert_holds(rows_of_stream, run.records(stream), stream=stream)
    sent = [row["custom_fields"] for row in run.records("cases")]
    assert {row["escalated"] for row in sent} == {True, False, None}
    assert {row["units"] for row in sent} == {0, 17, 4, "about 3", None}
    assert {row["attempts"] for row in sent} == {0, 7, 12, None}
    assert "" not in {row["delivery_date"] for row in sent}


@pytest.mark.parametrize("changes", [["status", 3, None], {"status": ["new"]}, "open"], ids=str)
def test_changes_of_any_shape_are_kept_as_text(opened: Opened, changes: Any) -> None:
    desk = opened(cases=5)
    desk.server.faults.add("value", path="*/cases/3/history", field="changes", value=changes)
    run = desk.run(catalog=desk.catalog("case_history"), type_mismatch="fail")
    assert run.code == 0, run.err
    texts = {"open": "open"}.get(str(changes)) or str(changes).replace("'", '"')
    sent = [row["changes"] for row in run.records("case_history") if row["case_id"] == 3]
    assert texts.replace(" ", "").replace("None", "null") in sent


def test_what_is_signed_is_what_is_sent_even_where_a_plus_is_no_space(opened: Opened) -> None:
    desk = opened(plus_is_space=False, login=OAUTH)
    params = {"subject": "Parcel has not arrived", "labels": "eu-west,a+b & c"}
    reply = desk.api().get(Request("cases/search", "cases", params))
    assert reply.data["total_entries"] == 0
    query = "subject=Parcel%20has%20not%20arrived&labels=eu-west%2Ca%2Bb%20%26%20c"
    assert desk.server.log.entries[-1].query == query


@pytest.mark.parametrize(
    ("address", "number"),
    [
        ("/api/v2/users/7", 7),
        ("/api/v2/users/7/", 7),
        ("/api/v2/cases/7?embed=users/5", 7),
        ("/7", 7),
        ("7", None),
        ("/api/v2/topics/7/translations/en", None),
        (7, None),
    ],
)
def test_the_number_of_a_linked_record_ends_the_path_of_its_address(
    address: object, number: int | None
) -> None:
    assert linked({"_links": {"user": {"href": address}}}, "user") == number


def test_rows_without_an_id_are_told_apart_by_what_they_hold() -> None:
    one, other = {"subject": "a"}, {"subject": "b"}
    assert len({version(one), version(other), version({**one})}) == 2
