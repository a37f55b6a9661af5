"""CPU for a row on its way from dict to JSON: ``python -m benchmarks.rows [--write]``.

A share of the chats of a made-up account is off type: a boolean comes as a number. The way of
``typed`` with ``shape`` behind it is measured beside the way of ``shape`` alone. With ``--write``
the table goes into docs/benchmarks.md.
"""

from __future__ import annotations

import io
import random
import statistics
import time
from argparse import ArgumentParser
from typing import Any

from benchmarks import blocks
from benchmarks.processes import table
from sandbox.zendesk_chat import Account
from tap_common import catalog, codec, shape
from tap_common.common_settings import COMMON
from tap_common.config import Config
from tap_common.drift import Drift
from tap_common.messages import Writer
from tap_common.output import StreamOutput
from tap_common.shape import Treatment
from tap_zendesk_chat.tap import TAP

SHARES = (0.0, 0.1, 0.5, 1.0)
ROWS = 1_000
RUNS = 9


def chats(share: float) -> list[dict[str, Any]]:
    """Chats of which a share is off type."""
    dice = random.Random(1)
    rows = Account(seed=1, chats=ROWS).rows("chats")
    return [{**row, "unread": 1 if dice.random() < share else False} for row in rows]


def both_ways(entry: catalog.Entry, rows: list[dict[str, Any]]) -> float:
    """Seconds of CPU by the types, with the shape for rows that don't fit."""
    output = StreamOutput(entry, Config({}, COMMON, {}), 1)
    writer = Writer(io.BytesIO())
    output.write(writer, rows[:1], "")
    began = time.process_time()
    output.write(writer, rows, "")
    return time.process_time() - began


def shape_alone(entry: catalog.Entry, rows: list[dict[str, Any]]) -> float:
    """Seconds of CPU by the shape."""
    stream = entry.stream
    treatment = Treatment(dropped=entry.dropped, text_fields=stream.text_fields)
    shaped = shape.compiled(entry.schema, treatment, Drift())
    began = time.process_time()
    for row in rows:
        codec.encode(shaped(row))
    return time.process_time() - began


def main() -> None:
    """Prints or writes medians in microseconds a row."""
    parser = ArgumentParser("benchmarks.rows", description=(__doc__ or "").partition(":")[0])
    parser.add_argument("--write", action="store_true", help="write it into docs/benchmarks.md")
    options = parser.parse_args()
    entry = catalog.everything(TAP)["zopim_chats"]
    lines = []
    for share in SHARES:
        rows = chats(share)
        pairs = [(both_ways(entry, rows), shape_alone(entry, rows)) for _ in range(RUNS)]
        medians = [1e6 * statistics.median(times) / len(rows) for times in zip(*pairs, strict=True)]
        lines.append((f"{share:.0%}", *(f"{median:.0f}" for median in medians)))
    text = table(("off type", "types and shape, us", "shape alone, us"), lines)
    if options.write:
        blocks.write(blocks.BENCHMARKS, "rows", text)
    else:
        print(text)


if __name__ == "__main__":
    main()
