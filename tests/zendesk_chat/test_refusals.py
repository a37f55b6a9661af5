"""What the account may not read is skipped and reported; what does not log in ends the run."""

from __future__ import annotations

import json
import signal
from typing import Any

import pytest

from sandbox.zendesk_chat import ZendeskChatServer
from tests.command import CommandLine
from tests.harness import PATIENCE, Run, Workplace
from tests.zendesk_chat.conftest import assert_complete, opened
from tests.zendesk_chat.truth import STREAMS

Command = tuple[Workplace, ZendeskChatServer]
InProcess = tuple[CommandLine, ZendeskChatServer]


@pytest.fixture
def in_process(command: Command) -> InProcess:
    """The same without a process."""
    place, server = command
    return CommandLine.at(place), server


ENTERPRISE = ("roles", "skills", "routing_settings", "agent_routing_settings", "agent_events")
FOR_ADMINISTRATORS = {
    "zopim_account",
    "zopim_banned_ips",
    "zopim_banned_visitors",
    "zopim_chats",
    "chat_history",
    "chat_engagements",
    "chat_webpath",
    "chat_conversions",
    "zopim_triggers",
    "goals",
    "agent_timeline",
    "department_events",
    "conversions",
    *ENTERPRISE,
}


def refused(run: Run) -> set[str]:
    """Returns the streams that were refused."""
    return {stream for stream, words in run.table().items() if "refused" in " ".join(words)}


def readable(run: Run) -> list[str]:
    return [stream for stream in STREAMS if stream not in refused(run)]


@pytest.mark.parametrize("status", [402, 403, 404, 410])
def test_what_the_plan_lacks_is_no_failure_without_a_catalog(status: int) -> None:
    with opened(20, plan="professional", missing_feature=status) as tap:
        run = tap.run()
        assert run.code == 0
        assert refused(run) == set(ENTERPRISE)
        assert_complete(tap.server, run, streams=readable(run))


def test_a_stream_that_a_catalog_selects_and_that_is_refused_makes_the_run_partial() -> None:
    with opened(20, integrated=True) as tap:
        run = tap.run(catalog=tap.catalog())
        assert run.code == 3
        assert refused(run) == {"zopim_account"}
        assert_complete(tap.server, run, streams=readable(run))


def test_agents_may_read_less_than_administrators() -> None:
    with opened(20, role="agent") as tap:
        run = tap.run()
        assert run.code == 0
        assert refused(run) == FOR_ADMINISTRATORS
        assert_complete(tap.server, run, streams=readable(run))


def test_a_refused_stream_keeps_its_bookmark() -> None:
    with opened(20) as tap:
        first = tap.run()
        tap.server.options.features = ()
        tap.server.changes.live(1, 30)
        second = tap.run(state=first.state)
        before, after = (first.state or {})["bookmarks"], (second.state or {})["bookmarks"]
        assert before["agent_events"] == after["agent_events"]
        tap.server.options.features = None
        third = tap.run(state=second.state)
        assert_complete(tap.server, first, second, third)


def test_an_account_without_the_api() -> None:
    with opened(1, plan="lite") as tap:
        assert tap.run().code == 1


@pytest.mark.parametrize("status", [301, 302, 403, 404, 410])
def test_an_account_of_which_nothing_can_be_read(status: int) -> None:
    with opened(1) as tap:
        tap.server.faults.add("status", status=status)
        run = tap.run()
        assert run.code == 1
        assert run.err.count("CRITICAL") == 1


def test_a_firewall_between_the_tap_and_one_endpoint_is_no_refusal() -> None:
    with opened(8) as tap:
        tap.server.faults.add("status", status=403, body="html", path="*/skills")
        run = tap.run()
        assert run.code == 3
        assert refused(run) == set()
        assert_complete(tap.server, run, streams=[name for name in STREAMS if name != "skills"])


@pytest.mark.parametrize(("token", "code"), [("stale-access-token", 4), ("€uro", 2)])
def test_a_token_that_is_not_accepted_ends_the_run(token: str, code: int) -> None:
    with opened(1) as tap:
        run = tap.run(access_token=token)
        assert run.code == code
        assert run.err.count("CRITICAL") == 1
        assert token not in run.err


def test_tokens_that_end_on_the_way_are_renewed(in_process: InProcess) -> None:
    tap, server = in_process
    server.options.token_requests = 3
    refresh = server.account.tokens.refresh_token
    run = tap.run(**login(tap, server, refresh_token=refresh), page_size=15)
    assert run.code == 0, run.err
    assert_complete(server, run)
    assert server.log.statuses[401] > 1
    assert saved(tap)["refresh_token"] == server.account.tokens.refresh_token != refresh


@pytest.mark.parametrize("subdomain", ["https://ACME.zendesk.com/", None])
def test_client_credentials_on_both_bases(in_process: InProcess, subdomain: str | None) -> None:
    tap, server = in_process
    server.options.bases = "new" if subdomain else "old"
    config = login(tap, server)
    del tap.config["subdomain"]
    run = tap.run(**config, **({"subdomain": subdomain} if subdomain else {}))
    assert run.code == 0, run.err
    assert ("www.zopim.com" in run.err) == (subdomain is None)
    assert_complete(server, run)


@pytest.mark.process
def test_a_signal_during_a_refresh_waits_for_the_next_refresh_token(command: Command) -> None:
    tap, server = command
    server.faults.add("drip", path="*/token", seconds=1)
    process = tap.start(**login(tap, server, refresh_token=server.account.tokens.refresh_token))
    while not server.log.endpoints["POST token"] and process.poll() is None:
        pass
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=PATIENCE)
    assert process.returncode == 128 + signal.SIGTERM
    assert saved(tap)["refresh_token"] == server.account.tokens.refresh_token


def test_discovery_marks_what_is_not_available(in_process: InProcess) -> None:
    tap, server = in_process
    server.options.plan = "professional"
    server.options.integrated = True
    catalog = tap.discovered()
    unavailable = {
        entry["stream"]
        for entry in catalog["streams"]
        for item in entry["metadata"]
        if "unavailable" in item["metadata"]
    }
    assert unavailable == {*ENTERPRISE, "zopim_account"}
    run = tap.run(catalog=catalog)
    assert run.code == 0
    assert_complete(server, run, streams=[name for name in STREAMS if name not in unavailable])


def login(tap: Workplace, server: ZendeskChatServer, **more: Any) -> dict[str, Any]:
    """Returns a config's keys for an OAuth client, which take the place of the access token."""
    tap.config.pop("access_token", None)
    tokens = server.account.tokens
    return {"client_id": tokens.client_id, "client_secret": tokens.client_secret, **more}


def saved(tap: Workplace) -> dict[str, Any]:
    """Returns what the config file holds now."""
    config: dict[str, Any] = json.loads((tap.folder / "config.json").read_text("utf-8"))
    return config
