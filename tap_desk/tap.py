"""The tap as data: its config keys and its streams in the order in which they are read."""

from __future__ import annotations

from typing import Any

from tap_common.tap import Tap
from tap_desk import cases, feedbacks, people, tables
from tap_desk.api import LOGINS, account, connect
from tap_desk.estimates import ESTIMATE_RULES
from tap_desk.fields import customised_schemas

SETTINGS: dict[str, dict[str, Any]] = {
    "site_url": {
        "type": "string",
        "description": "The site: acme, acme.desk.com, https://acme.desk.com, or the site's own "
        "address.",
    },
    "consumer_key": {
        "type": "string",
        "secret": True,
        "description": "OAuth 1.0a: the key of an API application (Settings, API).",
    },
    "consumer_secret": {
        "type": "string",
        "secret": True,
        "description": "OAuth 1.0a: the secret of the application.",
    },
    "token": {
        "type": "string",
        "secret": True,
        "description": 'OAuth 1.0a: the access token ("Your Access Token").',
    },
    "token_secret": {
        "type": "string",
        "secret": True,
        "description": "OAuth 1.0a: the secret of the access token.",
    },
    "email": {
        "type": "string",
        "format": "email",
        "description": "Basic log-in: e-mail address of a full-time agent. Calls by a flex agent "
        "were billed.",
    },
    "password": {
        "type": "string",
        "secret": True,
        "description": "Basic log-in: the agent's password.",
    },
    "page_size": {
        "type": "integer",
        "minimum": 1,
        "maximum": 1000,
        "description": "Rows asked for in one request, at least 2 for cases and customers. Default "
        "and maximum: 100; 1000 for users and groups.",
    },
    "lookback_seconds": {
        "default": 300,
        "description": "How far below its bookmark an incremental stream is read again. The "
        "default of five minutes is for changes that the API's search index shows late.",
    },
}

TAP = Tap(
    name="tap-desk",
    title="Desk.com",
    settings=SETTINGS,
    logins=LOGINS,
    readers=(*cases.READERS, *feedbacks.READERS, *people.READERS, *tables.READERS),
    account=account,
    connect=connect,
    customise=customised_schemas,
    package="tap_desk",
    estimates=ESTIMATE_RULES,
)
