"""The settings, which config files, the environment and the command line can give."""

from __future__ import annotations

import difflib
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from singer_to_sqlite.errors import UsageError
from singer_to_sqlite.names import shown

ENVIRONMENT = "ENV"
PREFIX = "SINGER_TO_SQLITE_"
PROPERTIES: dict[str, dict[str, Any]] = {
    "file": {
        "type": "string",
        "title": "File",
        "description": "The SQLite file. The loader makes it if there is none.",
    },
    "merge": {
        "type": "boolean",
        "title": "Merge",
        "default": False,
        "description": "Write rows of several taps or accounts into the same tables.",
    },
    "metadata": {
        "type": "string",
        "title": "Metadata",
        "description": "The file in which Datasette finds descriptions of the tables and columns.",
    },
}
_BOOLEANS = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}


class Settings(NamedTuple):
    """The checked values. Without ``metadata``, no descriptions are written."""

    file: str
    merge: bool = False
    metadata: str | None = None


def read(
    sources: Sequence[str],
    environment: Mapping[str, str],
    given: Mapping[str, Any],
    tell: Callable[[str], None],
) -> Settings:
    """The settings from ``sources`` (file names or ENV), with the ``given`` ones over them.

    A later source goes over an earlier one. ``tell`` gets a line for each unknown key. Raises
    UsageError for a source that can't be read and for a value that a setting can't have.
    """
    values: dict[str, Any] = {}
    for source in sources:
        values |= _from(environment) if source == ENVIRONMENT else _from_file(source)
    for key in values.keys() - PROPERTIES.keys():
        close = difflib.get_close_matches(key, PROPERTIES, 1)
        hint = f"; did you mean {close[0]}?" if close else ""
        tell(f"warning: config: {shown(key)} is no setting{hint}")
    known: dict[str, Any] = {key: _checked(key, values.get(key)) for key in PROPERTIES}
    known.update(given)
    known = {key: value for key, value in known.items() if value is not None}
    if not known.get("file"):
        raise UsageError("name the SQLite file: singer-to-sqlite FILE.db, or file in the config")
    return Settings(**known)


def _from(environment: Mapping[str, str]) -> dict[str, str]:
    names = {key: f"{PREFIX}{key.upper()}" for key in PROPERTIES}
    return {key: environment[name] for key, name in names.items() if name in environment}


def _from_file(path: str) -> dict[str, Any]:
    try:
        content = json.loads(Path(path).read_text("utf-8-sig"))
    except OSError as error:
        raise UsageError(f"can't read the config {path}: {error.strerror}") from None
    except ValueError as error:
        raise UsageError(f"the config {path} is not JSON: {error}") from None
    except RecursionError:
        raise UsageError(f"the config {path} is nested too deeply") from None
    if not isinstance(content, dict):
        raise UsageError(f"the config {path} must be a JSON object, such as {{'file': 'x.db'}}")
    return content


def _checked(key: str, value: object) -> str | bool | None:
    if value is None or value == "":
        return None
    if PROPERTIES[key]["type"] == "boolean":
        if isinstance(value, str):
            value = _BOOLEANS.get(value.lower(), value)
        if isinstance(value, bool):
            return value
        raise UsageError(f"config: {key} must be true or false, not {shown(value)}")
    if isinstance(value, str):
        return value
    raise UsageError(f"config: {key} must be a file's name, not {shown(value)}")
