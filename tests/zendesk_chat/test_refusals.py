"""What an account may not read is skipped and told; what goes wrong on the way is tried again."""

from __future__ import annotations

from typing import Any

import pytest

from tests.harness import Run
from tests.zendesk_chat.conftest import Opened, Whole, is_available

ENTERPRISE = ["roles", "skills", "routing_settings", "agent_events"]


def outcomes(run: Run) -> dict[str, str]:
    """The last column of the table at the end, by stream."""
    return {stream: " ".join(words) for stream, words in run.table().items()}


def test_an_account_inside_support_is_read_without_its_account_row(
    opened: Opened, whole: Whole
) -> None:
    with opened(integrated=True) as tap:
        catalog = tap.catalog()
        run = tap.run(catalog=catalog)
        assert run.code == 0
        whole(tap.server, run, streams=["zopim_chats", "zopim_agents", "conversions"])
        account = next(entry for entry in catalog["streams"] if entry["stream"] == "zopim_account")
        assert not is_available(account)
        assert account["metadata"][0]["metadata"]["selected-by-default"] is False


def test_a_stream_that_was_available_and_is_refused_makes_the_run_partial(
    opened: Opened, whole: Whole
) -> None:
    with opened() as tap:
        catalog = tap.catalog()
        tap.server.options.integrated = True
        run = tap.run(catalog=catalog)
        assert run.code == 3
        assert "refused" in outcomes(run)["zopim_account"]
        whole(tap.server, run, streams=["zopim_chats", "zopim_agents", "conversions"])


@pytest.mark.parametrize("status", [403, 404])
def test_what_the_plan_lacks_is_no_failure_without_a_catalog(
    opened: Opened, whole: Whole, status: int
) -> None:
    with opened(plan="professional", missing_feature=status) as tap:
        run = tap.run()
        assert run.code == 0
        assert all("refused" in outcomes(run)[stream] for stream in ENTERPRISE)
        whole(tap.server, run, streams=["zopim_chats", "agent_timeline"])
        unavailable = {
            entry["stream"] for entry in tap.discovered()["streams"] if not is_available(entry)
        }
        assert unavailable == set(ENTERPRISE)


def test_an_account_without_the_api_ends_with_one(opened: Opened) -> None:
    with opened(chats=1, plan="lite") as tap:
        assert tap.run().code == 1


def test_agents_may_read_less_than_administrators(opened: Opened, whole: Whole) -> None:
    with opened(role="agent") as tap:
        run = tap.run()
        assert run.code == 0
        assert "refused" in outcomes(run)["zopim_banned_ips"]
        whole(
            tap.server,
            run,
            streams=[stream for stream, said in outcomes(run).items() if "done" in said],
        )


FAULTS = [
    {"kind": "status", "status": 500, "every": 3},
    {"kind": "status", "status": 502, "body": "html", "every": 3},
    {"kind": "status", "status": 503, "body": "empty", "every": 4},
    {"kind": "status", "status": 429, "retry_after": 1, "nth": 5},
    {"kind": "reset", "every": 3},
    {"kind": "truncated", "every": 3},
    {"kind": "cut", "every": 3},
    {"kind": "hang", "nth": 4, "seconds": 30},
]


@pytest.mark.parametrize(
    "fault", FAULTS, ids=lambda fault: "-".join(str(value) for value in list(fault.values())[:2])
)
def test_faults_on_the_way_cost_no_row(opened: Opened, whole: Whole, fault: dict[str, Any]) -> None:
    with opened(chats=40) as tap:
        struck = tap.server.faults.add(**fault)
        run = tap.run(page_size=10, request_timeout=1)
        assert run.code == 0
        assert struck.struck
        whole(tap.server, run)


@pytest.mark.parametrize(
    "stream", ["incremental/chats", "bans", "agents", "triggers", "routing_settings/account"]
)
def test_a_reply_of_another_shape_fails_its_stream_alone(
    opened: Opened, whole: Whole, stream: str
) -> None:
    with opened(chats=20) as tap:
        for body in (
            "literal:[1]",
            'literal:{"chats":{},"visitor":7,"data":[]}',
            "literal:null",
            "json",
        ):
            tap.server.faults.set(
                [{"kind": "status", "path": f"*/{stream}", "status": 200, "body": body}]
            )
            run = tap.run()
            assert run.code == 3
            assert "Traceback" not in run.err
            whole(tap.server, run, streams=["goals", "conversions"])


def test_an_endless_page_is_left(opened: Opened) -> None:
    """A page that always leads to itself: the tap says so instead of reading for ever."""
    page = {
        "chats": [
            {"id": str(number), "update_timestamp": "2024-01-01T00:00:00Z"}
            for number in range(1_000)
        ],
        "count": 1_000,
        "end_time": 1_704_067_200,
        "next_page": "https://acme.zendesk.com/api/v2/chat/incremental/chats?start_time=1704067200&limit=1000",
    }
    with opened(chats=5) as tap:
        tap.server.faults.add("status", path="*/incremental/chats", status=200, body=page)
        run = tap.run()
        assert run.code == 3
        assert "share one moment" in run.err


@pytest.mark.parametrize("status", [403, 404])
def test_an_account_of_which_nothing_can_be_read_is_told_in_a_line(
    opened: Opened, status: int
) -> None:
    with opened(chats=1) as tap:
        tap.server.faults.add("status", status=status, body="html")
        for run in (tap.run(), tap.run("--discover")):
            assert run.code == 1
            assert run.err.count("CRITICAL") == 1
        assert not tap.run("--discover").out


def test_discovery_tells_of_an_endpoint_that_fails(opened: Opened) -> None:
    with opened(chats=1) as tap:
        tap.server.faults.add("status", status=400, path="*/skills")
        run = tap.run("--discover")
        assert run.code == 0
        assert "skills is not available" in run.err
