"""The command."""

from __future__ import annotations

import argparse
import json
import signal
import sqlite3
import subprocess
import sys
import sysconfig
import time
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import examples.demo
from examples.demo.account import DATABASE, DemoError, account, ask, empty, write_config
from examples.demo.processes import SIGNALS, started
from examples.demo.proof import compared, key_of, names
from examples.demo.tables import Report, Tables, essence, print_changes, shell, wrapped
from examples.demo.vendors import VENDORS, known

CHANGES = 40


class Demo:
    """The demo of one vendor; its files go to ``folder``."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name, self.vendor, self.folder = name, VENDORS[name], folder
        scripts = Path(sysconfig.get_path("scripts"))
        self.tap, self.loader = str(scripts / self.vendor.tap), str(scripts / "singer-to-sqlite")
        self.report = str(scripts / "helpdesk-report")

    def run(self) -> None:
        """The whole demo. DemoError if a command fails, or a row is missing or there twice."""
        began = time.monotonic()
        empty(self.folder)
        with account(self.name, self.vendor) as server:
            write_config(self.folder, self.vendor, server)
            say(f"A made-up {self.name} account answers at {server['url']}.")
            print(f"It allows {self.vendor.quota}.")
            print("So the tap has to wait for its quota.")
            self.discover()
            self.sync(is_killed=True)
            stored = sum(map(len, self.tables().values()))
            say(f"kill -9 ended tap and loader when {stored:,} rows were stored. On from there:")
            self.sync()
            self.prove("resumed", server["url"])
            before = self.tables()
            self.work(server["url"])
            streams = self.sync()
            print_changes(streams, before, self.tables())
            self.prove("after the changes", server["url"])
        self.print_database()
        self.draw()
        say(f"{time.monotonic() - began:.0f} seconds in all.")
        print("The same against a real account:")
        for line in self.shell_lines():
            print(f"    {line}")
        print("Run the last line again, and it brings what has changed since. It ends with the")
        print("tap's exit code and keeps state.json, last-success.json and a log in the folder.")

    def discover(self) -> None:
        """Runs discovery into catalog.json."""
        config, catalog_file = self.path("config.json"), self.path("catalog.json")
        say(shell(f"{self.vendor.tap} --config {config} --discover > {catalog_file}"))
        self._write_catalog()
        streams = json.loads((self.folder / "catalog.json").read_text("utf-8"))["streams"]
        fields = sum(len(stream["schema"]["properties"]) for stream in streams)
        print(f"{len(streams)} streams, {fields:,} fields.")

    def _write_catalog(self) -> None:
        with (
            (self.folder / "catalog.json").open("wb") as catalog,
            (self.folder / "log").open("ab") as log,
        ):
            command = [self.tap, "--config", str(self.folder / "config.json"), "--discover"]
            with started(command, stdout=catalog, stderr=log) as tap:
                check({self.vendor.tap: tap.wait()}, self.folder / "log")

    def sync(self, *, is_killed: bool = False) -> list[Report]:
        """Runs the tap into the loader, keeps the state, and returns what the tap did.

        On a terminal the tap shows its progress there, elsewhere what it says goes to the log and
        its end is printed. A run that ``is_killed`` ends so when its first rows are stored.
        """
        arguments = ["--config", self.path("config.json"), "--catalog", self.path("catalog.json")]
        if (self.folder / "state.json").exists():
            arguments += ["--state", self.path("state.json")]
        arguments += ["--report", self.path("report.json")]
        database, log = self.path(DATABASE), self.folder / "log"
        say(shell(f"{self.vendor.tap} {' '.join(arguments)} | singer-to-sqlite {database}"))
        told = log.stat().st_size
        with (
            log.open("ab") as errors,
            started(
                [self.tap, *arguments],
                stdout=subprocess.PIPE,
                stderr=None if sys.stderr.isatty() else errors,
            ) as tap,
            started(
                [self.loader, database], stdin=tap.stdout, stdout=subprocess.PIPE, stderr=errors
            ) as loader,
        ):
            assert tap.stdout is not None
            assert loader.stdout is not None
            tap.stdout.close()  # so that the tap notices if the loader dies
            for state in loader.stdout:
                self.keep(state)
                if is_killed:
                    tap.kill()
                    loader.kill()
                    break
            codes = {self.vendor.tap: tap.wait(), "singer-to-sqlite": loader.wait()}
        if not sys.stderr.isatty():
            print("\n".join(essence(log.read_bytes()[told:].decode())))
        if is_killed:
            print()  # below the tap's live lines, which nobody took away
            return []
        check(codes, log)
        report = json.loads((self.folder / "report.json").read_text("utf-8"))
        streams: list[Report] = report["streams"]
        return streams

    def keep(self, state: bytes) -> None:
        """Replaces state.json in one step."""
        new = self.folder / "state.new"
        new.write_bytes(state)
        new.replace(self.folder / "state.json")

    def prove(self, when: str, url: str) -> None:
        """Compares the database with the account. DemoError if a row is missing or there twice."""
        with closing(sqlite3.connect(self.folder / DATABASE)) as database:
            found = compared(database, url, self.vendor)
        say(f"{when}: {found}")
        if not found.is_complete:
            raise DemoError(f"{self.path(DATABASE)} is not what the account holds")

    def work(self, url: str) -> None:
        """The account's people work: changes of all kinds, and a deletion."""
        touched = ask(url, "live", {"seed": 1, "n": CHANGES})
        for change in self.vendor.deletion:
            ask(url, "change", change)
        say(f"The account's people make {CHANGES} changes and a deletion:")
        print(f"{self.vendor.deleted}. They touch:")
        print(wrapped(f"{len(ids)} {stream}" for stream, ids in touched.items()))

    def tables(self) -> Tables:
        """All rows of the database by table and key."""
        with closing(sqlite3.connect(self.folder / DATABASE)) as database:
            database.row_factory = sqlite3.Row
            found: Tables = {}
            for name in list(names(database)):
                key = key_of(database, name)
                found_rows = database.execute(f'SELECT * FROM "{name}"')  # noqa: S608
                rows = [dict(row) for row in found_rows]
                found[name] = {tuple(map(row.get, key)): row for row in rows}
            return found

    def print_database(self) -> None:
        """What is in the database now, and what became of the deleted row."""
        counts = {name: len(rows) for name, rows in self.tables().items()}
        rows = sum(counts.values())
        say(f"{self.path(DATABASE)} now holds {rows:,} rows in {len(counts)} tables, among them:")
        print(wrapped(f"{counts[name]:,} {name}" for name in self.vendor.tables))
        print(shell(f'sqlite3 {self.path(DATABASE)} "{self.vendor.proof}"'))
        with closing(sqlite3.connect(self.folder / DATABASE)) as database:
            print("|".join(map(str, database.execute(self.vendor.proof).fetchone())))

    def draw(self) -> None:
        """Makes a page of charts from the database."""
        database, page = self.path(DATABASE), self.path("report.html")
        say(shell(f"helpdesk-report {database} {page}"))
        with (
            (self.folder / "log").open("ab") as log,
            started([self.report, database, page], stderr=log) as report,
        ):
            check({"helpdesk-report": report.wait()}, self.folder / "log")

    def shell_lines(self) -> list[str]:
        """The lines that do the same for a real account, in a folder outside the checkout."""
        folder = f"~/helpdesk/{self.name}"
        return [
            f'export PATH="{sysconfig.get_path("scripts")}:$PATH"',
            f"mkdir -p {folder} && chmod 700 {folder}",
            f"cd {folder}",
            f"echo '{json.dumps(self.vendor.example)}' > config.json",
            f"{self.vendor.tap} --config config.json --discover > catalog.json",
            f"helpdesk-sync {folder} {self.vendor.tap} singer-to-sqlite {DATABASE}",
        ]

    def path(self, name: str) -> str:
        """A file of the demo as a person would type it."""
        return str(self.folder / name)


def check(codes: Mapping[str, int], log: Path) -> None:
    """DemoError, with the log's end, if a command failed."""
    failed = [f"{command} ended with exit code {code}" for command, code in codes.items() if code]
    if failed:
        raise DemoError(
            "\n".join([*failed, f"the end of {log}:", *log.read_text("utf-8").splitlines()[-5:]])
        )


def say(text: str) -> None:
    """A line after an empty one, at once."""
    print(f"\n{text}", flush=True)


def main() -> int:
    """The command; its exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m examples.demo",
        description=(examples.demo.__doc__ or "").partition(":")[0] + ".",
    )
    parser.add_argument(
        "vendors",
        nargs="*",
        metavar="VENDOR",
        type=known,
        help=f"any of {', '.join(VENDORS)} (default: all)",
    )
    parser.add_argument(
        "--folder",
        type=Path,
        default=Path("demo"),
        help="where the files go, a folder a vendor (default: demo)",
    )
    arguments = parser.parse_args()
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
