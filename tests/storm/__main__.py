"""The command: ``python -m tests.storm [--seed N] [--kills N] [--seconds S] [VENDOR...]``."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from tests.storm.accounts import VENDORS
from tests.storm.storm import Storm


def main() -> int:
    """Runs a storm for each vendor; returns 1 if a row was wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.storm", description=__doc__)
    parser.add_argument("vendors", nargs="*", metavar="VENDOR", help=f"{', '.join(VENDORS)}")
    parser.add_argument("--seed", type=int, default=1, help="of the account and all choices")
    parser.add_argument("--kills", type=int, default=300, help="killed runs for each vendor")
    parser.add_argument("--seconds", type=float, default=1800, help="time limit for each vendor")
    arguments = parser.parse_args()
    if unknown := set(arguments.vendors) - VENDORS.keys():
        parser.error(f"no such vendor: {', '.join(sorted(unknown))}")
    failed = False
    for name in arguments.vendors or VENDORS:
        failed |= not weathered(name, arguments.seed, arguments.kills, arguments.seconds)
    return int(failed)


def weathered(name: str, seed: int, kills: int, seconds: float) -> bool:
    """Runs one storm and prints how it went; was every row right?"""
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        storm = Storm(VENDORS[name], seed, Path(folder))
        try:
            storm.rage(kills, seconds)
        except AssertionError as error:
            print(f"{name}: seed {seed}: {error}", flush=True)
            return False
    parts = ", ".join(f"{count} {victim}" for victim, count in sorted(storm.kills.items()))
    print(
        f"{name}: seed {seed}: {storm.kills.total()} kills ({parts}) in "
        f"{time.monotonic() - began:.0f} seconds; all {storm.rows} rows are right",
        flush=True,
    )
    return True


if __name__ == "__main__":
    sys.exit(main())
