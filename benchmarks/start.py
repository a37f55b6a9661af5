"""What the start of a command costs: ``python -m benchmarks.start [--runs 9] [--write]``.

Each tap's ``--help``, ``--about``, ``--discover`` and a sync of one small stream are measured.
Beside them stands a Python that only imports the libraries that no sync can do without. With
``--write`` the table goes into docs/benchmarks.md.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
from argparse import ArgumentParser
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks import blocks
from benchmarks.processes import Cost, Sandbox, executable, measured, table
from benchmarks.speed import LOGINS

SMALL = {
    "freshdesk": ("tickets", "roles"),
    "zendesk-support": ("tickets", "zendesk_tags"),
    "zendesk-chat": ("chats", "skills"),
    "desk": ("cases", "brands"),
}
"""For each tap what the size of its account counts, and a small stream of one request."""
IMPORTS = {
    "Python itself": "pass",
    "import requests, orjson": "import requests, orjson",
    "and singer, jsonschema, msgspec": "import requests, orjson, singer, jsonschema, msgspec",
}
"""What no sync can go below, as programs."""


def commands(tap: str, config: str, stream: str) -> Mapping[str, Sequence[str]]:
    """The commands of one tap that are measured, by what they are called in the table."""
    program = executable(f"tap-{tap}")
    return {
        f"tap-{tap} --help": [program, "--help"],
        f"tap-{tap} --about": [program, "--about"],
        f"tap-{tap} --discover": [program, "--config", config, "--discover"],
        f"tap-{tap}, a sync of `{stream}`": [program, "--config", config, "--select", stream],
    }


def measure(tap: str, runs: int, folder: Path) -> list[Sequence[str]]:
    """The lines of the table for one tap."""
    size, stream = SMALL[tap]
    config = folder / "config.json"
    with Sandbox(tap, f"--{size}", 1, "--limit", 0) as sandbox:
        login = {key: sandbox.hello[key] for key in LOGINS[tap].split()}
        login |= {"base_url": sandbox.url, "start_date": "2015-01-01"}
        config.write_text(json.dumps(login))
        return _lines(commands(tap, str(config), stream), runs, folder)


def _lines(programs: Mapping[str, Sequence[str]], runs: int, folder: Path) -> list[Sequence[str]]:
    for command in programs.values():
        measured(command, folder / "out")
    costs: dict[str, list[Cost]] = {name: [] for name in programs}
    for _ in range(runs):
        for name, command in programs.items():
            costs[name].append(measured(command, folder / "out"))
    return [_line(name, found) for name, found in costs.items()]


def _line(name: str, costs: Sequence[Cost]) -> Sequence[str]:
    cpu = [cost.cpu for cost in costs]
    seconds = statistics.median(cost.seconds for cost in costs)
    return name, f"{statistics.median(cpu):.2f}", f"{min(cpu):.2f}", f"{seconds:.2f}"


def main() -> None:
    """Measures the start of all taps."""
    parser = ArgumentParser("benchmarks.start", description=(__doc__ or "").partition(":")[0])
    parser.add_argument("--runs", type=int, default=9)
    parser.add_argument("--write", action="store_true", help="write it into docs/benchmarks.md")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        imports = {name: [sys.executable, "-c", text] for name, text in IMPORTS.items()}
        lines = _lines(imports, options.runs, folder)
        for tap in SMALL:
            lines += measure(tap, options.runs, folder)
    text = table(("command", "CPU s", "least CPU s", "wall s"), lines)
    if options.write:
        blocks.write(blocks.BENCHMARKS, "start", text)
    else:
        print(text)


if __name__ == "__main__":
    main()
