"""The pages of the tables: what each schema and stream says of a table, as Markdown."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from tap_common import schemas
from tap_common.stream import Schema, Stream
from tap_common.tap import Tap

DELETIONS = Path(__file__).parent / "deletions.toml"
FULL_TABLE_DELETION = "gone from a complete read; with `activate_version` a target removes the row"
NAMES = ("name", "subject", "title", "email", "display_name")
"""The columns by which an example names a row, the first one that there is."""


class Column(NamedTuple):
    """A field of a schema by its path ("via.channel", "tags[]"), as the page shows it."""

    path: str
    type: str
    description: str


def columns(schema: Schema, path: str = "") -> Iterator[Column]:
    """Yields every field, those inside objects and arrays too."""
    for name, node in schema.get("properties", {}).items():
        inside = f"{path}.{name}".removeprefix(".")
        yield Column(inside, _type(node), node.get("description", ""))
        yield from columns(node, inside)
        yield from columns(node.get("items", {}), f"{inside}[]")


def _type(node: Mapping[str, Any]) -> str:
    declared = node["type"]
    names = [declared] if isinstance(declared, str) else declared
    text = " or ".join(name for name in names if name != "null")
    return node.get("format", text) if text == "string" else text


def deletions(package: str) -> dict[str, str]:
    """How a deletion shows in each INCREMENTAL stream of a tap, by the stream's name."""
    found: dict[str, str] = tomllib.loads(DELETIONS.read_text("utf-8"))[package]
    return found


def deletion(tap: Tap, stream: Stream) -> str:
    """How a deletion shows in a stream."""
    if stream.method == "FULL_TABLE":
        return FULL_TABLE_DELETION
    return deletions(tap.package)[stream.name]


def deletions_table(tap: Tap) -> str:
    """A Markdown table of what tells of a deletion, for the INCREMENTAL streams of a tap."""
    rows = [f"| `{name}` | {text} |" for name, text in deletions(tap.package).items()]
    return "\n".join(["| stream | a deleted row |", "|---|---|", *rows])


def example(tap: Tap, stream: Stream) -> str:
    """A query that runs on SQLite and PostgreSQL: names instead of ids, rows a month, or a count.

    It uses the first reference that leads to a table with a name.
    """
    fields = tap.schemas[stream.name]["properties"]
    for path, target in schemas.references(tap.package, stream.name).items():
        table, column = target.split(".")
        there = tap.schemas[table]["properties"]
        name = next((name for name in NAMES if name in there), None)
        if path in fields and name and table != stream.name:
            return (
                f"SELECT other.{name}, count(*) AS rows_there\n"
                f"FROM {stream.name} AS own\n"
                f"LEFT JOIN {table} AS other ON other.{column} = own.{path}\n"
                f"GROUP BY other.{name}\nORDER BY rows_there DESC"
            )
    moment = next((n for n in ("created_at", "updated_at", "timestamp") if n in fields), None)
    if moment and "string" in fields[moment]["type"]:
        return (
            f"SELECT substr(CAST({moment} AS text), 1, 7) AS month, count(*) AS rows_there\n"
            f"FROM {stream.name}\n"
            f"GROUP BY substr(CAST({moment} AS text), 1, 7)\nORDER BY month"
        )
    return f"SELECT count(*) AS rows_there FROM {stream.name}"  # noqa: S608 - for people to run


def table_page(tap: Tap, stream: Stream) -> str:
    """The page of one table."""
    schema = tap.schemas[stream.name]
    references = schemas.references(tap.package, stream.name)
    personal = schemas.personal(tap.package, stream.name)
    facts = {
        "Key": ", ".join(f"`{name}`" for name in stream.key),
        "Method": stream.method,
        "Replication key": f"`{stream.replication_key}`" if stream.replication_key else "",
        "Parent": f"[`{stream.parent}`]({stream.parent}.md)" if stream.parent else "",
        "Endpoint": f"`{stream.path}`" + (f"; {stream.note}" if stream.note else ""),
        "Selected by default": "yes" if stream.by_default else "no",
        "A deleted row": deletion(tap, stream).replace("](", "](../../"),
    }
    lines = [f"# {stream.name}", "", schema["description"], "", "| | |", "|---|---|"]
    lines += [f"| {name} | {text} |" for name, text in facts.items() if text]
    lines += ["", "## Columns", "", "| column | type | meaning | points to |", "|---|---|---|---|"]
    for column in columns(schema):
        mark = " (personal)" if column.path in personal else ""
        target = references.get(column.path) or references.get(f"{column.path}[]", "")
        lines.append(
            f"| `{column.path}` | {column.type}{mark} | {column.description} | {_link(target)} |"
        )
    lines += ["", "## Example", "", "```sql", example(tap, stream), "```", ""]
    return "\n".join(lines)


def _link(target: str) -> str:
    return f"[`{target}`]({target.split('.', maxsplit=1)[0]}.md)" if target else ""


def tap_page(tap: Tap) -> str:
    """The page of a tap's tables: a list of them, and a diagram of what points to what."""
    lines = [f"# Tables of {tap.name}", "", "| table | what a row is | key |", "|---|---|---|"]
    for stream in tap.streams:
        text = tap.schemas[stream.name]["description"]
        key = ", ".join(f"`{name}`" for name in stream.key)
        lines.append(f"| [`{stream.name}`]({stream.name}.md) | {text} | {key} |")
    return "\n".join([*lines, "", "## What points to what", "", diagram(tap), ""])


def diagram(tap: Tap) -> str:
    """The references of a tap as an entity-relationship diagram in Mermaid's language."""
    lines = []
    for stream in tap.streams:
        for path, target in schemas.references(tap.package, stream.name).items():
            many = "}o--o{" if path.endswith("[]") else "}o--||"
            lines.append(f'    {stream.name} {many} {target.split(".")[0]} : "{path}"')
    return "\n".join(["```mermaid", "erDiagram", "    direction LR", *lines, "```"])
