"""The config: where values come from, what they become, and the exact line for each fault."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tap_common import common_settings
from tap_common.config import Config, is_loopback, load
from tap_common.errors import UsageError
from tests.clock import START

SETTINGS = common_settings.merged(
    {
        "domain": {"type": "string", "description": "The account."},
        "key": {"type": "string", "secret": True, "description": "The key."},
        "user": {"type": "string", "description": "The user."},
        "password": {"type": "string", "secret": True, "description": "The password."},
        "page_size": {"maximum": 100},
    }
)
LOGINS = (("domain", "key"), ("domain", "user", "password"))
LOGIN = {"domain": "acme", "key": "secret"}


def read(tmp_path: Path, *contents: Any, environment: dict[str, str] | None = None) -> Config:
    """The config from files with ``contents``; "ENV" stands for the environment."""
    sources = []
    for number, content in enumerate(contents):
        path = tmp_path / f"{number}.json"
        path.write_text(json.dumps(content))
        sources.append("ENV" if content == "ENV" else str(path))
    return load("tap-shop", SETTINGS, LOGINS, sources, environment or {})


def test_defaults_are_filled_in(tmp_path: Path) -> None:
    assert dict(read(tmp_path, LOGIN)) == {
        **LOGIN,
        "user": None,
        "password": None,
        "start_date": None,
        "base_url": None,
        "user_agent": None,
        "page_size": None,
        "concurrency": 8,
        "quota_reserve": 0.1,
        "requests_per_minute": None,
        "request_timeout": 120,
        "request_total_timeout": 600,
        "largest_reply_mb": 256,
        "retry_seconds": 300,
        "lookback_seconds": 300,
        "activate_version": False,
        "select": None,
        "exclude": None,
        "personal_data": "keep",
        "personal_data_key": None,
        "nested": "keep",
        "unknown_fields": "ignore",
        "type_mismatch": "convert",
    }


@pytest.mark.parametrize(
    ("key", "written", "value"),
    [
        ("key", "  blanks \n", "blanks"),
        ("page_size", 50, 50),
        ("page_size", "50", 50),
        ("page_size", " 50 ", 50),
        ("page_size", "", None),
        ("page_size", None, None),
        ("quota_reserve", "0.25", 0.25),
        ("quota_reserve", 0, 0),
        ("request_timeout", "1e2", 100.0),
        ("activate_version", True, True),
        ("activate_version", "true", True),
        ("activate_version", "YES", True),
        ("activate_version", "1", True),
        ("activate_version", "0", False),
        ("unknown_fields", "keep", "keep"),
        ("select", ["tickets", "*.email"], ["tickets", "*.email"]),
        ("select", '["tickets", "*.email"]', ["tickets", "*.email"]),
        ("select", "tickets, *.email", ["tickets", "*.email"]),
        ("select", "", []),
        ("start_date", "2026-01-31", "2026-01-31"),
        ("start_date", "2026-01-31T12:00:00+05:30", "2026-01-31T12:00:00+05:30"),
        ("base_url", "http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("base_url", "http://[::1]:8080/", "http://[::1]:8080/"),
        ("base_url", "http://localhost", "http://localhost"),
        ("base_url", "https://helpdesk.example.com/", "https://helpdesk.example.com/"),
    ],
)
def test_values_become_their_declared_types(
    tmp_path: Path, key: str, written: Any, value: Any
) -> None:
    found = read(tmp_path, {**LOGIN, key: written})[key]
    assert (type(found), found) == (type(value), value)


DATES = "but it must be a date or date-time, for example 2026-01-31 or 2026-01-31T00:00:00Z"
HOST = "base_url must be a scheme and a host, for example https://helpdesk.example.com"
PLAIN = "base_url may use plain http to loopback only, for example http://127.0.0.1:8080"


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"page_size": 0}, "page_size must be between 1 and 100"),
        ({"page_size": 101}, "page_size must be between 1 and 100"),
        ({"page_size": "many"}, "page_size must be a whole number"),
        ({"page_size": "1_0"}, "page_size must be a whole number"),
        ({"page_size": 1.5}, "page_size must be a whole number"),
        ({"page_size": True}, "page_size must be a whole number"),
        ({"page_size": [7]}, "page_size must be a whole number"),
        ({"requests_per_minute": -1}, "requests_per_minute must be at least 1"),
        ({"quota_reserve": 0.95}, "quota_reserve must be between 0 and 0.9"),
        ({"quota_reserve": "nan"}, "quota_reserve must be a finite number"),
        ({"retry_seconds": "x"}, "retry_seconds must be a number"),
        ({"activate_version": "maybe"}, "activate_version must be true or false"),
        ({"activate_version": 1}, "activate_version must be true or false"),
        ({"unknown_fields": "drop"}, "unknown_fields must be one of ignore, keep, fail"),
        ({"user_agent": 7}, "user_agent must be a string"),
        ({"select": 7}, "select must be a list of strings"),
        ({"select": ["tickets", 7]}, "select must be a list of strings"),
        ({"select": "[tickets"}, "select must be a list of strings"),
        (
            {"user_agent": "a\nb"},
            "user_agent must not hold line breaks or other invisible characters",
        ),
        ({"user_agent": "..."}, "user_agent is still ..., as in the example; write your own"),
        (
            {"start_date": 1700000000},
            'start_date must be a date or date-time in quotes, for example "2026-01-31"',
        ),
        ({"start_date": "soon"}, f"start_date is 'soon', {DATES}"),
        ({"start_date": "2026-02-31"}, f"start_date is '2026-02-31', {DATES}"),
        ({"base_url": "helpdesk.example.com"}, HOST),
        ({"base_url": "ftp://helpdesk.example.com"}, HOST),
        ({"base_url": "https://helpdesk.example.com/api"}, HOST),
        ({"base_url": "https://user@helpdesk.example.com"}, HOST),
        ({"base_url": "https://"}, HOST),
        (
            {"base_url": "http://[::1"},
            "base_url must be a URL, for example https://helpdesk.example.com",
        ),
        ({"base_url": "http://acme.example"}, PLAIN),
        ({"base_url": "http://127.evil.example"}, PLAIN),
        (
            {"page_size": 0, "concurrency": 33},
            "concurrency must be between 1 and 32; page_size must be between 1 and 100",
        ),
    ],
)
def test_values_that_do_not_fit_are_named(
    tmp_path: Path, values: dict[str, Any], message: str
) -> None:
    with pytest.raises(UsageError) as caught:
        read(tmp_path, {**LOGIN, **values})
    assert str(caught.value) == f"config: {message}"


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({}, "missing domain and a login (key, or user and password)"),
        ({"domain": "acme"}, "missing a login (key, or user and password)"),
        ({"key": "x"}, "missing domain"),
        ({"user": "ann"}, "missing domain and password"),
        ({"domain": "acme", "user": "ann"}, "missing password"),
        ({"domain": "acme", "key": ""}, "missing a login (key, or user and password)"),
        ({"domain": "acme", "key": "  "}, "missing a login (key, or user and password)"),
        ({"domain": None, "key": "x"}, "missing domain"),
    ],
)
def test_an_incomplete_login_says_what_is_missing(
    tmp_path: Path, values: dict[str, Any], message: str
) -> None:
    with pytest.raises(UsageError) as caught:
        read(tmp_path, values)
    assert str(caught.value) == f"config: {message}"


def test_what_is_missing_in_the_environment_is_told_with_its_names(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging.getLogger("tap"), "propagate", True)
    environment = {"TAP_SHOP_KEY": "x", "TAP_SHOP_DOMAINE": "acme", "TAP_SHOP_ZZZ": "1"}
    with pytest.raises(UsageError) as caught:
        read(tmp_path, "ENV", environment=environment)
    assert str(caught.value) == (
        "config: missing domain (ENV reads the key start_date from TAP_SHOP_START_DATE, and so on)"
    )
    assert caplog.messages == [
        "config: the variable TAP_SHOP_DOMAINE has no effect; did you mean domain?"
    ]


def test_later_sources_go_over_earlier_ones(tmp_path: Path) -> None:
    environment = {"TAP_SHOP_KEY": "from-env", "TAP_SHOP_CONCURRENCY": "3", "KEY": "x"}
    config = read(
        tmp_path, {**LOGIN, "page_size": 7}, "ENV", {"page_size": 9}, environment=environment
    )
    assert (config["key"], config["concurrency"], config["page_size"]) == ("from-env", 3, 9)
    assert config.origin("domain") == tmp_path / "0.json"
    assert config.origin("page_size") == tmp_path / "2.json"
    assert config.origin("key") is None
    assert config.origin("user") is None


def test_secrets_are_known(tmp_path: Path) -> None:
    config = read(tmp_path, {**LOGIN, "password": "pw"})
    assert config.secrets() == ["secret", "pw"]


def test_an_unknown_key_is_named_with_the_nearest_known_one(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging.getLogger("tap"), "propagate", True)
    read(tmp_path, {**LOGIN, "start_dat": "2026-01-01", "zzz": 1})
    assert caplog.messages == [
        "config: the key 'start_dat' is unknown and has no effect; did you mean start_date?",
        "config: the key 'zzz' is unknown and has no effect",
    ]


@pytest.mark.parametrize(
    ("start_date", "start", "message"),
    [
        ("2026-01-31", datetime(2026, 1, 31, tzinfo=UTC), None),
        ("2026-01-31T05:30:00+05:30", datetime(2026, 1, 31, tzinfo=UTC), None),
        ("0001-01-01", datetime(1971, 1, 1, tzinfo=UTC), None),
        (
            "2031-01-01",
            datetime(2031, 1, 1, tzinfo=UTC),
            "config: start_date is in the future: streams without a bookmark read only what "
            "changes after 2031-01-01T00:00:00Z",
        ),
        (
            None,
            datetime(2025, 3, 1, 12, tzinfo=UTC),
            "the config has no start_date: streams without a bookmark are read from "
            "2025-03-01T12:00:00Z on",
        ),
    ],
)
def test_the_start_date_is_in_utc_and_a_year_ago_by_default(
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    start_date: str | None,
    start: datetime,
    message: str | None,
) -> None:
    monkeypatch.setattr(logging.getLogger("tap"), "propagate", True)
    config = read(tmp_path, {**LOGIN, "start_date": start_date})
    assert config.start(START) == start
    assert caplog.messages == ([message] if message else [])


@pytest.mark.parametrize(
    "domain",
    [
        "acme",
        " Acme ",
        "acme.shop.example",
        "https://acme.shop.example/",
        "//ACME.shop.example:443/x",
    ],
)
def test_an_account_may_be_a_name_a_host_or_a_url(tmp_path: Path, domain: str) -> None:
    config = read(tmp_path, {**LOGIN, "domain": domain})
    assert config.host("domain", ".shop.example") == "acme.shop.example"


@pytest.mark.parametrize(
    "domain",
    ["acme.evil.example", "a b", "acme@evil.example", "äcme", "-", "http://[acme", "acme.com"],
)
def test_an_account_that_is_none_is_a_usage_error(tmp_path: Path, domain: str) -> None:
    config = read(tmp_path, {**LOGIN, "domain": domain})
    with pytest.raises(UsageError) as caught:
        config.host("domain", ".shop.example")
    assert str(caught.value) == (
        f"config: domain is {domain!r}, but it must be the account's name, for example acme for "
        "acme.shop.example"
    )


@pytest.mark.parametrize("scheme", ["https://", ""])
def test_a_password_in_an_accounts_url_is_hidden(tmp_path: Path, scheme: str) -> None:
    config = read(tmp_path, {**LOGIN, "domain": f"{scheme}me:passw@rd@acme.evil.example"})
    with pytest.raises(UsageError) as caught:
        config.host("domain", ".shop.example")
    assert "config: domain is '[hidden]@acme.evil.example', but" in str(caught.value)


@pytest.mark.parametrize(
    ("host", "is_this_machine"),
    [
        ("localhost", True),
        ("127.0.0.1", True),
        ("127.1.2.3", True),
        ("::1", True),
        ("127.evil.example", False),
        ("localhost.evil.example", False),
        ("10.0.0.1", False),
        ("0.0.0.0", False),
        ("", False),
    ],
)
def test_loopback_is_what_can_only_be_this_machine(host: str, *, is_this_machine: bool) -> None:
    assert is_loopback(host) == is_this_machine


def test_a_tap_may_change_a_common_key() -> None:
    assert SETTINGS["page_size"]["maximum"] == 100
    assert SETTINGS["page_size"]["minimum"] == 1
    assert list(SETTINGS)[:4] == ["domain", "key", "user", "password"]
