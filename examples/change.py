"""Lets the people of a made-up account work: ``python -m examples.change URL WHAT JSON``.

WHAT is ``live`` (``{"seed": 1, "n": 40}``: so many changes) or ``change`` (the changes that
sandbox/README.md lists). Prints the ids of what was touched by stream.
"""

from __future__ import annotations

import argparse
import json
import sys

import requests

from examples.demo.account import DemoError, ask


def main() -> int:
    """The command; its exit code."""
    parser = argparse.ArgumentParser(prog="python -m examples.change", description=__doc__)
    parser.add_argument("url", metavar="URL", help="where the sandbox answers")
    parser.add_argument("what", metavar="WHAT", choices=("live", "change"))
    parser.add_argument("body", metavar="JSON", type=json.loads)
    given = parser.parse_args()
    try:
        print(json.dumps(ask(given.url, given.what, given.body)))
    except (DemoError, OSError, requests.RequestException) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
