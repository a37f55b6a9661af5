"""The config: merged from files and the environment, checked before anything else."""

from __future__ import annotations

import difflib
import logging
import math
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jsonschema import Draft4Validator

from tap_common import files, times
from tap_common import settings as common
from tap_common.errors import UsageError
from tap_common.model import Tap

LOGGER = logging.getLogger("tap")
ENVIRONMENT = "ENV"
_LOOPBACK = ("localhost", "::1")
_TYPE_NAMES = {
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "string": "a string",
}


class Config(Mapping[str, Any]):
    """The checked values by key, defaults filled in; an optional key without a value is None."""

    def __init__(
        self, values: Mapping[str, Any], settings: common.Settings, origins: Mapping[str, Path]
    ) -> None:
        defaults = {key: schema.get("default") for key, schema in settings.items()}
        self._values = {**defaults, **values}
        self._settings = settings
        self._origins = origins

    def __getitem__(self, key: str) -> Any:
        return self._values[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def secrets(self) -> list[str]:
        """The values that must not appear in any output."""
        return [
            str(self[key])
            for key, schema in self._settings.items()
            if schema.get("secret") and self[key]
        ]

    def start(self) -> datetime:
        """The start date, or one year before now, said on stderr."""
        if self["start_date"]:
            return max(times.parse(self["start_date"]), times.EARLIEST)
        start = (datetime.now(times.UTC) - timedelta(days=365)).replace(microsecond=0)
        LOGGER.warning(
            "no start_date in the config: streams without a bookmark are read from %s on",
            times.text(start),
        )
        return start

    def host(self, key: str, suffix: str) -> str:
        """The vendor's host for the account at ``key``: "acme", "acme" + ``suffix`` or a URL of it. UsageError if it is none."""
        name = self[key].strip().lower()
        try:
            name = (urlsplit(name if "//" in name else f"//{name}").hostname or "").removesuffix(
                suffix
            )
        except ValueError:
            name = ""
        if not (name.isascii() and name.replace("-", "").isalnum()):
            raise UsageError(
                f"config: {key} {self[key]!r} is no account; it is the acme of acme{suffix}"
            )
        return f"{name}{suffix}"

    def origin(self, key: str) -> Path | None:
        """The config file that gave ``key`` its value; None if the environment did, or nothing."""
        return self._origins.get(key)

    def renew(self, changes: Mapping[str, str]) -> None:
        """Puts rotated tokens in place of the old ones."""
        self._values.update(changes)


def load(tap: Tap, sources: Sequence[str], environment: Mapping[str, str]) -> Config:
    """The config of ``tap`` from ``sources`` (file names or ENV, later ones over earlier ones).

    UsageError, naming every fault, if a source can't be read or the result does not fit the settings.
    """
    settings = common.merged(tap.settings)
    values: dict[str, Any] = {}
    origins: dict[str, Path] = {}
    for source in sources:
        if source == ENVIRONMENT:
            prefix = tap.name.upper().replace("-", "_") + "_"
            found = {
                key: environment[prefix + key.upper()]
                for key in settings
                if prefix + key.upper() in environment
            }
            origins = {key: path for key, path in origins.items() if key not in found}
        else:
            found = files.read_object("config", source)
            origins.update(dict.fromkeys(found, Path(source)))
        values.update(found)
    known = {
        key: _coerced(value, settings[key]) for key, value in values.items() if key in settings
    }
    for key in values.keys() - settings.keys():
        nearest = difflib.get_close_matches(key, settings, n=1)
        LOGGER.warning(
            "config: unknown key %r ignored%s",
            key,
            f"; did you mean {nearest[0]!r}?" if nearest else "",
        )
    known = {key: value for key, value in known.items() if value is not None and value != ""}
    faults = [*_faults(known, settings), *_login_faults(known, tap)]
    if faults:
        raise UsageError("config: " + "; ".join(faults))
    return Config(known, settings, origins)


def _coerced(value: Any, schema: Mapping[str, Any]) -> Any:
    """Strings from the environment (and from config files that quote everything) as the declared type, where they read as it."""
    if not isinstance(value, str) or schema["type"] == "string":
        return value
    text = value.strip().lower()
    if schema["type"] == "boolean":
        return {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}.get(
            text, value
        )
    try:
        return int(text) if schema["type"] == "integer" else float(text)
    except ValueError:
        return None if not text else value


def _faults(values: Mapping[str, Any], settings: common.Settings) -> Iterator[str]:
    properties = {
        key: {word: value for word, value in schema.items() if word != "default"}
        for key, schema in settings.items()
    }
    for error in sorted(
        Draft4Validator({"properties": properties}).iter_errors(dict(values)),
        key=lambda error: str(error.path),
    ):
        key, schema = str(error.path[0]), settings[str(error.path[0])]
        if error.validator == "type":
            yield f"{key} must be {_TYPE_NAMES[schema['type']]}"
        elif error.validator == "enum":
            yield f"{key} must be one of {', '.join(schema['enum'])}"
        else:
            yield f"{key} must be between {schema.get('minimum')} and {schema.get('maximum', 'any number')}"
    for key, value in values.items():
        if isinstance(value, float) and not math.isfinite(value):
            yield f"{key} must be a finite number"
        if isinstance(value, str) and not value.isprintable():
            yield f"{key} must not hold line breaks or other invisible characters"
    yield from _start_date_faults(values.get("start_date"))
    yield from _base_url_faults(values.get("base_url"))


def _start_date_faults(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        try:
            times.parse(value)
        except ValueError:
            yield f"start_date {value!r} is no date or date-time, such as 2026-01-31 or 2026-01-31T00:00:00Z"


def _base_url_faults(value: Any) -> Iterator[str]:
    if not isinstance(value, str):
        return
    try:
        parts = urlsplit(value)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        yield "base_url is no URL"
        return
    if (
        parts.scheme not in ("http", "https")
        or not host
        or parts.username
        or parts.query
        or parts.path not in ("", "/")
    ):
        yield "base_url must be scheme and host only, such as https://helpdesk.example.com"
    elif parts.scheme == "http" and host not in _LOOPBACK and not host.startswith("127."):
        yield "base_url: plain http is allowed to loopback only"


def _login_faults(values: Mapping[str, Any], tap: Tap) -> Iterator[str]:
    if any(all(values.get(key) for key in group) for group in tap.logins):
        return
    best = max(tap.logins, key=lambda group: sum(bool(values.get(key)) for key in group))
    if any(values.get(key) for key in best):
        yield "missing " + ", ".join(key for key in best if not values.get(key))
    else:
        yield "missing " + ", or ".join(" and ".join(group) for group in tap.logins)
