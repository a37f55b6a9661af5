"""Syncs a made-up account into one SQLite file, lets its people work, and syncs again: ``python -m examples.demo [VENDOR]``.

Everything is real but the vendor: the sandbox answers HTTP on loopback, and the commands are those that a person would type.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import sysconfig
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import requests

ROOT = Path(__file__).resolve().parent.parent
DATABASE = "helpdesk.db"
MADE_BEFORE = ("config.json", "catalog.json", "state.json", "log", DATABASE, f"{DATABASE}-wal", f"{DATABASE}-shm")
SECONDS_TO_END = 5
CHANGES = 40
WIDTH = 120


@dataclass(frozen=True)
class Vendor:
    """A vendor that the sandbox can play.

    ``credentials`` are the config keys that the sandbox's first line tells, ``config`` the other ones; ``deletion`` are the
    changes that delete something, ``deleted`` says what in words, and ``proof`` is the query that shows it in the database.
    ``tables`` are counted at the end, ``example`` is a config for a real account.
    """

    tap: str
    sandbox: Sequence[str]
    credentials: Sequence[str]
    config: Mapping[str, Any]
    deletion: Sequence[Mapping[str, Any]]
    deleted: str
    proof: str
    tables: Sequence[str]
    example: Mapping[str, Any]


VENDORS = {
    "freshdesk": Vendor(
        tap="tap-freshdesk",
        sandbox=("--tickets", "1000", "--limit", "0", "--latency-ms", "5"),
        credentials=("api_key", "domain"),
        config={"start_date": "2020-01-01"},
        deletion=({"do": "move_ticket", "ticket": 17, "to": "deleted"},),
        deleted="ticket 17 is deleted",
        proof="SELECT id, subject, deleted, updated_at FROM tickets WHERE id = 17",
        tables=("tickets", "conversations", "contacts", "companies", "time_entries", "satisfaction_ratings"),
        example={"api_key": "...", "domain": "acme", "start_date": "2026-01-01"},
    ),
    "zendesk-support": Vendor(
        tap="tap-zendesk-support",
        sandbox=("--tickets", "1000", "--limit", "0", "--latency-ms", "5"),
        credentials=("subdomain", "access_token"),
        config={"start_date": "2020-01-01"},
        deletion=({"do": "delete_ticket", "ticket": 10}, {"do": "wait", "seconds": 120}),
        deleted="ticket 10 is deleted; two minutes pass, since exports hold back the last one",
        proof="SELECT id, subject, status, updated_at FROM tickets WHERE id = 10",
        tables=("tickets", "audits", "ticket_comments", "users", "organizations", "zendesk_ticket_metrics"),
        example={"subdomain": "acme", "access_token": "...", "start_date": "2026-01-01"},
    ),
    "zendesk-chat": Vendor(
        tap="tap-zendesk-chat",
        sandbox=("--chats", "1000", "--limit", "0", "--latency-ms", "5"),
        credentials=("subdomain", "access_token"),
        config={"start_date": "2020-01-01"},
        deletion=({"do": "delete_chat", "chat": "2506.10414779.S0bWT6BLnsHFQ"},),
        deleted="chat 2506.10414779.S0bWT6BLnsHFQ is deleted",
        proof="SELECT id, type, deleted, update_timestamp FROM zopim_chats WHERE id = '2506.10414779.S0bWT6BLnsHFQ'",
        tables=("zopim_chats", "chat_history", "chat_engagements", "zopim_agents", "agent_timeline"),
        example={"subdomain": "acme", "access_token": "...", "start_date": "2026-01-01"},
    ),
    "desk": Vendor(
        tap="tap-desk",
        sandbox=("--cases", "1000", "--limit", "0", "--latency-ms", "5"),
        credentials=("site_url", "consumer_key", "consumer_secret", "token", "token_secret"),
        config={"start_date": "2015-01-01"},
        deletion=({"do": "delete_case", "id": 17},),
        deleted="case 17 gets the status deleted",
        proof="SELECT id, subject, status, updated_at FROM cases WHERE id = 17",
        tables=("cases", "messages", "replies", "notes", "customers", "feedbacks", "articles"),
        example={
            "site_url": "acme",
            "consumer_key": "...",
            "consumer_secret": "...",
            "token": "...",
            "token_secret": "...",
            "start_date": "2015-01-01",
        },
    ),
}


class DemoError(Exception):
    """Ends the demo with its text."""


class Row(NamedTuple):
    """A stream in the tap's summary table."""

    stream: str
    rows: str
    requests: str
    retries: str
    seconds: str
    waited: str
    bookmark: str
    outcome: str


Tables = dict[str, dict[tuple[Any, ...], dict[str, Any]]]


class Signals:
    """Ends the demo at a signal, but not while a process is being started or ended: none must be forgotten."""

    def __init__(self) -> None:
        self._held, self._came = False, 0

    def stop(self, signum: int, _frame: object) -> None:
        """The handler. The first signal counts."""
        if not self._came:
            self._came = signum
            if not self._held:
                sys.exit(128 + signum)

    def hold(self) -> None:
        """From now on a signal is only remembered."""
        self._held = True

    def release(self) -> None:
        """Signals end the demo again, also one that came meanwhile."""
        self._held = False
        if self._came:
            sys.exit(128 + self._came)


SIGNALS = Signals()


@contextmanager
def started(command: Sequence[str], **options: Any) -> Iterator[subprocess.Popen[bytes]]:
    """The process of ``command``, which is gone when the block is left in whatever way."""
    SIGNALS.hold()
    process = subprocess.Popen(command, **options)  # noqa: S603 - the commands are our own
    try:
        SIGNALS.release()
        yield process
    finally:
        SIGNALS.hold()
        process.terminate()
        try:
            process.wait(SECONDS_TO_END)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout:
            process.stdout.close()
        SIGNALS.release()


@contextmanager
def account(name: str, vendor: Vendor) -> Iterator[dict[str, str]]:
    """A made-up account on loopback; yields what the sandbox says of it: url and credentials."""
    command = [sys.executable, "-m", "sandbox", name, *vendor.sandbox]
    with started(command, cwd=ROOT, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            raise DemoError("the sandbox did not start")
        yield json.loads(line)


class Demo:
    """The demo of one vendor; its files go to ``folder``."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name, self.vendor, self.folder = name, VENDORS[name], folder
        scripts = Path(sysconfig.get_path("scripts"))
        self.environment = {**os.environ, "LOGLEVEL": "INFO"}  # the summary is read from the log
        self.tap, self.loader = str(scripts / self.vendor.tap), str(scripts / "singer-to-sqlite")

    def run(self) -> None:
        """The whole demo. DemoError if a command fails."""
        began = time.monotonic()
        self.folder.mkdir(parents=True, exist_ok=True)
        for name in MADE_BEFORE:
            (self.folder / name).unlink(missing_ok=True)
        with account(self.name, self.vendor) as server:
            self.configure(server)
            say(f"A made-up {self.name} account answers at {server['url']}.")
            self.discover()
            print_summary(self.sync())
            before = self.tables()
            self.work(server["url"])
            print_changes(self.sync(), before, self.tables())
        self.print_database()
        say(f"{time.monotonic() - began:.0f} seconds in all. The same against a real account, with .venv/bin on the PATH:")
        for line in self.shell_lines():
            print(f"    {line}")
        print("The last line run again brings what has changed since; it keeps state.json and a log beside config.json.")

    def configure(self, server: Mapping[str, str]) -> None:
        """Writes the config with what the sandbox said."""
        credentials = {key: server[key] for key in self.vendor.credentials}
        config = {**credentials, "base_url": server["url"], **self.vendor.config}
        path = self.folder / "config.json"
        path.touch(mode=0o600)
        path.write_text(json.dumps(config, indent=2) + "\n", "utf-8")

    def discover(self) -> None:
        """Runs discovery into catalog.json."""
        say(f"$ {self.vendor.tap} --config {self.path('config.json')} --discover > {self.path('catalog.json')}")
        with (self.folder / "catalog.json").open("wb") as catalog, (self.folder / "log").open("ab") as log:
            command = [self.tap, "--config", str(self.folder / "config.json"), "--discover"]
            with started(command, env=self.environment, stdout=catalog, stderr=log) as tap:
                check({self.vendor.tap: tap.wait()}, self.folder / "log")
        streams = json.loads((self.folder / "catalog.json").read_text("utf-8"))["streams"]
        print(f"{len(streams)} streams, {sum(len(stream['schema']['properties']) for stream in streams)} fields.")

    def sync(self) -> list[Row]:
        """Runs the tap into the loader, keeps the state, and returns the tap's summary."""
        arguments = ["--config", self.path("config.json"), "--catalog", self.path("catalog.json")]
        state = self.folder / "state.json"
        if state.exists():
            arguments += ["--state", self.path("state.json")]
        database = self.path(DATABASE)
        say(f"$ {self.vendor.tap} {' '.join(arguments)} | singer-to-sqlite {database}")
        log = self.folder / "log"
        told = log.stat().st_size
        with (
            log.open("ab") as errors,
            started([self.tap, *arguments], env=self.environment, stdout=subprocess.PIPE, stderr=errors) as tap,
            started([self.loader, database], stdin=tap.stdout, stdout=subprocess.PIPE, stderr=errors) as loader,
        ):
            assert tap.stdout is not None
            assert loader.stdout is not None
            tap.stdout.close()  # so that the tap notices if the loader dies
            states = loader.stdout.read().splitlines()
            check({self.vendor.tap: tap.wait(), "singer-to-sqlite": loader.wait()}, log)
        new = state.with_suffix(".new")
        new.write_bytes(states[-1] + b"\n")
        new.replace(state)
        return summary(log.read_bytes()[told:].decode())

    def work(self, url: str) -> None:
        """The account's people work: changes of all kinds, and a deletion."""
        touched = ask(url, "live", {"seed": 1, "n": CHANGES})
        for change in self.vendor.deletion:
            ask(url, "change", change)
        say(f"The account's people make {CHANGES} changes and a deletion ({self.vendor.deleted}). They touch:")
        print(wrapped(f"{len(ids)} {stream}" for stream, ids in touched.items()))

    def tables(self) -> Tables:
        """All rows of the database by table and key."""
        with closing(sqlite3.connect(self.folder / DATABASE)) as database:
            database.row_factory = sqlite3.Row
            names = [row["name"] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            found: Tables = {}
            for name in names:
                key = [row["name"] for row in database.execute(f'PRAGMA table_info("{name}")') if row["pk"]]
                rows = [dict(row) for row in database.execute(f'SELECT * FROM "{name}"')]  # noqa: S608 - the loader's names
                found[name] = {tuple(row[column] for column in key): row for row in rows}
            return found

    def print_database(self) -> None:
        """What is in the database now, and what became of the deleted row."""
        counts = {name: len(rows) for name, rows in self.tables().items()}
        say(f"{self.path(DATABASE)} now holds {sum(counts.values())} rows in {len(counts)} tables, among them:")
        print(wrapped(f"{counts[name]} {name}" for name in self.vendor.tables))
        print(f'$ sqlite3 {self.path(DATABASE)} "{self.vendor.proof}"')
        with closing(sqlite3.connect(self.folder / DATABASE)) as database:
            print("|".join(map(str, database.execute(self.vendor.proof).fetchone())))

    def shell_lines(self) -> list[str]:
        """The three lines that do the same for a real account."""
        return [
            f"echo '{json.dumps(self.vendor.example)}' > config.json",
            f"{self.vendor.tap} --config config.json --discover > catalog.json",
            f"examples/cron/sync.sh . {self.vendor.tap} singer-to-sqlite {DATABASE}",
        ]

    def path(self, name: str) -> str:
        """A file of the demo as a person would type it."""
        return str(self.folder / name)


def ask(url: str, what: str, body: Mapping[str, Any]) -> dict[str, list[int]]:
    """Tells the sandbox to do something; the ids that it touched by stream."""
    response = requests.post(f"{url}/_sandbox/{what}", json=body, timeout=30)
    answer: dict[str, Any] = response.json()
    if response.status_code != requests.codes.ok:
        raise DemoError(f"the sandbox refused {what}: {answer}")
    return answer


def check(codes: Mapping[str, int], log: Path) -> None:
    """DemoError, with the log's end, if a command failed."""
    failed = [f"{command} ended with exit code {code}" for command, code in codes.items() if code]
    if failed:
        raise DemoError("\n".join([*failed, f"the end of {log}:", *log.read_text("utf-8").splitlines()[-5:]]))


def summary(log: str) -> list[Row]:
    """The rows of the table at the end of the tap's log."""
    lines = [line.removeprefix("INFO ") for line in log.splitlines()]
    head = next(number for number, line in enumerate(lines) if line.split() == list(Row._fields))
    cells = [re.split(" {2,}", line, maxsplit=len(Row._fields) - 1) for line in lines[head + 1 :]]
    return [Row(*row) for row in cells if len(row) == len(Row._fields)]


def print_summary(rows: Sequence[Row]) -> None:
    """The first sync: every stream."""
    table = [(row.stream, row.rows, row.requests, row.seconds, reached(row.bookmark)) for row in rows]
    print_table(("stream", "rows", "requests", "seconds", "bookmark"), table)


def print_changes(rows: Sequence[Row], before: Tables, after: Tables) -> None:
    """The second sync: the streams of which something is new or other than it was."""
    table, unchanged, again = [], 0, 0
    for row in rows:
        old, now = before.get(row.stream, {}), after.get(row.stream, {})
        new = len(now.keys() - old.keys())
        changed = sum(1 for key, record in now.items() if key in old and record != old[key])
        if new or changed:
            table.append((row.stream, str(new), str(changed), row.rows, row.requests, row.seconds, moved(row.bookmark)))
        else:
            unchanged, again = unchanged + 1, again + int(row.rows)
    print_table(("stream", "new", "changed", "rows", "requests", "seconds", "bookmark"), table)
    print(f"The other {unchanged} streams are as they were ({again} rows read again).")


def print_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Columns of text; numbers to the right."""
    widths = [max(len(row[column]) for row in [head, *rows]) for column in range(len(head))]
    for row in [head, *rows]:
        cells = [
            cell.rjust(width) if 0 < column < len(head) - 1 else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        print("  ".join(cells).rstrip())


def reached(bookmark: str) -> str:
    """Where "from -> to" ends."""
    return bookmark.rpartition(" -> ")[2].replace(",", " ")


def moved(bookmark: str) -> str:
    """Where "from -> to" ends, without the leaves that stayed."""
    before, _, after = bookmark.rpartition(" -> ")
    leaves = [leaf for leaf in after.split(",") if leaf not in before.split(",")]
    return " ".join(leaves) or reached(bookmark)


def wrapped(parts: Iterator[str]) -> str:
    """``parts`` with commas, in lines that fit."""
    lines = [""]
    for part in parts:
        if len(lines[-1]) + len(part) > WIDTH:
            lines.append("")
        lines[-1] += f", {part}" if lines[-1] else part
    return "\n".join(f"    {line}" for line in lines)


def say(text: str) -> None:
    """A line after an empty one, at once."""
    print(f"\n{text}", flush=True)


def main() -> int:
    """The command; its exit code."""
    parser = argparse.ArgumentParser(prog="python -m examples.demo", description=(__doc__ or "").partition(":")[0] + ".")
    parser.add_argument("vendors", nargs="*", metavar="VENDOR", help=f"any of {', '.join(VENDORS)} (default: all)")
    parser.add_argument("--folder", type=Path, default=Path("demo"), help="where the files go, a folder a vendor (default: demo)")
    arguments = parser.parse_args()
    if unknown := set(arguments.vendors) - VENDORS.keys():
        parser.error(f"no such vendor: {', '.join(sorted(unknown))}")
    for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(signum, SIGNALS.stop)
    try:
        for vendor in arguments.vendors or VENDORS:
            Demo(vendor, arguments.folder / vendor).run()
    except (DemoError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
