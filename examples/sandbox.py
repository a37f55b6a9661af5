"""Serves a made-up account until Ctrl-C, with a folder that is ready for its tap.

``python -m examples.sandbox VENDOR`` runs it.
"""

from __future__ import annotations

import argparse
import json
import shlex
import signal
import sys
import sysconfig
from pathlib import Path

from examples.demo.account import DATABASE, DemoError, account, empty, write_config
from examples.demo.processes import SIGNALS
from examples.demo.vendors import VENDORS, known


def lines(name: str, folder: Path, url: str) -> list[str]:
    """The lines to paste into another terminal."""
    tap = VENDORS[name].tap
    return [
        f'export PATH="{sysconfig.get_path("scripts")}:$PATH"',
        f"cd {shlex.quote(str(folder))}",
        f"{tap} --config config.json --discover > catalog.json",
        f"helpdesk-sync . {tap} singer-to-sqlite {DATABASE}",
        f"""python -m examples.change {url} live '{{"seed": 1, "n": 40}}'""",
        *(
            f"python -m examples.change {url} change '{json.dumps(change)}'"
            for change in VENDORS[name].deletion
        ),
        f"helpdesk-sync . {tap} singer-to-sqlite {DATABASE}",
    ]


def main() -> int:
    """The command; its exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m examples.sandbox",
        description="Serve a made-up account until Ctrl-C, with a folder for its tap.",
    )
    parser.add_argument("vendor", metavar="VENDOR", type=known, help=f"one of {', '.join(VENDORS)}")
    parser.add_argument(
        "--folder",
        type=Path,
        default=Path("demo"),
        help="where the account's folder goes (default: demo)",
    )
    arguments = parser.parse_args()
    for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(signum, SIGNALS.stop)
    name = arguments.vendor
    folder = arguments.folder.resolve() / f"sandbox-{name}"
    try:
        empty(folder)
        with account(name, VENDORS[name]) as server:
            write_config(folder, VENDORS[name], server)
            print(f"A made-up {name} account answers at {server['url']}")
            print(f"until you press Ctrl-C. It allows {VENDORS[name].quota}.")
            print("Paste into another terminal, for the catalog, a first sync, some work of the")
            print("account's people and another sync:\n")
            for line in lines(name, folder, server["url"]):
                print(f"    {line}")
            print(f"\nOf the work:\n{VENDORS[name].deleted}.")
            print(f"All files go to {folder}.", flush=True)
            while True:
                signal.pause()
    except (DemoError, OSError) as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
