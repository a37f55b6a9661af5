"""What ``make bench`` makes of its results, and how it finds the rows that a program lacks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from benchmarks import blocks, found_rows
from benchmarks.instructions import parts_of
from benchmarks.peers import Peer
from benchmarks.protocols import AIRBYTE
from benchmarks.results import CHART, PAGE, RESULTS, picture, tables

SVG = "{http://www.w3.org/2000/svg}"
PEER = Peer(
    packages=("source-shop==1.0",),
    login=lambda secret: {"token": secret},
    streams={"people": ("staff", "customers")},
    uncompared=frozenset({"events"}),
    protocol=AIRBYTE,
)


def results() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(RESULTS.read_text("utf-8"))
    return found


def test_the_page_and_the_chart_show_the_results() -> None:
    shown = blocks.block(PAGE, "bench")
    assert shown == "\n".join(tables(results())).strip() + "\n"
    assert CHART.read_text("utf-8") == picture(results())


def test_the_chart_has_a_bar_for_each_program_that_read_the_largest_account() -> None:
    of = [
        {"site": "shop", "rows": rows, "program": name, "cpu": [cpu], "records": 1, "ended": ""}
        for rows, name, cpu in ((10, "small", 1.0), (100, "tap-shop", 2.0), (100, "peer 1.0", 4.0))
    ]
    root = ElementTree.fromstring(picture(of))
    texts = [element.text for element in root.iter(f"{SVG}text")]
    assert texts[1:] == ["shop, 100 rows", "tap-shop", "2.0", "peer 1.0", "4.0"]
    _, *bars = root.iter(f"{SVG}rect")
    assert [bar.get("width") for bar in bars] == ["200", "400"]


def written(path: Path, *messages: dict[str, Any], end: str = "") -> Path:
    lines = [json.dumps(message, separators=(",", ":")) + "\n" for message in messages]
    path.write_text("".join(lines) + end, "utf-8")
    return path


def schema(stream: str, *key: str) -> dict[str, Any]:
    return {"type": "SCHEMA", "stream": stream, "schema": {}, "key_properties": list(key)}


def ours(stream: str, **record: Any) -> dict[str, Any]:
    return {"type": "RECORD", "stream": stream, "record": record}


def theirs(stream: str, **data: Any) -> dict[str, Any]:
    return {"type": "RECORD", "record": {"stream": stream, "data": data}}


def test_rows_that_one_side_lacks_are_counted_by_their_keys(tmp_path: Path) -> None:
    tap = written(
        tmp_path / "tap",
        *(schema(name, "id") for name in ("staff", "customers", "events", "orders")),
        *(ours("staff", id=number) for number in (1, 2)),
        *(ours("customers", id=number) for number in (3, 4)),
        *(ours("events", id=number) for number in (1, 2, 3)),
        ours("orders", id=1),
    )
    peer = written(
        tmp_path / "peer",
        *(theirs("people", id=number) for number in (1.0, 2.0, 3.0, 5.0)),
        theirs("events", at="noon"),
        theirs("weather", id=1),
        end='{"type":"RECORD","record":{"str',
    )
    found, records = found_rows.theirs(PEER, peer, tap)
    assert records == 6
    assert found_rows.differences(PEER, found_rows.ours(tap), found) == {
        "people": (1, 1),
        "events": (2, 0),
    }


def test_instructions_are_told_apart_by_what_they_do() -> None:
    orjson, msgspec = (
        f"[/lib/{name}.cpython-311-x86_64-linux-gnu.so]"
        for name in ("orjson/orjson", "msgspec/_core")
    )
    lines = [
        "1,000 (100.0%)  PROGRAM TOTALS",
        "  900 (90.00%)  Python/ceval.c:_PyEval_EvalFrameDefault [/lib/libpython3.11.so.1.0]",
        f"  300 (30.00%)  ???:loads {orjson}",
        f"   20 ( 2.00%)  ???:dumps {orjson}",
        f"   90 ( 9.00%)  ???:JSONDecoder_decode {msgspec}",
        f"   50 ( 5.00%)  ???:convert {msgspec}",
        f"   10 ( 1.00%)  ???:JSONEncoder_encode {msgspec}",
        "   40 ( 4.00%)  Python/clinic/marshal.c.h:marshal_loads [/lib/libpython3.11.so.1.0]",
    ]
    assert parts_of(lines) == {"all": 1_000, "parse": 390, "check": 50, "write": 30}
