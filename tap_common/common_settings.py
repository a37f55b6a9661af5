"""The config keys that all taps share, as JSON schemas (draft 4) with defaults and the sentences of the documentation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Settings = Mapping[str, Mapping[str, Any]]

COMMON: Settings = {
    "start_date": {
        "type": "string",
        "description": "Read what changed at or after this moment (date or date-time, UTC unless it says otherwise) "
        "on a stream's first run. Default: one year before now.",
    },
    "base_url": {
        "type": "string",
        "description": "Replaces scheme and host of the vendor, for proxies and sandboxes. Plain http only to loopback.",
    },
    "user_agent": {
        "type": "string",
        "description": "Sent as User-Agent, so that the account's owner can tell who calls.",
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
        "description": "Share of the vendor's rate limit that is left to the account's other integrations (0.1 = 10 %).",
    },
    "requests_per_minute": {
        "type": "integer",
        "minimum": 1,
        "description": "A cap of your own below the vendor's rate limit. Default: what the vendor's headers allow.",
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
        "description": "How far below its bookmark an incremental stream is read again, for rows that became visible late.",
    },
    "activate_version": {
        "type": "boolean",
        "default": False,
        "description": "Send version and ACTIVATE_VERSION for FULL_TABLE streams, so that a target removes deleted rows.",
    },
    "unknown_fields": {
        "type": "string",
        "enum": ["ignore", "keep", "fail"],
        "default": "ignore",
        "description": "Fields that the schema does not know: leave out and tell, send and tell, or fail the stream.",
    },
    "type_mismatch": {
        "type": "string",
        "enum": ["convert", "fail"],
        "default": "convert",
        "description": "Values that do not fit their declared type: convert by rule and tell, or fail the stream.",
    },
}


def merged(own: Settings) -> dict[str, dict[str, Any]]:
    """The tap's ``own`` settings and the common ones; a tap's words about a common key go over the common ones."""
    result = {key: dict(schema) for key, schema in own.items() if key not in COMMON}
    for key, schema in COMMON.items():
        result[key] = {**schema, **own.get(key, {})}
    return result
