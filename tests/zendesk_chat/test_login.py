"""Every way to log in; a renewed pair of tokens is in the config file before it is used."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.harness import PATIENCE, ROOT, Run, execute
from tests.zendesk_chat.conftest import Opened, Tap, Whole

AS_OWNER = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"] if os.geteuid() == 0 else []
"""Makes root heed the modes of files, as others must."""


def client(tap: Tap, **more: Any) -> dict[str, Any]:
    """The config of an API client without an access token."""
    tokens = tap.server.app.tokens
    return {
        "access_token": None,
        "client_id": tokens.client_id,
        "client_secret": tokens.client_secret,
        **more,
    }


def saved(tap: Tap) -> dict[str, Any]:
    """The config file as it is now."""
    config: dict[str, Any] = json.loads((tap.folder / "config.json").read_text())
    return config


def test_client_credentials(opened: Opened, whole: Whole) -> None:
    with opened(chats=20) as tap:
        run = tap.run(**client(tap))
        assert run.code == 0
        whole(tap.server, run)
        assert "access_token" not in saved(tap)


def test_a_refresh_token_is_used_once_and_the_next_one_saved(opened: Opened, whole: Whole) -> None:
    with opened(chats=20) as tap:
        used = tap.server.app.tokens.refresh_token
        run = tap.run(**client(tap, refresh_token=used))
        assert run.code == 0
        whole(tap.server, run)
        assert saved(tap)["refresh_token"] == tap.server.app.tokens.refresh_token != used
        again = tap.run(**client(tap, refresh_token=saved(tap)["refresh_token"]))
        assert again.code == 0


@pytest.mark.parametrize("base", ["new", "old"])
def test_the_tokens_are_asked_for_at_the_base_in_use(opened: Opened, base: str) -> None:
    with opened(chats=5, bases=base) as tap:
        run = tap.run(
            **client(tap, refresh_token=tap.server.app.tokens.refresh_token),
            **({"subdomain": None} if base == "old" else {}),
        )
        assert run.code == 0
        assert (
            tap.server.log.entries[0].path
            == {"new": "/oauth2/chat/token", "old": "/oauth2/token"}[base]
        )


def test_a_token_that_dies_on_the_way_is_renewed_each_time(opened: Opened, whole: Whole) -> None:
    with opened(chats=40, token_requests=3) as tap:
        run = tap.run(
            **client(tap, refresh_token=tap.server.app.tokens.refresh_token), page_size=10
        )
        assert run.code == 0
        whole(tap.server, run)
        assert saved(tap)["refresh_token"] == tap.server.app.tokens.refresh_token
        assert tap.server.log.statuses[401] > 1


def test_a_token_whose_end_is_known_is_renewed_before_it(opened: Opened, whole: Whole) -> None:
    with opened(chats=20, token_lifetime=90) as tap:
        run = tap.run(**client(tap, refresh_token=tap.server.app.tokens.refresh_token))
        assert run.code == 0
        whole(tap.server, run)
        assert tap.server.log.statuses[401] == 0


def test_killed_right_after_a_refresh_the_config_file_holds_the_pair_that_is_good(
    opened: Opened,
) -> None:
    with opened(chats=40) as tap:
        refresh = tap.server.app.tokens.refresh_token
        process = tap.start(**client(tap, refresh_token=refresh))
        while saved(tap)["refresh_token"] == refresh and process.poll() is None:
            pass
        process.kill()
        process.communicate()
        pair = {key: saved(tap)[key] for key in ("access_token", "refresh_token")}
        assert pair["refresh_token"] != refresh
        assert tap.run(**client(tap, **pair)).code == 0


def granted(tap: Tap) -> int:
    """How many token requests the server has answered."""
    return tap.server.log.endpoints["POST token"]


@pytest.mark.parametrize("access_token", [None, "expired-access-token"])
def test_two_runs_at_once_spend_one_refresh_token(
    opened: Opened, whole: Whole, access_token: str | None
) -> None:
    with opened(chats=20) as tap:
        tap.server.faults.add("drip", path="*/token", seconds=2)
        first = tap.start(
            **client(
                tap, refresh_token=tap.server.app.tokens.refresh_token, access_token=access_token
            )
        )
        while granted(tap) == 0 and first.poll() is None:
            pass
        second = subprocess.Popen(
            first.args, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT
        )
        for process in (first, second):
            out, err = process.communicate(timeout=PATIENCE)
            assert process.returncode == 0, err
            whole(tap.server, Run(0, out, err.decode()))
        assert granted(tap) == 1
        assert saved(tap)["refresh_token"] == tap.server.app.tokens.refresh_token


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_while_a_refresh_token_is_spent_waits_for_the_next_one(
    opened: Opened, signum: signal.Signals
) -> None:
    with opened(chats=20) as tap:
        tap.server.faults.add("drip", path="*/token", seconds=2)
        process = tap.start(**client(tap, refresh_token=tap.server.app.tokens.refresh_token))
        while granted(tap) == 0 and process.poll() is None:
            pass
        process.send_signal(signum)
        process.communicate(timeout=PATIENCE)
        assert process.returncode == 128 + signum
        assert saved(tap)["refresh_token"] == tap.server.app.tokens.refresh_token


def test_a_refresh_token_whose_successor_can_not_be_kept_is_not_spent(opened: Opened) -> None:
    with opened(chats=5) as tap:
        *command, _, config = tap.command(
            **client(tap, refresh_token=tap.server.app.tokens.refresh_token)
        )
        run = execute([*command, "--config", "/dev/stdin"], stdin=Path(config).read_bytes())
        assert run.code == 2
        assert "CRITICAL config: /dev/stdin can't be written (it is not a file)" in run.err
        assert len(tap.server.log) == 0


@pytest.mark.parametrize("mode", [0o600, 0o400])
def test_a_config_file_in_a_folder_of_others_is_written_if_it_may_be(
    opened: Opened, mode: int
) -> None:
    with opened(chats=5) as tap:
        refresh = tap.server.app.tokens.refresh_token
        command = [*AS_OWNER, *tap.command(**client(tap, refresh_token=refresh))]
        (tap.folder / "config.json").chmod(mode)
        tap.folder.chmod(0o500)
        run = execute(command)
        tap.folder.chmod(0o700)
        assert run.code == (0 if mode == 0o600 else 2), run.err
        assert (tap.server.app.tokens.refresh_token != refresh) == (mode == 0o600)
        assert saved(tap)["refresh_token"] == tap.server.app.tokens.refresh_token


def test_a_refresh_token_that_stays_good_stays_and_the_access_token_is_saved(
    opened: Opened,
) -> None:
    with opened(chats=5, refresh_single_use=False) as tap:
        refresh = tap.server.app.tokens.refresh_token
        run = tap.run(**client(tap, refresh_token=refresh))
        assert run.code == 0
        assert "environment" not in run.err
        assert saved(tap)["refresh_token"] == refresh
        assert saved(tap)["access_token"]


@pytest.mark.parametrize("stale", ["access_token", "refresh_token", "client_secret"])
def test_what_is_no_longer_good_ends_the_run_with_a_line_and_no_secret(
    opened: Opened, stale: str
) -> None:
    with opened(chats=5) as tap:
        good = {
            "access_token": None,
            **client(tap, refresh_token=tap.server.app.tokens.refresh_token),
        }
        given = (
            {"access_token": "stale-access-token"}
            if stale == "access_token"
            else {**good, stale: f"stale-{stale}"}
        )
        run = tap.run(**given)
        assert run.code == 1
        assert run.err.count("CRITICAL") == 1
        assert "Traceback" not in run.err
        assert not [
            value
            for name, value in given.items()
            if value and name != "client_id" and value in run.err
        ]


def test_a_token_that_no_header_can_hold_ends_the_run_with_a_line(opened: Opened) -> None:
    with opened(chats=1) as tap:
        run = tap.run(access_token="€uro")
        assert run.code == 1
        assert run.err.count("CRITICAL") == 1
        assert "€uro" not in run.err


@pytest.mark.parametrize(
    "subdomain", ["acme", "acme.zendesk.com", "https://acme.zendesk.com/", "ACME"]
)
def test_the_subdomain_may_be_written_in_several_ways(opened: Opened, subdomain: str) -> None:
    with opened(chats=1) as tap:
        assert tap.run(subdomain=subdomain).code == 0


@pytest.mark.parametrize(
    "config",
    [
        {"subdomain": "not a name"},
        {"access_token": None},
        {"access_token": "broken\n"},
        {"page_size": 1_001},
        {"start_date": "soon"},
    ],
)
def test_a_bad_config_is_told_in_one_line(opened: Opened, config: dict[str, Any]) -> None:
    with opened(chats=1) as tap:
        run = tap.run(**config)
        assert run.code == 2
        assert [line.split()[0] for line in run.err.splitlines()] == ["CRITICAL"]
        assert len(tap.server.log) == 0
