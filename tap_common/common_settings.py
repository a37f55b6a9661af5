"""The config keys that all taps share, as JSON schemas (draft 4) with defaults.

Their descriptions are the documentation's.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Settings = Mapping[str, Mapping[str, Any]]

COMMON: Settings = {
    "start_date": {
        "type": "string",
        "format": "date-time",
        "description": "On a stream's first run, read what changed at or after this date or "
        "date-time (in UTC unless it has a zone). Default: one year before now.",
    },
    "base_url": {
        "type": "string",
        "description": "Replaces scheme and host of the vendor, for proxies and sandboxes. Plain "
        "http is allowed to loopback only.",
    },
    "user_agent": {
        "type": "string",
        "description": "The User-Agent header, from which the account's owner sees who calls.",
    },
    "page_size": {"type": "integer", "minimum": 1, "description": "Rows asked for in one request."},
    "concurrency": {
        "type": "integer",
        "minimum": 1,
        "maximum": 32,
        "default": 8,
        "description": "Requests under way at once.",
    },
    "quota_reserve": {
        "type": "number",
        "minimum": 0,
        "maximum": 0.9,
        "default": 0.1,
        "description": "The share of the vendor's rate limit that the tap leaves to the account's "
        "other integrations (0.1 = 10 %).",
    },
    "requests_per_minute": {
        "type": "integer",
        "minimum": 1,
        "description": "A limit of your own, below the vendor's rate limit. Default: what the "
        "vendor's headers allow.",
    },
    "request_timeout": {
        "type": "number",
        "minimum": 0.1,
        "maximum": 3600,
        "default": 120,
        "description": "Seconds without a byte after which a request is given up and sent again.",
    },
    "request_total_timeout": {
        "type": "number",
        "minimum": 0.1,
        "maximum": 86_400,
        "default": 600,
        "description": "Seconds after which a request is given up even if bytes still come.",
    },
    "largest_reply_mb": {
        "type": "number",
        "minimum": 1,
        "maximum": 100_000,
        "default": 256,
        "description": "Largest size of an unpacked reply, in megabytes. A larger one fails.",
    },
    "retry_seconds": {
        "type": "number",
        "minimum": 0,
        "maximum": 86_400,
        "default": 300,
        "description": "How long one request is repeated, with growing pauses, "
        "while the network or the vendor fails.",
    },
    "lookback_seconds": {
        "type": "integer",
        "minimum": 0,
        "maximum": 31_536_000,
        "default": 300,
        "description": "How far below its bookmark an incremental stream is read again, for rows "
        "that became visible late.",
    },
    "activate_version": {
        "type": "boolean",
        "default": False,
        "description": "Send version and ACTIVATE_VERSION for FULL_TABLE streams, so that a target "
        "removes deleted rows.",
    },
    "select": {
        "type": "array",
        "items": {"type": "string"},
        "description": "Patterns of the streams and fields to read, such as tickets, tickets.* or "
        "*.email. Default: what the catalog selects. --select takes their place.",
    },
    "exclude": {
        "type": "array",
        "items": {"type": "string"},
        "description": "Patterns of the streams and fields to leave out, whatever else selects "
        "them. --exclude adds to them.",
    },
    "personal_data": {
        "type": "string",
        "enum": ["keep", "exclude", "hash"],
        "default": "keep",
        "description": "What to do with fields that hold personal data: send them (keep), leave "
        "them out (exclude), or send a keyed digest of their texts and leave out the rest (hash).",
    },
    "personal_data_key": {
        "type": "string",
        "secret": True,
        "description": "The key of the digests, at least 16 characters. The same key gives the "
        "same digest for the same text, so that tables still join.",
    },
    "nested": {
        "type": "string",
        "enum": ["keep", "json"],
        "default": "keep",
        "description": "How to send objects, lists and values of several types: as they are "
        "(keep), or as JSON text in a string (json), for targets that need flat records.",
    },
    "unknown_fields": {
        "type": "string",
        "enum": ["ignore", "keep", "fail"],
        "default": "ignore",
        "description": "What to do with fields that the schema does not have: leave them out and "
        "warn (ignore), send them and warn (keep), or fail the stream (fail).",
    },
    "type_mismatch": {
        "type": "string",
        "enum": ["convert", "fail"],
        "default": "convert",
        "description": "What to do with values that do not fit their declared type: convert them "
        "by the documented rules and warn (convert), or fail the stream (fail).",
    },
}

OAUTH: dict[str, dict[str, Any]] = {
    "token_file": {
        "type": "string",
        "description": "A file for the tokens, where the config does not last or can't be written "
        "(Meltano, the environment). The tap makes it, and after each use of a refresh token writes"
        " the next one there. It must be on a disk that stays, one for each account.",
    },
}
"""The keys that taps with OAuth refresh tokens share."""


def merged(own: Settings) -> dict[str, dict[str, Any]]:
    """The tap's ``own`` settings and the common ones.

    What a tap declares of a common key takes the place of the common declaration.
    """
    result = {key: dict(schema) for key, schema in own.items() if key not in COMMON}
    for key, schema in COMMON.items():
        result[key] = {**schema, **own.get(key, {})}
    return result
