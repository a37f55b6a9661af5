"""One made-up account, read by our tap, by a bare loop that makes the same requests, and by peers.

The peers insist on https and their vendor's host names, so this runs in a network and mount
namespace of its own (see hosts.py): as root on Linux, with openssl.
"""

from __future__ import annotations

import base64
import importlib
import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from benchmarks import found_rows, hosts
from benchmarks.peers import ACCOUNT, SITES, Peer, Site, command_of
from benchmarks.processes import Cost, executable, measured, sent
from benchmarks.speed import BARE

LOGGED = 10_000_000
"""Requests that the sandbox remembers, for the bare loop to make them again."""
LOOP = "bare loop"
EXCEEDED = 124
"""The exit code of timeout(1) for a command that took too long."""


@dataclass
class Measured:
    """What a program took to read an account.

    ``missing`` are the rows of others that it lacks, by stream; ``surplus`` those that only it has.
    ``ended`` says how it ended if it did not reach the end.
    """

    site: str
    rows: int
    program: str
    requests: int
    records: int
    cpu: list[float]
    seconds: list[float]
    megabytes: list[float]
    missing: dict[str, int] = field(default_factory=dict)
    surplus: dict[str, int] = field(default_factory=dict)
    ended: str = ""

    @classmethod
    def of(
        cls, site: str, rows: int, program: str, requests: int, records: int, costs: Sequence[Cost]
    ) -> Measured:
        """The figures of some runs of a program."""
        return cls(
            site,
            rows,
            program,
            requests,
            records,
            [round(cost.cpu, 2) for cost in costs],
            [round(cost.seconds, 2) for cost in costs],
            [round(cost.megabytes) for cost in costs],
        )


def inside(name: str, rows: int, runs: int, limit: int, folder: Path) -> None:
    """In the namespaces: serves the account and writes what each program took into results.json.

    Tap and bare loop run ``runs`` times in turn, each peer once and for ``limit`` seconds at most,
    or not at all if that is 0.
    """
    bench = _Bench(name, SITES[name], rows, limit, folder)
    peers = bench.site.peers if limit else ()
    try:
        found = [*bench.tap_and_loop(runs), *map(bench.peer, peers)]
    finally:
        bench.server.stop()
    (folder / "results.json").write_text(json.dumps([asdict(one) for one in found]), "utf-8")


@dataclass
class _Bench:
    name: str
    site: Site
    rows: int
    limit: int
    folder: Path

    def __post_init__(self) -> None:
        sandbox = importlib.import_module(f"sandbox.{self.site.sandbox}")
        self.server = sandbox.serve(
            sandbox.Account(seed=1, **{self.site.size: self.rows}),
            sandbox.Options(**{"limit": 0, "log_size": LOGGED, **self.site.options}),
        )
        self.server.start()
        hosts.lead(self.folder, self.server.port)
        self._login = {key: self.server.app.credentials()[key] for key in self.site.login}

    def tap_and_loop(self, runs: int) -> tuple[Measured, Measured]:
        """What our tap takes for the streams of a new catalog, and what the bare loop takes."""
        tap = [executable(self.site.ours), "--config", str(self._config(self._settings()))]
        out, log = self.folder / "tap.out", self.folder / "log"
        catalog = self.folder / "discovered.json"
        measured([*tap, "--discover"], catalog)
        tap += ["--catalog", str(catalog)]
        self.server.log.reset()
        measured(tap, out, allowed=(0, 3))
        entries = [entry for entry in self.server.log.entries if entry.method == "GET"]
        targets = [f"{entry.path}?{entry.query}".removesuffix("?") for entry in entries]
        log.write_text("\n".join(targets), "utf-8")
        headers = json.dumps({"Authorization": self._authorization()})
        loop = [sys.executable, "-c", BARE, self.server.url, headers, str(log)]
        loop_out = self.folder / "loop.out"
        pairs = [
            (measured(tap, out, allowed=(0, 3)), measured(loop, loop_out)) for _ in range(runs)
        ]
        ours, bare = zip(*pairs, strict=True)
        with loop_out.open("rb") as lines:
            printed = sum(1 for _ in lines)
        records = sent(out).total()
        return (
            Measured.of(self.name, self.rows, self.site.ours, len(entries), records, ours),
            Measured.of(self.name, self.rows, LOOP, len(entries), printed, bare),
        )

    def peer(self, name: str) -> Measured:
        """What a peer takes."""
        peer = self.site.peers[name]
        command = command_of(self.name, name)
        if not command.exists():
            return self._failed(peer, "could not be installed")
        hosts.trusted(command, self.folder)
        (secret,) = self._login.values()
        account = {self.site.site: ACCOUNT, "start_date": self.site.since}
        config = self._config({**account, **peer.login(secret)})
        try:
            reading = peer.protocol.reading(
                [str(command), "--config", str(config)], self.folder, peer.without
            )
        except (StopIteration, subprocess.CalledProcessError, ValueError):
            return self._failed(peer, "failed at discovery")
        self.server.log.reset()
        out = self.folder / f"{name}.out"
        timeout = ["timeout", "--kill-after=5", str(self.limit)]
        cost = measured([*timeout, *reading], out, allowed=range(256))
        found, records = found_rows.theirs(peer, out, self.folder / "tap.out")
        asked = self.server.log.stats()["requests"]
        result = Measured.of(self.name, self.rows, peer.name, asked, records, [cost])
        if cost.code == EXCEEDED:
            result.ended = f"stopped after {self.limit} s"
        elif cost.code:
            result.ended = f"exit code {cost.code}"
        wanted = found_rows.ours(self.folder / "tap.out")
        differences = found_rows.differences(peer, wanted, found)
        result.missing = {stream: count for stream, (count, _) in differences.items() if count}
        result.surplus = {stream: count for stream, (_, count) in differences.items() if count}
        return result

    def _failed(self, peer: Peer, how: str) -> Measured:
        failed = Measured.of(self.name, self.rows, peer.name, 0, 0, [])
        failed.ended = how
        return failed

    def _settings(self) -> Mapping[str, Any]:
        account = self.server.app.credentials().get(self.site.site, ACCOUNT)
        return {
            self.site.site: account,
            **self._login,
            "start_date": self.site.since,
            "base_url": self.server.url,
        }

    def _config(self, settings: Mapping[str, Any]) -> Path:
        path = self.folder / "config.json"
        path.write_text(json.dumps(settings), "utf-8")
        return path

    def _authorization(self) -> str:
        """The header's value by which the sandbox knows its client."""
        if not self.site.basic:
            return f"Bearer {self._login['access_token']}"
        login = self.site.basic.format_map(self._login)
        return f"Basic {base64.b64encode(login.encode()).decode()}"
