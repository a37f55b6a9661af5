"""Every stream holds what the account holds, whatever year's API answers."""

from __future__ import annotations

import json
import sys

import pytest

from sandbox.desk import Account
from tap_common import schemas
from tap_desk.tap import TAP
from tests.desk.conftest import Place
from tests.harness import execute, selecting

SEEDS = {
    "cases": "id external_id subject priority description status type labels label_ids language custom_fields suppress_rules "
    "blurb created_at updated_at changed_at active_at received_at locked_until first_opened_at opened_at last_opened_at "
    "first_resolved_at resolved_at route_status",
    "customers": "id first_name last_name company title avatar uid external_id background language locked_until created_at "
    "updated_at emails phone_numbers addresses custom_fields access_private_portal access_company_cases",
    "replies": "case_id reply_id subject body direction status to from cc bcc client_type suppress_rules sent_by sent_at "
    "created_at updated_at",
    "users": "id name public_name email email_verified avatar level current_login_at last_login_at created_at "
    "updated_at available",
    "user_groups": "id user_id name",
    "brands": "name created_at updated_at",
    "companies": "name domains created_at updated_at custom_fields",
    "feedbacks": "rating rating_type additonal_feedback created_at updated_at user case",
    "articles": "subject position quickcode keywords publish_at created_at updated_at body body_email body_email_auto body_chat "
    "body_chat_auto body_web_callback body_web_callback_auto body_twitter body_twitter_auto body_qna body_qna_auto body_phone "
    "body_phone_auto body_facebook body_facebook_auto rating rating_count rating_score public_url in_support_center "
    "internal_notes locale available_locales",
}


def test_the_tables_of_the_seeds_have_all_their_fields() -> None:
    loaded = schemas.load(TAP)
    for stream, fields in SEEDS.items():
        assert set(fields.split()) <= loaded[stream]["properties"].keys(), stream


@pytest.mark.parametrize("era", ["2013", "2014", "2016"])
def test_every_row_of_every_stream_comes_once_with_its_key(place: Place, era: str) -> None:
    server, taps = place(era=era)
    run = taps.run()
    assert run.code == 0, run.err
    later = set() if era == "2016" else {"case_links"}
    for stream in (stream for stream in TAP.streams if stream.name not in later):
        rows = run.records(stream.name)
        keys = {tuple(row[name] for name in stream.key) for row in rows}
        assert len(keys) == len(rows) == len(server.account.rows(stream.name)), stream.name
        assert not any(part is None for key in keys for part in key)


def test_a_case_comes_as_the_account_holds_it_with_its_links_as_columns(place: Place) -> None:
    server, taps = place()
    run = taps.run()
    assert run.code == 0, run.err
    found = {row["id"]: row for row in run.records("cases")}
    for row in server.account.rows("cases"):
        links = row["_links"]
        user = links["assigned_user"]
        case = found[row["id"]]
        assert case["subject"] == row["subject"]
        assert case["updated_at"] == row["updated_at"]
        assert case["last_opened_at"] == row["opened_at"]
        assert case["customer_id"] == int(links["customer"]["href"].rpartition("/")[2])
        assert case["assigned_user_id"] == (int(user["href"].rpartition("/")[2]) if user else None)
        assert case["replies_count"] == links["replies"]["count"]
        assert "\0" not in case["blurb"]


def test_the_moment_of_opening_bears_both_names_whichever_the_api_sends(place: Place) -> None:
    server, taps = place()
    opened = {
        3: {"opened_at": "2019-05-06T07:08:09Z"},
        8: {"opened_at": None, "last_opened_at": "2019-05-06T07:08:09Z"},
    }
    for number, fields in opened.items():
        server.account.changes.update_case(number, **fields)
    cases = {
        row["id"]: row
        for row in taps.run(catalog=selecting(taps.discovered(), "cases")).records("cases")
    }
    for number in opened:
        assert (
            cases[number]["opened_at"] == cases[number]["last_opened_at"] == "2019-05-06T07:08:09Z"
        )


def test_a_customer_locked_by_the_system_has_no_locker(place: Place) -> None:
    _, taps = place()
    rows = taps.run().records("customers")
    assert all(row["locked_by_id"] is None for row in rows)
    assert any(row["_links"]["locked_by"] for row in rows)


def test_a_feedback_bears_both_spellings_and_the_seeds_names(place: Place) -> None:
    _, taps = place()
    rows = taps.run().records("feedbacks")
    assert any(row["additional_feedback"] for row in rows)
    for row in rows:
        assert row["additional_feedback"] == row["additonal_feedback"]
        assert row["case"] == row["case_id"]
        assert row["user"] == row["user_id"]


def test_without_a_list_of_feedbacks_they_are_read_case_by_case(place: Place) -> None:
    server, taps = place(missing="feedbacks")
    catalog = taps.discovered()
    run = taps.run(catalog=catalog)
    assert run.code == 0, run.err
    assert len(run.records("feedbacks")) == len(server.account.rows("feedbacks"))


def test_mailboxes_are_found_at_either_of_their_addresses(place: Place) -> None:
    server, taps = place(missing="mailboxes/*")
    server.account.tables["inbound_mailboxes"] = server.account.tables["mailboxes/inbound"]
    run = taps.run(catalog=selecting(taps.discovered(), "inbound_mailboxes"))
    assert run.code == 0, run.err
    assert len(run.records("inbound_mailboxes")) == 1


@pytest.mark.parametrize(("groups", "by_users"), [(2, False), (30, True)])
def test_memberships_are_read_by_whichever_are_fewer(
    place: Place, groups: int, by_users: bool
) -> None:
    account = Account(seed=1, cases=250)
    account.staff.groups = [
        {
            **account.staff.groups[0],
            "id": number,
            "_links": {"self": {"href": f"/api/v2/groups/{number}", "class": "group"}},
        }
        for number in range(1, groups + 1)
    ]
    server, taps = place(account)
    run = taps.run(catalog=selecting(taps.discovered(), "user_groups"))
    assert len(run.records("user_groups")) == len(account.rows("user_groups"))
    assert (server.log.endpoints["GET users/N/groups"] > 0) == by_users
    assert run.requests("user_groups") <= min(groups, len(account.staff.users)) + 3


def test_rows_without_a_number_are_told_apart_from_page_to_page(place: Place) -> None:
    server, taps = place()
    run = taps.run(
        catalog=selecting(taps.discovered(), "article_translations", "topic_translations"),
        page_size=1,
    )
    assert run.code == 0, run.err
    for stream in ("article_translations", "topic_translations"):
        assert len(run.records(stream)) == len(server.account.rows(stream))


def test_what_hangs_on_rows_of_which_one_is_refused_is_no_whole_table(place: Place) -> None:
    _, taps = place(forbidden="macros/2/actions,groups/1/users")
    run = taps.run(activate_version=True)
    assert run.code == 0, run.err
    assert "WARNING macro_actions" in run.err
    assert "WARNING user_groups" in run.err
    activated = {
        message["stream"] for message in run.messages if message["type"] == "ACTIVATE_VERSION"
    }
    assert "macros" in activated
    assert not activated & {"macro_actions", "user_groups"}
    assert taps.run(catalog=selecting(taps.discovered(), "macros", "macro_actions")).code == 3


@pytest.mark.parametrize(("vanishing", "code"), [(2, 0), (99, 3)])
def test_a_list_that_gets_shorter_while_it_is_read_loses_no_row(
    place: Place, vanishing: int, code: int
) -> None:
    server, taps = place(Account(seed=1, cases=3000), largest_page=20)
    catalog = selecting(taps.discovered(), "articles")
    server.options.vanishing = vanishing
    run = taps.run(catalog=catalog)
    assert run.code == code, run.err
    assert {row["id"] for row in run.records("articles")} >= {
        row["id"] for row in server.account.articles
    }


def test_custom_fields_are_typed_and_their_old_forms_follow_the_type(place: Place) -> None:
    _, taps = place()
    catalog = selecting(taps.discovered(), "cases")
    run = taps.run(catalog=catalog)
    entry = next(entry for entry in catalog["streams"] if entry["tap_stream_id"] == "cases")
    typed = entry["schema"]["properties"]["custom_fields"]["properties"]
    assert typed["escalated"]["type"] == ["null", "boolean"]
    assert typed["delivery_date"]["format"] == "date-time"
    values = {
        name: {json.dumps(row["custom_fields"].get(name)) for row in run.records("cases")}
        for name in typed
    }
    assert values["escalated"] == {"true", "false", "null"}
    assert values["units"] == {"0", "17", "4", '"about 3"', "null"}
    assert values["attempts"] == {"0", "7", "12", "null"}
    assert '""' not in values["delivery_date"]
    assert "null" in values["delivery_date"]


def test_without_permission_for_the_definitions_custom_fields_are_an_open_object(
    place: Place,
) -> None:
    _, taps = place(role="agent")
    catalog = taps.discovered()
    cases = next(entry for entry in catalog["streams"] if entry["tap_stream_id"] == "cases")
    assert "properties" not in cases["schema"]["properties"]["custom_fields"]
    run = taps.run(catalog=catalog)
    assert run.code == 0, run.err
    assert {str(row["custom_fields"]["escalated"]) for row in run.records("cases")} > {
        "0",
        "False",
        "None",
    }


def test_the_output_is_clean_by_the_strict_checker(place: Place) -> None:
    server, taps = place()
    catalog = selecting(taps.discovered())
    first = taps.run(catalog=catalog)
    server.app.live(3, 40)
    second = taps.run(catalog=catalog, state=first.states[-1])
    for run, state in ((first, None), (second, first.states[-1])):
        assert taps.breaches(run, catalog, state=state) == ""


def test_the_command_is_there() -> None:
    run = execute([sys.executable, "-m", "tap_desk", "--about"])
    assert run.code == 0
    assert b"site_url" in run.out
