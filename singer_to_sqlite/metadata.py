"""What the schemas say of tables and columns, in a file that Datasette reads.

The format is described at https://docs.datasette.io/en/stable/metadata.html.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from singer_to_sqlite.errors import LoadError


def described(schema: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """The description of a table whose stream has this JSON ``schema``.

    ``names`` has the name of each field's column.
    """
    texts = {
        names[field]: _description(node)
        for field, node in schema.get("properties", {}).items()
        if field in names
    }
    columns = {name: text for name, text in texts.items() if text}
    table = {"description": _description(schema), "columns": columns}
    return {word: value for word, value in table.items() if value}


class MetadataFile:
    """The file ``path``, which describes the tables of the SQLite file ``database``."""

    def __init__(self, path: str, database: str) -> None:
        """Raises LoadError if there is a file that isn't a JSON object."""
        self._path = Path(path)
        self._database = Path(database).stem
        self._content = self._read()

    def write(self, tables: Mapping[str, Mapping[str, Any]]) -> None:
        """Describes ``tables`` anew. Whatever else the file holds stays.

        The new file takes the old one's place at once. Raises LoadError if it can't be written.
        """
        databases = _object_in(self._content, "databases")
        known = _object_in(_object_in(databases, self._database), "tables")
        for name, table in tables.items():
            kept = known.get(name)
            known[name] = {**kept, **table} if isinstance(kept, dict) else dict(table)
        text = json.dumps(self._content, indent=2, ensure_ascii=True)
        try:
            self._replace(f"{text}\n")
        except OSError as error:
            raise LoadError(f"can't write {self._path}: {error.strerror}") from None

    def _replace(self, text: str) -> None:
        mode = self._path.stat().st_mode & 0o777 if self._path.exists() else 0o644
        with tempfile.NamedTemporaryFile(
            "w", encoding="utf-8", dir=self._path.absolute().parent, delete=False
        ) as new:
            try:
                new.write(text)
                new.flush()
                os.chmod(new.name, mode)  # noqa: PTH101
                os.replace(new.name, self._path)  # noqa: PTH105
            except BaseException:
                os.unlink(new.name)  # noqa: PTH108
                raise

    def _read(self) -> dict[str, Any]:
        try:
            text = self._path.read_text("utf-8")
        except FileNotFoundError:
            return {}
        except (OSError, UnicodeDecodeError) as error:
            raise LoadError(f"can't read {self._path}: {error}") from None
        try:
            content = json.loads(text)
        except (ValueError, RecursionError):
            content = None
        if not isinstance(content, dict):
            raise LoadError(f"{self._path} is not a metadata file: it holds no JSON object")
        return content


def _description(node: object) -> str:
    text = node.get("description") if isinstance(node, Mapping) else None
    return text if isinstance(text, str) else ""


def _object_in(holder: dict[str, Any], name: str) -> dict[str, Any]:
    found = holder.get(name)
    if not isinstance(found, dict):
        found = holder[name] = {}
    return found
