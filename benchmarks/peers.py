"""Lets other people's unmodified taps read the sandbox, and compares their rows with the account
and with ours: ``python -m benchmarks.peers freshdesk`` (as root on Linux, with openssl).

The peers insist on https and their vendor's host names. So this runs in a network and mount
namespace of its own (see hosts.py). Each peer is installed from PyPI into .venvs/peer-* on first
use.
"""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
import tempfile
from argparse import ArgumentParser
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks import hosts
from benchmarks.processes import executable, measured, table
from benchmarks.protocols import AIRBYTE, SINGER, Protocol

ROOT = Path(__file__).resolve().parent.parent
ACCOUNT = "acme"
INSIDE = "--inside"
SINCE = "2020-01-01T00:00:00Z"


@dataclass(frozen=True)
class Peer:
    """A peer as data: what to install, its command, its config, and what it cannot stand.

    ``python`` makes its environment. ``size`` is the account's parameter for its size. ``site`` and
    ``login`` are our config keys for the account and for the secret that both log in with;
    ``config`` makes the peer's from the latter. ``streams`` maps the peer's streams to the
    sandbox's and to ours, of which several may hold its rows.
    """

    packages: Sequence[str]
    command: str
    sandbox: str
    ours: str
    hosts: Sequence[str]
    size: str
    site: str
    login: str
    config: Callable[[str], Mapping[str, Any]]
    options: Mapping[str, Any] = field(default_factory=dict)
    without: frozenset[str] = frozenset()
    streams: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    python: str = sys.executable
    protocol: Protocol = SINGER


SUPPORT = {
    name: (name, f"zendesk_{name}")
    for name in ("groups", "group_memberships", "macros", "tags", "ticket_metrics")
}

CHAT: Mapping[str, tuple[str, ...]] = {
    **{
        name: (name, f"zopim_{name}")
        for name in ("account", "agents", "chats", "departments", "shortcuts", "triggers")
    },
    "accounts": ("account", "zopim_account"),
    "bans": ("bans", "zopim_banned_ips", "zopim_banned_visitors"),
}

PEERS = {
    "freshdesk": Peer(
        packages=("tap-freshdesk==1.0.1",),
        command="tap-freshdesk",
        sandbox="freshdesk",
        ours="tap-freshdesk",
        hosts=(f"{ACCOUNT}.freshdesk.com",),
        size="tickets",
        site="domain",
        login="api_key",
        config=lambda key: {
            "domain": ACCOUNT,
            "api_key": key,
            "user_agent": "benchmarks",
            "start_date": SINCE,
        },
        options={"trash_children": 200, "contacts_filter": "both"},
        without=frozenset({"satisfaction_ratings"}),
    ),
    "airbyte-freshdesk": Peer(
        packages=("airbyte-source-freshdesk==3.1.3", "airbyte-cdk==0.72.2"),
        command="source-freshdesk",
        sandbox="freshdesk",
        ours="tap-freshdesk",
        hosts=(f"{ACCOUNT}.freshdesk.com",),
        size="tickets",
        site="domain",
        login="api_key",
        config=lambda key: {
            "domain": f"{ACCOUNT}.freshdesk.com",
            "api_key": key,
            "start_date": SINCE,
        },
        options={"trash_children": 200},
        python="python3.10",
        protocol=AIRBYTE,
    ),
    "zendesk-support": Peer(
        packages=("tap-zendesk==2.8.2",),
        command="tap-zendesk",
        sandbox="zendesk_support",
        ours="tap-zendesk-support",
        hosts=(f"{ACCOUNT}.zendesk.com",),
        size="tickets",
        site="subdomain",
        login="access_token",
        config=lambda token: {"subdomain": ACCOUNT, "access_token": token, "start_date": SINCE},
        streams=SUPPORT | {"ticket_audits": ("audits", "audits")},
    ),
    "airbyte-zendesk-support": Peer(
        packages=("airbyte-source-zendesk-support==4.9.1",),
        command="source-zendesk-support",
        sandbox="zendesk_support",
        ours="tap-zendesk-support",
        hosts=(f"{ACCOUNT}.zendesk.com",),
        size="tickets",
        site="subdomain",
        login="access_token",
        config=lambda token: {
            "subdomain": ACCOUNT,
            "start_date": SINCE,
            "credentials": {"credentials": "oauth2.0", "access_token": token},
        },
        streams=SUPPORT | {"ticket_audits": ("audits", "audits")},
        without=frozenset(
            {"article_attachments"}
        ),  # it downloads the files, which the sandbox does not have
        protocol=AIRBYTE,
    ),
    "zendesk-chat": Peer(
        packages=("tap-zendesk-chat==0.5.1",),
        command="tap-zendesk-chat",
        sandbox="zendesk_chat",
        ours="tap-zendesk-chat",
        hosts=(f"{ACCOUNT}.zendesk.com", "www.zopim.com"),
        size="chats",
        site="subdomain",
        login="access_token",
        config=lambda token: {"subdomain": ACCOUNT, "access_token": token, "start_date": SINCE},
        streams=CHAT,
    ),
    "airbyte-zendesk-chat": Peer(
        packages=("airbyte-source-zendesk-chat==1.1.1",),
        command="source-zendesk-chat",
        sandbox="zendesk_chat",
        ours="tap-zendesk-chat",
        hosts=(f"{ACCOUNT}.zendesk.com", "www.zopim.com"),
        size="chats",
        site="subdomain",
        login="access_token",
        config=lambda token: {
            "subdomain": ACCOUNT,
            "start_date": SINCE,
            "credentials": {"credentials": "access_token", "access_token": token},
        },
        streams=CHAT,
        protocol=AIRBYTE,
    ),
}


def installed(name: str, peer: Peer) -> Path:
    """The peer's command in an environment of its own."""
    folder = ROOT / ".venvs" / f"peer-{name}"
    command = folder / "bin" / peer.command
    if not command.exists():
        subprocess.run([peer.python, "-m", "venv", str(folder)], check=True)
        subprocess.run(
            [str(folder / "bin/pip"), "install", "--quiet", "setuptools<81", *peer.packages],
            check=True,
        )
    return command


def key_columns(out: Path) -> dict[str, list[str]]:
    """Each stream's key columns, as a tap's output in ``out`` declares them."""
    with out.open("rb") as lines:
        schemas = [json.loads(line) for line in lines if line.startswith(b'{"type":"SCHEMA"')]
    return {schema["stream"]: schema["key_properties"] for schema in schemas}


def inside(name: str, size: int, folder: Path) -> None:
    """In the namespaces: serves the account, runs the peer and ours, prints the comparison."""
    peer = PEERS[name]
    sandbox = importlib.import_module(f"sandbox.{peer.sandbox}")
    server = sandbox.serve(
        sandbox.Account(seed=1, **{peer.size: size}),
        sandbox.Options(**{"limit": 0, **peer.options}),
    )
    server.start()
    hosts.lead(folder, server.port)
    costs: list[tuple[object, ...]] = []

    def read(
        who: str,
        command: Path,
        config: Mapping[str, Any],
        protocol: Protocol,
        without: frozenset[str],
    ) -> Path:
        (folder / "config.json").write_text(json.dumps(config), "utf-8")
        reading = protocol.reading(
            [str(command), "--config", str(folder / "config.json")], folder, without
        )
        server.log.reset()
        out = folder / f"{who}.out"
        cost = measured(reading, out)
        asked = server.log.stats()["requests"]
        costs.append((who, asked, f"{cost.cpu:.1f}", f"{cost.seconds:.1f}", round(cost.megabytes)))
        return out

    secret = server.app.credentials()[peer.login]
    login = {peer.site: ACCOUNT, peer.login: secret, "start_date": SINCE, "base_url": server.url}
    ours = read("ours", Path(executable(peer.ours)), login, SINGER, frozenset())
    command = installed(name, peer)
    hosts.trusted(command, folder)
    theirs = read(name, command, peer.config(secret), peer.protocol, peer.without)
    print(table(("tap", "requests", "CPU s", "wall s", "MB"), costs))

    print(compared(server, peer, ours, theirs))
    server.stop()


def compared(server: Any, peer: Peer, ours: Path, theirs: Path) -> str:
    """A table of the rows in two outputs beside those of the account, by the peer's streams and our
    keys.
    """
    key_of = key_columns(ours)
    mine, found = defaultdict(set), defaultdict(set)
    for stream, row in SINGER.rows(ours):
        mine[stream].add(key(row, key_of[stream]))
    for stream, row in peer.protocol.rows(theirs):
        _, own, *_ = peer.streams.get(stream, (stream, stream))
        found[stream].add(key(row, key_of.get(own, ())))
    lines = []
    for stream, rows in sorted(found.items()):
        truth, *names = peer.streams.get(stream, (stream, stream))
        here = {row for own in names for row in mine[own]}
        lines.append(
            (
                stream,
                rows_of(server, truth),
                len(rows),
                len(here),
                len(rows - here),
                len(here - rows),
            )
        )
    return table(("stream", "rows of the account", "peer", "ours", "only peer", "only ours"), lines)


def key(row: Mapping[str, Any], columns: Sequence[str]) -> tuple[str, ...]:
    """The row's key as text; Airbyte's whole numbers are doubles."""
    values = (row.get(column) for column in columns)
    return tuple(str(int(value)) if isinstance(value, float) else str(value) for value in values)


def rows_of(server: Any, stream: str) -> object:
    """How many rows the account has; a question mark where the sandbox does not count them."""
    try:
        return len(server.app.rows(stream))
    except KeyError:
        return "?"


def main() -> int:
    """The command; its exit code."""
    parser = ArgumentParser(
        prog="benchmarks.peers", description=(__doc__ or "").partition(":")[0] + "."
    )
    parser.add_argument("peer", choices=tuple(PEERS))
    parser.add_argument(
        "--size", type=int, default=1000, help="tickets or chats of the account (default: 1000)"
    )
    parser.add_argument(INSIDE, metavar="FOLDER", help="used by the command itself")
    arguments = parser.parse_args()
    if arguments.inside:
        inside(arguments.peer, arguments.size, Path(arguments.inside))
        return 0
    peer = PEERS[arguments.peer]
    installed(arguments.peer, peer)
    with tempfile.TemporaryDirectory() as folder:
        hosts.prepared(Path(folder), peer.hosts)
        again = [
            sys.executable,
            "-m",
            "benchmarks.peers",
            arguments.peer,
            "--size",
            str(arguments.size),
            INSIDE,
            folder,
        ]
        return subprocess.run(
            ["unshare", "--net", "--mount", *again], check=False, cwd=ROOT
        ).returncode


if __name__ == "__main__":
    sys.exit(main())
