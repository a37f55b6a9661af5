"""Lets other people's unmodified taps read the sandbox, and compares their rows with the account and with ours:
``python -m benchmarks.peers freshdesk`` (as root on Linux, with openssl).

The peers insist on https and their vendor's host names. So this runs in a network and mount namespace of its own, where the names
lead to loopback and a relay with a throw-away certificate passes everything on to the sandbox. Each peer is installed from PyPI
into .venvs/peer-* on first use.
"""

from __future__ import annotations

import asyncio
import importlib
import json
import ssl
import subprocess
import sys
import tempfile
import threading
from argparse import ArgumentParser
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
ACCOUNT = "acme"
INSIDE = "--inside"
Keys = dict[str, set[tuple[str, ...]]]


def certified(folder: Path, hosts: Sequence[str]) -> None:
    """Writes cert.pem, which vouches for itself, and key.pem for ``hosts`` into ``folder``."""
    names = ",".join(f"DNS:{host}" for host in hosts)
    new = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={hosts[0]}"]
    files = ["-addext", f"subjectAltName={names}", "-keyout", str(folder / "key.pem"), "-out", str(folder / "cert.pem")]
    subprocess.run([*new, *files], check=True, capture_output=True)


def relayed(folder: Path, port: int) -> None:
    """Passes https (443) and http (80) of this namespace on to the sandbox, from a thread of its own."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    listening = threading.Event()

    async def pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(1 << 16):
                writer.write(data)
                await writer.drain()
        except OSError:
            pass
        finally:
            writer.close()

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.gather(pipe(reader, inner_writer), pipe(inner_reader, writer))

    async def serve() -> None:
        secure = await asyncio.start_server(relay, "127.0.0.1", 443, ssl=context)
        plain = await asyncio.start_server(relay, "127.0.0.1", 80)
        listening.set()
        await asyncio.gather(secure.serve_forever(), plain.serve_forever())

    threading.Thread(target=lambda: asyncio.run(serve()), daemon=True).start()
    listening.wait()


def keys(out: bytes) -> Keys:
    """The keys of the rows in a tap's output, by stream."""
    found: Keys = {}
    key_of: dict[str, list[str]] = {}
    for line in out.splitlines():
        message = json.loads(line)
        if message["type"] == "SCHEMA":
            key_of[message["stream"]] = message["key_properties"]
            found.setdefault(message["stream"], set())
        elif message["type"] == "RECORD":
            stream = message["stream"]
            found[stream].add(tuple(str(message["record"][name]) for name in key_of[stream]))
    return found


def synced(command: Sequence[str], folder: Path, without: frozenset[str]) -> Keys:
    """Discovers, selects everything but ``without``, syncs, and returns the keys of the rows."""
    catalog = json.loads(subprocess.run([*command, "--discover"], check=True, stdout=subprocess.PIPE).stdout)
    for stream in catalog["streams"]:
        for item in stream["metadata"]:
            if not item["breadcrumb"]:
                item["metadata"]["selected"] = stream["tap_stream_id"] not in without
    path = folder / "catalog.json"
    path.write_text(json.dumps(catalog), "utf-8")
    with (folder / "log").open("wb") as log:
        done = subprocess.run([*command, "--catalog", str(path)], check=False, stdout=subprocess.PIPE, stderr=log)
    if done.returncode:
        print((folder / "log").read_text("utf-8", "replace")[-2000:])
    print(f"{Path(command[0]).name}: exit code {done.returncode}")
    return keys(done.stdout)


def airbyte(command: Sequence[str], folder: Path, without: frozenset[str]) -> Keys:
    """The same for a source that speaks Airbyte's protocol, every stream read in full."""
    program, *config = command
    told = subprocess.run([program, "discover", *config], check=True, stdout=subprocess.PIPE).stdout
    streams = next(line for line in map(json.loads, told.splitlines()) if line["type"] == "CATALOG")["catalog"]["streams"]
    chosen = [
        {"stream": stream, "sync_mode": "full_refresh", "destination_sync_mode": "overwrite"}
        for stream in streams
        if stream["name"] not in without
    ]
    path = folder / "catalog.json"
    path.write_text(json.dumps({"streams": chosen}), "utf-8")
    with (folder / "log").open("wb") as log:
        read = [program, "read", *config, "--catalog", str(path)]
        done = subprocess.run(read, check=False, stdout=subprocess.PIPE, stderr=log)
    print(f"{Path(program).name}: exit code {done.returncode}")
    key_of = {stream["name"]: [path[0] for path in stream.get("source_defined_primary_key") or [["id"]]] for stream in streams}
    found: Keys = {item["stream"]["name"]: set() for item in chosen}
    for message in map(json.loads, done.stdout.splitlines()):
        if message["type"] == "RECORD":
            stream = message["record"]["stream"]
            found[stream].add(tuple(str(message["record"]["data"].get(name)) for name in key_of[stream]))
    return found


@dataclass(frozen=True)
class Peer:
    """A peer as data: what to install, its command, its config from the sandbox's credentials, and what it cannot stand.

    ``python`` makes its environment, ``read`` runs it. ``size`` is the account's parameter for its size; ``streams`` maps the
    peer's streams to ours and the sandbox's.
    """

    packages: Sequence[str]
    command: str
    sandbox: str
    ours: str
    hosts: Sequence[str]
    size: str
    config: Mapping[str, str]
    fixed: Mapping[str, Any] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    without: frozenset[str] = frozenset()
    streams: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    python: str = sys.executable
    read: Callable[[Sequence[str], Path, frozenset[str]], Keys] = synced


PEERS = {
    "freshdesk": Peer(
        packages=("tap-freshdesk==1.0.1",),
        command="tap-freshdesk",
        sandbox="freshdesk",
        ours="tap_freshdesk",
        hosts=(f"{ACCOUNT}.freshdesk.com",),
        size="tickets",
        config={"api_key": "api_key"},
        fixed={"domain": ACCOUNT, "user_agent": "benchmarks", "start_date": "2020-01-01T00:00:00Z"},
        options={"trash_children": 200, "contacts_filter": "both"},
        without=frozenset({"satisfaction_ratings"}),
    ),
    "airbyte-freshdesk": Peer(
        packages=("airbyte-source-freshdesk==3.1.3", "airbyte-cdk==0.72.2"),
        command="source-freshdesk",
        sandbox="freshdesk",
        ours="tap_freshdesk",
        hosts=(f"{ACCOUNT}.freshdesk.com",),
        size="tickets",
        config={"api_key": "api_key"},
        fixed={"domain": f"{ACCOUNT}.freshdesk.com", "start_date": "2020-01-01T00:00:00Z"},
        options={"trash_children": 200},
        python="python3.10",
        read=airbyte,
    ),
    "zendesk-support": Peer(
        packages=("tap-zendesk==2.8.2",),
        command="tap-zendesk",
        sandbox="zendesk_support",
        ours="tap_zendesk_support",
        hosts=(f"{ACCOUNT}.zendesk.com",),
        size="tickets",
        config={"access_token": "access_token"},
        fixed={"subdomain": ACCOUNT, "start_date": "2020-01-01T00:00:00Z"},
        streams={
            "groups": ("zendesk_groups", "groups"),
            "group_memberships": ("zendesk_group_memberships", "group_memberships"),
            "macros": ("zendesk_macros", "macros"),
            "tags": ("zendesk_tags", "tags"),
            "ticket_metrics": ("zendesk_ticket_metrics", "ticket_metrics"),
            "ticket_audits": ("audits", "audits"),
        },
    ),
    "zendesk-chat": Peer(
        packages=("tap-zendesk-chat==0.5.1",),
        command="tap-zendesk-chat",
        sandbox="zendesk_chat",
        ours="tap_zendesk_chat",
        hosts=(f"{ACCOUNT}.zendesk.com", "www.zopim.com"),
        size="chats",
        config={"access_token": "access_token"},
        fixed={"subdomain": ACCOUNT, "start_date": "2023-01-01T00:00:00Z"},
        streams={name: (f"zopim_{name}", name) for name in ("agents", "chats", "departments", "shortcuts", "triggers")},
    ),
}


def installed(name: str, peer: Peer) -> Path:
    """The peer's command in an environment of its own."""
    folder = ROOT / ".venvs" / f"peer-{name}"
    command = folder / "bin" / peer.command
    if not command.exists():
        subprocess.run([peer.python, "-m", "venv", str(folder)], check=True)
        subprocess.run([str(folder / "bin/pip"), "install", "--quiet", "setuptools<81", *peer.packages], check=True)
    return command


def trusted(command: Path, folder: Path) -> None:
    """Makes the peer's libraries trust our certificate alone: not all of them ask the environment for another bundle."""
    (bundle,) = command.parent.parent.glob("lib/python3*/site-packages/certifi/cacert.pem")
    subprocess.run(["mount", "--bind", str(folder / "cert.pem"), str(bundle)], check=True)


def inside(name: str, size: int, folder: Path) -> None:
    """In the namespace: serves the account, runs the peer and ours, prints the comparison."""
    peer = PEERS[name]
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    subprocess.run(["mount", "--bind", str(folder / "hosts"), "/etc/hosts"], check=True)
    sandbox = importlib.import_module(f"sandbox.{peer.sandbox}")
    server = sandbox.serve(sandbox.Account(seed=1, **{peer.size: size}), sandbox.Options(**{"limit": 0, **peer.options}))
    server.start()
    relayed(folder, server.port)
    command = installed(name, peer)
    trusted(command, folder)
    credentials = server.app.credentials()
    config = {**peer.fixed, **{key: credentials[value] for key, value in peer.config.items()}}
    (folder / "peer.json").write_text(json.dumps(config), "utf-8")
    (folder / "ours.json").write_text(json.dumps({**config, "base_url": server.url}), "utf-8")
    theirs = peer.read([str(command), "--config", str(folder / "peer.json")], folder, peer.without)
    asked = server.log.stats()["requests"]
    server.log.reset()
    ours = synced([sys.executable, "-m", peer.ours, "--config", str(folder / "ours.json")], folder, frozenset())
    print(f"requests: peer {asked}, ours (all streams) {server.log.stats()['requests']}")
    print("| stream | rows of the account | peer | ours | only peer | only ours |\n|---|---|---|---|---|---|")
    for stream, found in theirs.items():
        own, truth = peer.streams.get(stream, (stream, stream))
        mine = ours.get(own, set())
        try:
            there = str(len(server.app.rows(truth)))
        except KeyError:
            there = "?"
        print(f"| {stream} | {there} | {len(found)} | {len(mine)} | {len(found - mine)} | {len(mine - found)} |")
    server.stop()


def main() -> int:
    """The command; its exit code."""
    parser = ArgumentParser(prog="benchmarks.peers", description=(__doc__ or "").partition(":")[0] + ".")
    parser.add_argument("peer", choices=tuple(PEERS))
    parser.add_argument("--size", type=int, default=1000, help="tickets or chats of the account (default: 1000)")
    parser.add_argument(INSIDE, metavar="FOLDER", help="used by the command itself")
    arguments = parser.parse_args()
    if arguments.inside:
        inside(arguments.peer, arguments.size, Path(arguments.inside))
        return 0
    peer = PEERS[arguments.peer]
    installed(arguments.peer, peer)
    with tempfile.TemporaryDirectory() as folder:
        certified(Path(folder), peer.hosts)
        lines = ["127.0.0.1 localhost", *(f"127.0.0.1 {host}" for host in peer.hosts)]
        (Path(folder) / "hosts").write_text("\n".join(lines) + "\n", "utf-8")
        again = [sys.executable, "-m", "benchmarks.peers", arguments.peer, "--size", str(arguments.size), INSIDE, folder]
        return subprocess.run(["unshare", "--net", "--mount", *again], check=False, cwd=ROOT).returncode


if __name__ == "__main__":
    sys.exit(main())
