"""The config: merged from files and the environment, and checked before anything else."""

from __future__ import annotations

import ipaddress
import json
import logging
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tap_common import files, times
from tap_common.common_settings import Settings
from tap_common.errors import UsageError
from tap_common.logins import Logins
from tap_common.logins import faults as login_faults
from tap_common.redaction import HIDDEN
from tap_common.words import did_you_mean

LOGGER = logging.getLogger("tap")
ENVIRONMENT = "ENV"
EXAMPLE = "..."
"""Stands in the documents where a person's own value belongs."""
_TYPE_NAMES = {
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "string": "a string",
    "array": "a list of strings",
}
_LOGIN_IN_URL = re.compile(r".*:.*@")
_BOOLEANS = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}


class Config(Mapping[str, Any]):
    """The checked values by key, defaults filled in. An optional key without a value is None."""

    def __init__(
        self, values: Mapping[str, Any], settings: Settings, origins: Mapping[str, Path]
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
        secret = [key for key, schema in self._settings.items() if schema.get("secret")]
        return [str(self[key]) for key in secret if self[key]]

    def start(self, now: datetime) -> datetime:
        """The start date, or else one year before ``now``, with a warning."""
        if self["start_date"]:
            start = max(times.parse(self["start_date"]), times.EARLIEST)
            if start > now:
                LOGGER.warning(
                    "config: start_date is in the future: streams without a bookmark read only what"
                    " changes after %s",
                    times.text(start),
                )
            return start
        start = (now - timedelta(days=365)).replace(microsecond=0)
        LOGGER.warning(
            "the config has no start_date: streams without a bookmark are read from %s on",
            times.text(start),
        )
        return start

    def host(self, key: str, suffix: str) -> str:
        """The vendor's host for the account that ``key`` names.

        ``key`` may hold "acme", "acme" + ``suffix`` or a URL of it. UsageError if it holds anything
        else.
        """
        name = self[key].strip().lower()
        try:
            parts = urlsplit(name if "//" in name else f"//{name}")
            name = (parts.hostname or "").removesuffix(suffix)
        except ValueError:
            name = ""
        if not (name.isascii() and name.replace("-", "").isalnum()):
            shown = _LOGIN_IN_URL.sub(f"{HIDDEN}@", self[key])
            raise UsageError(
                f"config: {key} is {shown!r}, but it must be the account's name, for example "
                f"acme for acme{suffix}"
            )
        return f"{name}{suffix}"

    def origin(self, key: str) -> Path | None:
        """The config file that gave ``key`` its value, or None if no file did."""
        return self._origins.get(key)


def load(
    name: str,
    settings: Settings,
    logins: Logins,
    sources: Sequence[str],
    environment: Mapping[str, str],
) -> Config:
    """The config of the tap ``name`` from ``sources`` (file names or ENV, later over earlier ones).

    ``settings`` are the JSON schemas of the keys; one of ``logins`` must be complete. UsageError,
    naming every fault, if a source can't be read or a value does not fit.
    """
    values: dict[str, Any] = {}
    origins: dict[str, Path] = {}
    for source in sources:
        if source == ENVIRONMENT:
            found = _from_environment(name, settings, environment)
            origins = {key: path for key, path in origins.items() if key not in found}
        else:
            found = files.read_object("config", source)
            origins.update(dict.fromkeys(found, Path(source)))
        values.update(found)
    _warn_of_unknown_keys(values, settings)
    known = {key: _coerced(values[key], settings[key]) for key in values if key in settings}
    known = {key: value for key, value in known.items() if value is not None and value != ""}
    faults = [*_faults(known, settings), *login_faults(known, logins)]
    if faults:
        raise UsageError("config: " + "; ".join(faults) + _variables(name, sources))
    return Config(known, settings, origins)


def _from_environment(
    name: str, settings: Settings, environment: Mapping[str, str]
) -> dict[str, str]:
    prefix = _prefix(name)
    variables = {key: prefix + key.upper() for key in settings}
    ours = {variable for variable in environment if variable.startswith(prefix)}
    for variable in sorted(ours.difference(variables.values())):
        hint = did_you_mean(variable.removeprefix(prefix).lower(), settings)
        if hint:  # others may use the prefix as well
            LOGGER.warning("config: the variable %s has no effect%s", variable, hint)
    return {key: environment[name] for key, name in variables.items() if name in environment}


def _prefix(name: str) -> str:
    return name.upper().replace("-", "_") + "_"


def _variables(name: str, sources: Sequence[str]) -> str:
    """The end of a message about faults, which says how the environment names the keys."""
    if ENVIRONMENT not in sources:
        return ""
    return f" (ENV reads the key start_date from {_prefix(name)}START_DATE, and so on)"


def _warn_of_unknown_keys(values: Mapping[str, Any], settings: Settings) -> None:
    for key in (key for key in values if key not in settings):
        hint = did_you_mean(key, settings)
        LOGGER.warning("config: the key %r is unknown and has no effect%s", key, hint)


def _coerced(value: Any, schema: Mapping[str, Any]) -> Any:
    """A string, as the environment and some config files have it, as the declared type."""
    if not isinstance(value, str):
        return value
    text = value.strip()
    if schema["type"] == "string":
        return text
    if schema["type"] == "boolean":
        return _BOOLEANS.get(text.lower(), value)
    if schema["type"] == "array":
        return _members(text)
    if not text:
        return None
    try:
        number = float(text) if schema["type"] == "number" else int(text)
    except ValueError:
        return value
    return value if "_" in text else number


def _members(text: str) -> Any:
    """The list that ``text`` holds, as JSON or with commas between its members."""
    if text.startswith("["):
        try:
            return json.loads(text)
        except ValueError:
            return text
    return [part.strip() for part in text.split(",") if part.strip()]


def _faults(values: Mapping[str, Any], settings: Settings) -> Iterator[str]:
    from jsonschema import Draft4Validator

    validator = Draft4Validator({"type": "object", "properties": dict(settings)})
    faults = sorted(validator.iter_errors(dict(values)), key=lambda error: str(error.path))
    for fault in faults:
        key = str(fault.path[0])
        yield f"{key} must be {_expected(str(fault.validator), settings[key])}"
    for key, value in values.items():
        if value == EXAMPLE:
            yield f"{key} is still {EXAMPLE}, as in the example; write your own"
        if isinstance(value, float) and not math.isfinite(value):
            yield f"{key} must be a finite number"
        if isinstance(value, str) and not value.isprintable():
            yield f"{key} must not hold line breaks or other invisible characters"
    yield from _start_date_faults(values.get("start_date"))
    yield from _base_url_faults(values.get("base_url"))


def _expected(rule: str, schema: Mapping[str, Any]) -> str:
    """What a value that breaks ``rule`` of its schema must be."""
    if rule == "type" and schema.get("format") == "date-time":
        return 'a date or date-time in quotes, for example "2026-01-31"'
    if rule == "type":
        return _TYPE_NAMES[schema["type"]]
    if rule == "enum":
        return f"one of {', '.join(schema['enum'])}"
    if "maximum" not in schema:
        return f"at least {schema['minimum']}"
    return f"between {schema['minimum']} and {schema['maximum']}"


def _start_date_faults(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        try:
            times.parse(value)
        except ValueError:
            yield (
                f"start_date is {value!r}, but it must be a date or date-time, for example "
                "2026-01-31 or 2026-01-31T00:00:00Z"
            )


def _base_url_faults(value: Any) -> Iterator[str]:
    if not isinstance(value, str):
        return
    try:
        parts = urlsplit(value)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        yield "base_url must be a URL, for example https://helpdesk.example.com"
        return
    more = parts.username or parts.query or parts.path not in ("", "/")
    if parts.scheme not in ("http", "https") or not host or more:
        yield "base_url must be a scheme and a host, for example https://helpdesk.example.com"
    elif parts.scheme == "http" and not is_loopback(host):
        yield "base_url may use plain http to loopback only, for example http://127.0.0.1:8080"


def is_loopback(host: str) -> bool:
    """Does the host name ``host`` mean this machine for certain?"""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
