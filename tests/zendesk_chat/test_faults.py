"""What goes wrong between the tap and the API costs no row, or the run says what is missing."""

from __future__ import annotations

from typing import Any

import pytest

from tests.harness import Run
from tests.zendesk_chat.conftest import ChatTap, assert_complete, opened
from tests.zendesk_chat.truth import CHILDREN, STREAMS, expected, record

CHATS = "*/incremental/chats"
PAGED = ("zopim_chats", "chat_history", "zopim_agents", "zopim_banned_ips", "conversions")
OTHERS = ("zopim_departments", "goals", "conversions")
PASSING = [
    {"kind": "status", "status": 500, "every": 3},
    {"kind": "status", "status": 502, "body": "html", "every": 3},
    {"kind": "status", "status": 503, "body": "empty", "every": 4},
    {"kind": "status", "status": 429, "retry_after": 1, "nth": 5},
    {"kind": "reset", "every": 3},
    {"kind": "truncated", "every": 3},
    {"kind": "cut", "every": 3},
    {"kind": "hang", "nth": 4},
    {"kind": "drip", "nth": 4, "seconds": 20},
]


def outcome(run: Run, stream: str) -> str:
    """Returns the outcome of a stream in the table at the end of the run."""
    return " ".join(run.table()[stream])


def answering(tap: ChatTap, path: str, body: Any) -> None:
    """Lets an endpoint answer with this body and status 200."""
    tap.server.faults.set([{"kind": "status", "path": path, "status": 200, "body": body}])


@pytest.mark.parametrize("fault", PASSING, ids=lambda fault: "-".join(map(str, fault.values())))
def test_what_passes_costs_no_row(fault: dict[str, Any]) -> None:
    with opened(12) as tap:
        added = tap.server.faults.add(**fault)
        run = tap.run(catalog=tap.catalog(*PAGED), page_size=5)
        assert run.code == 0, run.err
        assert added.struck
        assert_complete(tap.server, run, streams=PAGED)


@pytest.mark.parametrize(
    ("path", "limit", "streams", "status"),
    [
        *((CHATS, 100, ("zopim_chats",), status) for status in (500, 502, 503, 520, 522, 524)),
        ("*/incremental/agent_timeline", 100, ("agent_timeline",), 504),
        ("*/agents", 50, ("zopim_agents",), 504),
        ("*/routing_settings/agents", 50, ("agent_routing_settings",), 504),
        ("*/bans", 500, ("zopim_banned_ips", "zopim_banned_visitors"), 504),
    ],
)
def test_pages_that_are_too_large_get_smaller(
    path: str, limit: int, streams: tuple[str, ...], status: int
) -> None:
    with opened(30, agents=30, bans=30) as tap:
        tap.server.faults.add("status", status=status, path=path, query=f"limit={limit}")
        run = tap.run(catalog=tap.catalog(*streams), page_size=limit)
        assert run.code == 0, run.err
        assert_complete(tap.server, run, streams=streams)


@pytest.mark.parametrize("kind", ["truncated", "hang"])
def test_pages_that_never_arrive_whole_get_smaller(kind: Any) -> None:
    with opened(30) as tap:
        tap.server.faults.add(kind, path=CHATS, query="limit=20")
        catalog = tap.catalog("zopim_agents", "zopim_chats")
        run = tap.run(catalog=catalog, page_size=20, retry_seconds=3_000)
        assert run.code == 0, run.err
        assert_complete(tap.server, run, streams=["zopim_chats"])


SHAPES = ("literal:[1]", "literal:null", "literal:7", "json", "empty")
OTHER_PATHS = ("incremental/agent_events", "bans", "agents", "triggers", "account")
ROUTING_PATHS = ("routing_settings/account", "routing_settings/agents")


@pytest.mark.parametrize(
    ("path", "body"),
    [
        *(("incremental/chats", shape) for shape in SHAPES),
        *((path, "literal:[1]") for path in (*OTHER_PATHS, *ROUTING_PATHS)),
        *((path, "literal:null") for path in (*OTHER_PATHS, *ROUTING_PATHS)),
    ],
)
def test_a_reply_of_another_shape_fails_its_stream_alone(path: str, body: str) -> None:
    with opened(8) as tap:
        answering(tap, f"*/{path}", body)
        run = tap.run(activate_version=True, retry_seconds=1)
        assert run.code == 3, run.err
        assert "Traceback" not in run.err
        assert_complete(tap.server, run, streams=["goals", "conversions"])
        ended = {one["stream"] for one in run.messages if one["type"] == "ACTIVATE_VERSION"}
        failed = {stream for stream in STREAMS if "failed" in outcome(run, stream)}
        assert failed
        assert not ended & failed


@pytest.mark.parametrize(
    ("path", "body", "stream"),
    [
        ("*/agents", [{"id": 1}, {"id": None}, {"name": "without"}], "zopim_agents"),
        ("*/bans", {"visitor": [{"type": "visitor"}], "ip_address": []}, "zopim_banned_visitors"),
        ("*/account", {"error": "Internal", "message": "later"}, "zopim_account"),
        (CHATS, {"chats": [{"id": "a"}, {"type": "chat"}], "count": 2}, "zopim_chats"),
        (
            CHATS,
            {"chats": [{"id": "a", "engagements": [{"agent_id": "1"}]}], "count": 1},
            "chat_engagements",
        ),
        (CHATS, {"chats": [], "count": 3}, "zopim_chats"),
        ("*/bans", {"visitor": []}, "zopim_banned_ips"),
    ],
)
def test_what_is_not_understood_makes_the_read_incomplete(
    path: str, body: Any, stream: str
) -> None:
    with opened(8) as tap:
        answering(tap, path, body)
        run = tap.run(activate_version=True)
        assert run.code == 3
        assert "failed" in outcome(run, stream)
        assert stream not in (run.state or {})["bookmarks"]
        ended = {one["stream"] for one in run.messages if one["type"] == "ACTIVATE_VERSION"}
        assert stream not in ended
        assert_complete(tap.server, run, streams=OTHERS[:2])


@pytest.mark.parametrize(
    ("path", "body", "streams"),
    [
        ("*/bans", {"visitor": None, "ip_address": None}, ("zopim_banned_ips",)),
        (CHATS, {"chats": None, "count": 0}, ("zopim_chats", *CHILDREN)),
    ],
)
def test_a_null_where_a_list_belongs_is_an_empty_list(
    path: str, body: Any, streams: tuple[str, ...]
) -> None:
    with opened(8) as tap:
        answering(tap, path, body)
        run = tap.run()
        assert run.code == 0
        for stream in streams:
            assert run.records(stream) == []


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("*/agents", [{"id": f"{number}"} for number in range(1, 11)]),
        ("*/bans", {"visitor": [{"id": f"{number}"} for number in range(1, 11)], "ip_address": []}),
    ],
)
def test_the_walk_follows_ids_that_are_text(tap: ChatTap, path: str, body: Any) -> None:
    answering(tap, path, body)
    run = tap.run(page_size=10)
    assert run.code == 0
    assert "since_id=11" in tap.asked(path.removeprefix("*/"))[1]


def test_agents_whose_ids_follow_each_other_all_come(tap: ChatTap) -> None:
    pages = {"since_id=3": [{"id": 3}], "limit=2": [{"id": 1}, {"id": 2}]}
    tap.server.faults.set(
        {"kind": "status", "path": "*/agents", "status": 200, "query": query, "body": rows}
        for query, rows in pages.items()
    )
    run = tap.run(catalog=tap.catalog("zopim_agents"), page_size=2)
    assert [row["id"] for row in run.records("zopim_agents")] == [1, 2, 3]


@pytest.mark.parametrize("name", ["agent_id", "id"])
@pytest.mark.parametrize("envelope", [True, False])
def test_routing_settings_of_agents_in_all_the_shapes_that_they_may_have(
    tap: ChatTap, name: str, envelope: bool
) -> None:
    rows = [{name: number, "chat_limit": {"limit": number}} for number in (3, 8)]
    answering(tap, "*/routing_settings/agents", {"data": rows} if envelope else rows)
    run = tap.run(catalog=tap.catalog("agent_routing_settings"))
    assert run.code == 0
    assert run.records("agent_routing_settings") == [
        {"agent_id": number, "chat_limit": {"limit": number}} for number in (3, 8)
    ]


def test_a_chat_whose_item_has_ids_of_its_own_keeps_them_apart(tap: ChatTap) -> None:
    item = {"id": "e", "chat_id": "another", "position": 7}
    answering(tap, CHATS, {"chats": [{"id": "own", "engagements": [item]}], "count": 1})
    run = tap.run()
    wanted = record({**item, "chat_id": "own", "position": 0}, "chat_engagements")
    assert run.records("chat_engagements") == [wanted]


def page(first: int, rows: int, **more: Any) -> dict[str, Any]:
    """Returns a page of chats that changed one after the other."""
    chats = [
        {"id": str(number), "update_timestamp": f"2024-01-01T00:00:{number:02d}Z"}
        for number in range(first, first + rows)
    ]
    return {"chats": chats, "count": rows, **more}


def leading_to(start: int) -> str:
    return f"https://acme.zendesk.com/api/v2/chat/incremental/chats?start_time={start}&start_id=x"


def test_a_page_that_counts_more_rows_than_it_brings_is_not_the_last_one(tap: ChatTap) -> None:
    first = {**page(0, 3, next_page=leading_to(2_000)), "count": 450}
    starts = {1_420_070_400: first, 2_000: page(3, 2, next_page=leading_to(3_000))}
    tap.server.faults.set(
        {"kind": "status", "path": CHATS, "status": 200, "query": f"start_time={at}&", "body": body}
        for at, body in starts.items()
    )
    run = tap.run(catalog=tap.catalog("zopim_chats"), page_size=9)
    assert run.code == 0
    assert [row["id"] for row in run.records("zopim_chats")] == ["0", "1", "2", "3", "4"]


def test_a_chat_that_changes_between_two_pages_comes_again(tap: ChatTap) -> None:
    changed = {"id": "4", "update_timestamp": "2024-01-01T00:00:09Z"}
    second = {"chats": [changed], "count": 1, "next_page": leading_to(3_000)}
    starts = {1_420_070_400: page(0, 5, next_page=leading_to(2_000)), 2_000: second}
    tap.server.faults.set(
        {"kind": "status", "path": CHATS, "status": 200, "query": f"start_time={at}&", "body": body}
        for at, body in starts.items()
    )
    run = tap.run(catalog=tap.catalog("zopim_chats"), page_size=5)
    assert run.code == 0
    assert run.records("zopim_chats")[-1] == changed


def test_a_full_page_that_leads_to_itself_ends_the_stream(tap: ChatTap) -> None:
    chats = [
        {"id": str(number), "update_timestamp": "2024-01-01T00:00:00Z"} for number in range(1_000)
    ]
    body = {"chats": chats, "count": 1_000, "next_page": leading_to(1_704_067_200)}
    answering(tap, CHATS, body)
    run = tap.run(page_size=50)
    assert run.code == 3
    assert "share one moment" in run.err


@pytest.mark.parametrize("pages", [2, 3, 7])
def test_pages_that_lead_round_in_a_circle_end_the_stream(tap: ChatTap, pages: int) -> None:
    faults = [
        {
            "kind": "status",
            "path": CHATS,
            "status": 200,
            "query": f"start_time={1_000 + number}&",
            "body": page(number * 5, 5, next_page=leading_to(1_000 + (number + 1) % pages)),
        }
        for number in range(pages)
    ]
    first = {**faults[0], "query": "start_time=1420070400"}
    tap.server.faults.set([first, *faults])
    run = tap.run(page_size=5)
    assert run.code == 3
    assert "lead back" in run.err
    assert len(tap.asked("incremental/chats")) < 50


def test_an_end_that_creeps_on_with_the_same_rows_ends_the_stream(tap: ChatTap) -> None:
    def step(number: int) -> dict[str, Any]:
        following = 2_000 + number + 1
        body = page(0, 5, next_page=leading_to(following), end_time=following)
        query = f"start_time={2_000 + number}&" if number else ""
        return {"kind": "status", "path": CHATS, "status": 200, "query": query, "body": body}

    tap.server.faults.set([*(step(number) for number in range(1, 200)), step(0)])
    run = tap.run(page_size=5)
    assert run.code == 3
    assert "lead back" in run.err
    assert len(tap.asked("incremental/chats")) < 50


def test_a_full_page_that_says_nothing_of_the_next_one_goes_on_at_its_last_row() -> None:
    with opened(30, links="none") as tap:
        run = tap.run(page_size=7)
        assert run.code == 0
        assert_complete(tap.server, run)


def test_a_full_page_without_a_link_goes_on_at_its_end(tap: ChatTap) -> None:
    first = page(0, 3, end_time=2_000, end_id="e")
    pages = {"start_id=e": page(3, 2), "start_time=1420070400&": first}
    tap.server.faults.set(
        {"kind": "status", "path": CHATS, "status": 200, "query": query, "body": body}
        for query, body in pages.items()
    )
    run = tap.run(catalog=tap.catalog("zopim_chats"), page_size=3)
    assert run.code == 0
    assert [row["id"] for row in run.records("zopim_chats")] == ["0", "1", "2", "3", "4"]


def test_a_full_page_without_times_and_links_fails(tap: ChatTap) -> None:
    answering(tap, CHATS, {"chats": [{"id": "a"}, {"id": "b"}], "count": 2})
    run = tap.run(page_size=2)
    assert run.code == 3
    assert "does not say where the next one begins" in run.err


def test_a_chat_without_the_time_of_its_change(tap: ChatTap) -> None:
    answering(tap, CHATS, {"chats": [{"id": "bare"}], "count": 1})
    run = tap.run()
    assert run.code == 0
    assert run.records("zopim_chats") == [{"id": "bare", "update_timestamp": None}]


def test_fields_that_are_refused_by_name_are_asked_for_as_one() -> None:
    with opened(30) as tap:
        schema = tap.tap.schemas["zopim_chats"]["properties"]
        few = ("id", "update_timestamp", "visitor", "rating")
        without = [f"zopim_chats.{name}" for name in schema if name not in few]
        catalog = tap.catalog("zopim_chats", without=without)
        tap.server.faults.add("status", status=400, query="rating")
        run = tap.run(catalog=catalog)
        assert run.code == 0
        assert_complete(tap.server, run, streams=["zopim_chats"], catalog=catalog)


def test_fields_that_are_ignored_by_name_are_asked_for_as_one() -> None:
    with opened(7) as tap:
        schema = tap.tap.schemas["zopim_chats"]["properties"]
        without = [f"zopim_chats.{name}" for name in schema if name not in ("id", "rating")]
        catalog = tap.catalog("zopim_chats", without=without)
        bare = [{"id": row["id"]} for row in expected(tap.server, "zopim_chats")]
        body = {"chats": bare, "count": len(bare)}
        tap.server.faults.add("status", status=200, path=CHATS, query="rating", body=body)
        run = tap.run(catalog=catalog)
        assert run.code == 0
        assert_complete(tap.server, run, streams=["zopim_chats"], catalog=catalog)


@pytest.mark.parametrize(
    "stream", ["agent_timeline", "agent_events", "department_events", "conversions"]
)
def test_an_export_that_knows_no_fields_is_asked_without(stream: str) -> None:
    with opened(30, bare_exports=("chats",)) as tap:
        path = f"*/incremental/{stream}"
        tap.server.faults.add("status", status=400, path=path, query="fields")
        run = tap.run(catalog=tap.catalog(stream))
        assert run.code == 0
        assert_complete(tap.server, run, streams=[stream])


@pytest.mark.parametrize("kind", ["invalid_utf8", "lone_surrogate"])
def test_broken_text_is_mended_and_reported(tap: ChatTap, kind: Any) -> None:
    tap.server.faults.add(kind, path="*/departments", field="description")
    run = tap.run(catalog=tap.catalog("zopim_departments"))
    assert run.code == 0
    sent = [row["description"] for row in run.records("zopim_departments")]
    wanted = [row["description"] for row in expected(tap.server, "zopim_departments")]
    assert "\ufffd" in sent[0]
    assert sent[1:] == wanted[1:]
