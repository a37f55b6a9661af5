"""The requests of a first and of a second sync beside the fewest that each API allows.

``python -m benchmarks.request_counts [VENDOR ...]`` syncs a made-up account twice with the real
command, while nothing changes, and prints what the sandbox was asked, endpoint by endpoint. With
``--write`` the totals of all vendors go into docs/quota.md.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
from argparse import ArgumentParser
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from benchmarks import blocks
from benchmarks.least import desk, freshdesk, zendesk_chat, zendesk_support
from benchmarks.least.counts import Least, Truth
from benchmarks.processes import Sandbox, executable, last_state, measured, table
from benchmarks.speed import LOGINS

PAGE = Path(__file__).resolve().parent.parent / "docs" / "quota.md"
ALL, NEW = "all {}", "the {} of a new catalog"
"""Which streams are read, with their number: without a catalog, and with one of discovery."""
NOTHING = Least(0, 0, 0)


@dataclass(frozen=True)
class Vendor:
    """A vendor's account: what its size counts, and its size.

    ``least`` returns the fewest requests by endpoint, ``on_request`` are the endpoints of streams
    that a new catalog does not select.
    """

    name: str
    counted: str
    size: int
    least: Callable[[Truth], dict[str, Least]]
    on_request: frozenset[str]


VENDORS = {
    "freshdesk": Vendor("Freshdesk", "tickets", 1_000, freshdesk.least, freshdesk.ON_REQUEST),
    "zendesk-support": Vendor(
        "Zendesk Support", "tickets", 1_000, zendesk_support.least, zendesk_support.ON_REQUEST
    ),
    "zendesk-chat": Vendor(
        "Zendesk Chat", "chats", 50_000, zendesk_chat.least, zendesk_chat.ON_REQUEST
    ),
    "desk": Vendor("Desk.com", "cases", 1_000, desk.least, desk.ON_REQUEST),
}
"""A first sync of 10,000 chats takes 30 requests, so that two more would be 7 %. Hence the account
of Zendesk Chat has more of them."""


@dataclass(frozen=True)
class Count:
    """What one endpoint was asked in both syncs, beside the fewest requests."""

    endpoint: str
    least: Least
    first: int
    second: int


@dataclass(frozen=True)
class Syncs:
    """Two syncs of some streams of an account, endpoint by endpoint."""

    vendor: Vendor
    streams: str
    counts: Sequence[Count]

    @property
    def total(self) -> Count:
        """The sum of all endpoints."""
        return total(self.counts)


def compared(
    first: Mapping[str, int], second: Mapping[str, int], least: Mapping[str, Least]
) -> list[Count]:
    """What each endpoint was asked in two syncs; ``first`` and ``second`` are a log's counts."""
    asked = {name.removeprefix("GET ") for name in (*first, *second)}
    counts = []
    for name in sorted(asked | least.keys()):
        fewest, logged = least.get(name, NOTHING), f"GET {name}"
        counts.append(Count(name, fewest, first.get(logged, 0), second.get(logged, 0)))
    return counts


def total(counts: Sequence[Count]) -> Count:
    """The sum of ``counts``."""
    least = Least(
        sum(count.least.rows for count in counts),
        sum(count.least.first for count in counts),
        sum(count.least.second for count in counts),
    )
    first, second = sum(count.first for count in counts), sum(count.second for count in counts)
    return Count("all", least, first, second)


def measure(tap: str, folder: Path) -> Iterator[Syncs]:
    """Syncs the vendor's account twice with each selection of streams."""
    vendor = VENDORS[tap]
    with Sandbox(tap, f"--{vendor.counted}", vendor.size, "--limit", 0) as sandbox:
        config, catalog = folder / "config.json", folder / "catalog.json"
        login = {key: sandbox.hello[key] for key in LOGINS[tap].split()}
        login |= {"base_url": sandbox.url, "start_date": "2015-01-01"}
        config.write_text(json.dumps(login))
        command = [executable(f"tap-{tap}"), "--config", str(config)]
        with catalog.open("wb") as out:
            subprocess.run([*command, "--discover"], stdout=out, check=True)
        least = vendor.least(cache(sandbox.truth))
        yield _syncs(sandbox, vendor, ALL, command, least)
        if not vendor.on_request:
            return
        chosen = {name: least[name] for name in least.keys() - vendor.on_request}
        yield _syncs(sandbox, vendor, NEW, [*command, "--catalog", str(catalog)], chosen)


def _syncs(
    sandbox: Sandbox,
    vendor: Vendor,
    selection: str,
    command: Sequence[str],
    least: Mapping[str, Least],
) -> Syncs:
    """Syncs twice with ``command``, beside the ``least`` of what it reads."""
    with tempfile.TemporaryDirectory() as name:
        out, state = Path(name) / "out", Path(name) / "state.json"
        first = _asked(sandbox, command, out)
        state.write_text(last_state(out))
        second = _asked(sandbox, [*command, "--state", str(state)], out)
        with out.open("rb") as lines:
            streams = sum(line.startswith(b'{"type":"SCHEMA"') for line in lines)
    return Syncs(vendor, selection.format(streams), compared(first, second, least))


def _asked(sandbox: Sandbox, command: Sequence[str], out: Path) -> dict[str, int]:
    """The requests of one sync by endpoint."""
    sandbox.reset()
    measured(command, out)
    asked: dict[str, int] = sandbox.ask("stats")["endpoints"]
    return asked


TITLES = ("first sync", "fewest", "times", "second sync", "fewest", "times")


def by_endpoint(syncs: Syncs) -> str:
    """The table of what each endpoint was asked."""
    lines = [
        (count.endpoint, f"{count.least.rows:,}", *_figures(count))
        for count in (*syncs.counts, syncs.total)
    ]
    return table(("endpoint", "rows", *TITLES), lines)


def totals(measured_syncs: Sequence[Syncs]) -> str:
    """The table of whole syncs."""
    lines = [
        (
            f"{syncs.vendor.name}, {syncs.vendor.size:,} {syncs.vendor.counted}",
            syncs.streams,
            *_figures(syncs.total),
        )
        for syncs in measured_syncs
    ]
    return table(("account", "streams", *TITLES), lines)


def _figures(count: Count) -> Sequence[str]:
    least = count.least
    return (
        f"{count.first:,}",
        f"{least.first:,}",
        _times(count.first, least.first),
        f"{count.second:,}",
        f"{least.second:,}",
        _times(count.second, least.second),
    )


def _times(asked: int, least: int) -> str:
    return f"{asked / least:.3f}" if least else "-"


def main() -> None:
    """The command."""
    parser = ArgumentParser("benchmarks.request_counts", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("vendors", nargs="*", metavar="VENDOR", help=f"of {', '.join(VENDORS)}")
    parser.add_argument("--write", action="store_true", help=f"write the totals into {PAGE.name}")
    options = parser.parse_args()
    if unknown := set(options.vendors) - VENDORS.keys():
        known = ", ".join(VENDORS)
        parser.error(f"no such vendor: {', '.join(sorted(unknown))} (there are {known})")
    if options.write and options.vendors:
        parser.error("--write measures all vendors")
    found = []
    with tempfile.TemporaryDirectory() as name:
        for tap in options.vendors or VENDORS:
            for syncs in measure(tap, Path(name)):
                print(f"{syncs.vendor.name}, {syncs.streams}\n\n{by_endpoint(syncs)}")
                found.append(syncs)
    print(totals(found))
    if options.write:
        blocks.write(PAGE, "requests", totals(found))


if __name__ == "__main__":
    main()
