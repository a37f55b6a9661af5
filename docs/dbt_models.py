"""The parts of the dbt package that follow from the taps; ``python -m docs.make`` writes them.

These are the sources, with what the schemas say of tables and columns, and for each tap the models
that are views in plain SQL (helpdesk_report/views).
"""

from __future__ import annotations

import importlib
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from helpdesk_report.sql import TAPS, View, needs, views
from tap_common import schemas
from tap_common.stream import Stream
from tap_common.tap import Tap

ROOT = Path(__file__).resolve().parent.parent
MODELS = ROOT / "dbt" / "models"
RESERVED = {"case", "user"}
"""Words of SQL, which dbt's test of a reference does not quote."""
NOTE = "Made by python -m docs.make. Change the schemas or the views instead."


def files() -> dict[Path, str]:
    """The content of each file that is made."""
    made = {}
    for tap in TAPS:
        name = tap.removeprefix("tap-").replace("-", "_")
        found: Tap = importlib.import_module(f"tap_{name}.tap").TAP
        made[MODELS / "sources" / f"{name}.yml"] = "\n".join(_sources(name, found)) + "\n"
        for view in views(tap, "postgresql"):
            if view.name in ("v_ratings", "v_tickets"):
                path = MODELS / "tickets" / f"{_model(view.name, name)}.sql"
                made[path] = _query(name, view, needs(tap))
    return made


def _sources(name: str, tap: Tap) -> Iterator[str]:
    """The lines of a source's file. A JSON string is a string in YAML, too."""
    yield f"# {NOTE}"
    yield "version: 2"
    yield "sources:"
    yield f"  - name: {name}"
    yield f"    schema: \"{{{{ var('{name}_schema', '{name}') }}}}\""
    yield f"    description: {json.dumps(f'What {tap.name} reads of {tap.title}.')}"
    yield "    config:"
    yield f"      enabled: \"{{{{ '{name}' in var('helpdesk_taps') }}}}\""
    yield "    tables:"
    streams = {stream.name for stream in tap.streams}
    for stream in sorted(tap.streams, key=lambda stream: stream.name):
        yield from _table(name, tap, stream, streams)


def _table(name: str, tap: Tap, stream: Stream, streams: set[str]) -> Iterator[str]:
    schema = tap.schemas[stream.name]
    present = f"'{name}' in var('helpdesk_taps') and '{name}.{stream.name}' not in "
    yield f"      - name: {stream.name}"
    yield f"        description: {_text(schema)}"
    yield "        config:"
    yield f"          enabled: \"{{{{ {present}var('helpdesk_without') }}}}\""
    yield f"          meta: {json.dumps(_meta(stream))}"
    if len(stream.key) > 1:
        arguments = json.dumps({"columns": list(stream.key)})
        yield "        data_tests:"
        yield f"          - unique_together: {{arguments: {arguments}}}"
    yield "        columns:"
    points_to = schemas.references(f"tap_{name}", stream.name)
    for field, node in schema["properties"].items():
        yield f"          - name: {json.dumps(field)}"
        yield f"            description: {_text(node)}"
        tests = list(_tests(name, stream, field, points_to.get(field), streams))
        if tests:
            yield "            data_tests:"
            yield from tests


def _text(node: Mapping[str, Any]) -> str:
    """A description as YAML, in which dbt must not see Jinja."""
    text = node.get("description", "")
    return json.dumps(f"{{% raw %}}{text}{{% endraw %}}" if "{" in text else text)


def _meta(stream: Stream) -> dict[str, Any]:
    meta: dict[str, Any] = {"key": list(stream.key)}
    if stream.replication_key:
        meta["replication_key"] = stream.replication_key
    return meta


def _tests(
    name: str, stream: Stream, field: str, target: str | None, streams: set[str]
) -> Iterator[str]:
    """The tests of a column. A row may point to one that was deleted, so that is a warning."""
    if field in stream.key:
        yield "              - not_null"
    if (field,) == stream.key:
        yield "              - unique"
    table, _, column = (target or "").partition(".")
    if table in streams and field not in RESERVED:
        to = f"source('{name}', '{table}')"
        yield "              - relationships:"
        yield f"                  arguments: {{to: {json.dumps(to)}, field: {column}}}"
        yield "                  config: {severity: warn}"


def _model(view: str, name: str) -> str:
    return f"helpdesk_{view.removeprefix('v_')}_{name}"


def _query(name: str, view: View, tables: Mapping[str, Any]) -> str:
    """The view's query on the tap's sources."""

    def source(found: re.Match[str]) -> str:
        word, table, alias = found.groups()
        if table == "v_ratings":
            return f"{word} {{{{ ref('{_model(table, name)}') }}}}{alias or ''}"
        if table not in tables:
            return found[0]
        return f"{word} {{{{ source('{name}', '{table}') }}}}{alias or f' AS {table}'}"

    query = re.sub(r"\b(FROM|JOIN) (\w+)\b(?!\.)( AS \w+)?", source, view.query)
    enabled = f"{{{{ config(enabled='{name}' in var('helpdesk_taps')) }}}}"
    return f"-- {NOTE}\n{view.about}{enabled}\n{query}\n"
