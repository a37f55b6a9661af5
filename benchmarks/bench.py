"""All taps, bare loops and other people's taps side by side: ``python -m benchmarks.bench``.

It writes docs/benchmarks.json, the table in docs/benchmarks.md, and the chart beside it. It needs
Linux, root and openssl, because the peers insist on their vendor's host names (side_by_side.py).
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks import hosts
from benchmarks.peers import ROOT, SITES, install
from benchmarks.results import RESULTS, write_page
from benchmarks.side_by_side import LOOP, inside

INSIDE = "--inside"


def bench(site: str, rows: int, runs: int, limit: int) -> list[dict[str, Any]]:
    """What each program takes to read one account."""
    for peer in SITES[site].peers if limit else ():
        try:
            install(site, peer)
        except (OSError, subprocess.CalledProcessError) as error:
            print(f"{peer} of {site} could not be installed: {error}", file=sys.stderr)
    with tempfile.TemporaryDirectory() as folder:
        hosts.prepared(Path(folder), SITES[site].hosts)
        again = [sys.executable, "-m", "benchmarks.bench", site, "--rows", str(rows)]
        options = ["--runs", str(runs), "--limit", str(limit), INSIDE, folder]
        command = ["unshare", "--net", "--mount", *again, *options]
        subprocess.run(command, check=True, cwd=ROOT)
        found: list[dict[str, Any]] = json.loads((Path(folder) / "results.json").read_text("utf-8"))
    return found


def keep(found: Sequence[dict[str, Any]]) -> None:
    """Puts results into the file, in the place of older ones of the same program and account."""
    known = json.loads(RESULTS.read_text("utf-8")) if RESULTS.exists() else []
    results = {_place(one): one for one in [*known, *found]}
    text = json.dumps([results[place] for place in sorted(results)], indent=1)
    RESULTS.write_text(text + "\n", "utf-8")


def _place(one: dict[str, Any]) -> tuple[int, int, int]:
    site = SITES[one["site"]]
    programs = [site.ours, LOOP, *(peer.name for peer in site.peers.values())]
    return list(SITES).index(one["site"]), one["rows"], programs.index(one["program"])


def main() -> None:
    """The command."""
    parser = ArgumentParser("benchmarks.bench", description=(__doc__ or "").partition(":")[0] + ".")
    parser.add_argument("sites", nargs="*", metavar="SITE", help=f"of {', '.join(SITES)}")
    parser.add_argument("--rows", type=int, nargs="+", default=[1_000, 10_000])
    parser.add_argument("--runs", type=int, default=5, help="of tap and bare loop, in turn")
    parser.add_argument(
        "--limit", type=int, default=1_800, help="seconds for each peer (0: no peers)"
    )
    parser.add_argument("--page", action="store_true", help="only write the page anew")
    parser.add_argument(INSIDE, metavar="FOLDER", help="used by the command itself")
    given = parser.parse_args()
    if unknown := set(given.sites) - SITES.keys():
        parser.error(f"no such site: {', '.join(sorted(unknown))}")
    if given.inside:
        inside(given.sites[0], given.rows[0], given.runs, given.limit, Path(given.inside))
        return
    for rows in [] if given.page else given.rows:
        for site in given.sites or SITES:
            print(f"{site}, {rows:,} rows", flush=True)
            keep(bench(site, rows, given.runs, given.limit))
            write_page()
    write_page()


if __name__ == "__main__":
    main()
