"""Bearer tokens are renewed in time, and no refresh token that the vendor gives is lost."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as some

from tap_common import log
from tap_common.config import Config
from tap_common.errors import CredentialsRefused, Unreachable, UsageError
from tap_common.oauth2 import ATTEMPTS, LONGEST_PAUSE, BearerToken
from tap_common.wire import Wire
from tests.adapter import InProcess, response
from tests.clock import SimulatedClock

ROOT = "https://vendor.invalid/"
KEYS = ("access_token", "client_id", "client_secret", "refresh_token")
LOST_BEFORE, LOST_AFTER = "lost on the way there", "lost on the way back"
Trouble = str | int


class Vendor(InProcess):
    """A vendor with a token endpoint whose refresh tokens are good for one use.

    Each request for a token meets the next of ``troubles``, a status or a loss, until none is left.
    ``extra`` is what a good reply holds besides the tokens.
    """

    def __init__(self, *troubles: Trouble, rotates: bool = True, **extra: Any) -> None:
        super().__init__()
        self.good = "refresh-0"
        self.asked: list[dict[str, Any]] = []
        self._troubles, self._rotates, self._extra = list(troubles), rotates, extra
        self._granted = 0

    def answer(self, request: requests.PreparedRequest, timeout: Any) -> requests.Response:
        assert request.url == f"{ROOT}token"
        assert "Authorization" not in request.headers
        fields = _fields(request)
        self.asked.append(fields)
        trouble = self._troubles.pop(0) if self._troubles else None
        if trouble == LOST_BEFORE:
            raise requests.exceptions.ConnectionError(ConnectionResetError("reset"))
        if isinstance(trouble, int):
            return response(request, trouble, b"<html>", {"Retry-After": "7"})
        status, reply = self._reply(fields)
        if trouble == LOST_AFTER:
            raise requests.exceptions.ReadTimeout("read timed out")
        return response(request, status, json.dumps(reply).encode(), {})

    def _reply(self, fields: Mapping[str, Any]) -> tuple[int, Mapping[str, Any]]:
        if fields["client_secret"] != "secret":
            return 401, {"error": "invalid_client"}
        reply = {"token_type": "bearer", **self._extra}
        if fields["grant_type"] == "refresh_token":
            if fields["refresh_token"] != self.good:
                return 400, {"error": "invalid_grant"}
            if self._rotates:
                self.good = f"refresh-{self._granted + 1}"
                reply["refresh_token"] = self.good
        self._granted += 1
        return 200, {"access_token": f"access-{self._granted}", **reply}


def _fields(request: requests.PreparedRequest) -> dict[str, Any]:
    body = request.body or b""
    text = body if isinstance(body, str) else body.decode()
    if request.headers["Content-Type"] == "application/json":
        return dict(json.loads(text))
    return {key: values[0] for key, values in parse_qs(text).items()}


class Run:
    """A run of a tap that signs requests with a token from the config in ``path``."""

    def __init__(
        self,
        vendor: Vendor,
        path: Path | None,
        encoding: Any = "json",
        **config: str,
    ) -> None:
        content = json.loads(path.read_text()) if path else {}
        values = {**dict.fromkeys(KEYS), **content, **config}
        origins = dict.fromkeys(content, path) if path else {}
        self.clock = SimulatedClock()
        self.token = BearerToken(
            Config(values, {key: {} for key in KEYS}, origins),
            f"{ROOT}token",
            encoding=encoding,
            extra={"scope": "read"},
        )
        wire = Wire(
            ROOT,
            self.token,
            {},
            connect_timeout=1,
            read_timeout=1,
            total_timeout=600,
            largest_reply=10_000,
            clock=self.clock,
            adapter=vendor,
        )
        self.token.connect(wire, self.clock)

    def sign(self) -> str:
        """The token with which a request is signed."""
        request = requests.PreparedRequest()
        request.headers = requests.structures.CaseInsensitiveDict()
        return self.token(request).headers["Authorization"].removeprefix("Bearer ")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return written(tmp_path / "config.json")


def written(path: Path, **more: str) -> Path:
    """A config file of an API client with a refresh token."""
    content = {"client_id": "id", "client_secret": "secret", "refresh_token": "refresh-0", **more}
    path.write_text(json.dumps(content))
    return path


def saved(path: Path) -> dict[str, Any]:
    return dict(json.loads(path.read_text()))


def test_an_access_token_alone_is_used_as_it_is() -> None:
    vendor = Vendor()
    run = Run(vendor, None, access_token="given")
    assert run.sign() == "given"
    assert run.token.renew() is False
    assert not vendor.asked


@pytest.mark.parametrize("encoding", ["json", "data"])
def test_client_credentials_are_exchanged_for_a_token(encoding: str) -> None:
    vendor = Vendor()
    run = Run(vendor, None, encoding=encoding, client_id="id", client_secret="secret")
    assert [run.sign(), run.sign()] == ["access-1", "access-1"]
    assert vendor.asked == [
        {
            "grant_type": "client_credentials",
            "client_id": "id",
            "client_secret": "secret",
            "scope": "read",
        }
    ]


def test_the_next_refresh_token_is_saved_before_the_access_token_is_used(path: Path) -> None:
    written(path, subdomain="acme")
    vendor = Vendor()
    assert Run(vendor, path).sign() == "access-1"
    assert saved(path) == {
        "client_id": "id",
        "client_secret": "secret",
        "subdomain": "acme",
        "access_token": "access-1",
        "refresh_token": "refresh-1",
    }
    assert Run(vendor, path).sign() == "access-1"
    assert len(vendor.asked) == 1


def test_a_refresh_token_that_stays_good_stays(path: Path) -> None:
    Run(Vendor(rotates=False), path).sign()
    assert (saved(path)["refresh_token"], saved(path)["access_token"]) == ("refresh-0", "access-1")


def test_new_tokens_are_hidden_in_texts_for_people(path: Path) -> None:
    Run(Vendor(), path).sign()
    assert "access-1" not in log.REDACTOR.clean("the reply was access-1")
    assert "refresh-1" not in log.REDACTOR.clean("the reply was refresh-1")


@pytest.mark.parametrize(
    ("lifetime", "good_for"),
    [
        (7_200, 7_140),
        (90, 45),
        (0.5, 0.25),
        (0, None),
        (-1, None),
        (math.nan, None),
        (math.inf, None),
        (True, None),
        ("7200", None),
        ([7_200], None),
    ],
    ids=repr,
)
def test_a_token_is_renewed_before_it_expires(
    path: Path, lifetime: Any, good_for: float | None
) -> None:
    run = Run(Vendor(expires_in=lifetime), path)
    run.sign()
    run.clock.advance(good_for if good_for is not None else 10**9)
    assert run.sign() == "access-1"
    run.clock.advance(0.01)
    assert run.sign() == ("access-1" if good_for is None else "access-2")


def test_threads_whose_token_is_refused_renew_it_once(path: Path) -> None:
    vendor = Vendor()
    run = Run(vendor, path)
    seen: list[str] = []

    def work() -> None:
        seen.append(run.sign())
        run.clock.sleep(1)
        assert run.token.renew()
        seen.append(run.sign())

    run.clock.run(work, work, work)
    assert seen == ["access-1"] * 3 + ["access-2"] * 3
    assert saved(path)["refresh_token"] == vendor.good == "refresh-2"


def test_a_run_takes_the_tokens_that_another_run_saved(path: Path) -> None:
    vendor = Vendor()
    mine, other = Run(vendor, path), Run(vendor, path)
    assert other.sign() == "access-1"
    assert mine.sign() == "access-1"
    assert len(vendor.asked) == 1
    assert other.token.renew()
    assert mine.token.renew()
    assert mine.sign() == other.sign() == "access-2"
    assert len(vendor.asked) == 2


def test_a_refresh_token_is_not_used_if_the_next_one_can_not_be_saved(path: Path) -> None:
    vendor = Vendor()
    run = Run(vendor, path)
    path.unlink()
    with pytest.raises(UsageError, match="can't be written"):
        run.sign()
    assert not vendor.asked


def test_a_refresh_token_of_the_environment_is_used_with_a_warning(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log.LOGGER, "propagate", True)
    config = {"client_id": "id", "client_secret": "secret", "refresh_token": "refresh-0"}
    assert Run(Vendor(), None, **config).sign() == "access-1"
    assert caplog.messages == [
        "config: the next refresh_token can't be saved in the environment: set token_file to a "
        "path that stays"
    ]


# An endpoint in trouble


@pytest.mark.parametrize("trouble", [429, 500, 503, LOST_BEFORE])
def test_an_endpoint_in_trouble_is_asked_again(path: Path, trouble: Trouble) -> None:
    vendor = Vendor(*[trouble] * (ATTEMPTS - 1))
    assert Run(vendor, path).sign() == "access-1"
    assert saved(path)["refresh_token"] == vendor.good


@pytest.mark.parametrize("trouble", [429, 502, LOST_BEFORE])
def test_an_endpoint_that_stays_in_trouble_is_given_up_after_a_limited_time(
    path: Path, trouble: Trouble
) -> None:
    vendor = Vendor(*[trouble] * 100)
    run = Run(vendor, path)
    with pytest.raises(Unreachable, match="no new access token: "):
        run.sign()
    assert len(vendor.asked) == ATTEMPTS
    assert run.clock.monotonic() <= ATTEMPTS * LONGEST_PAUSE
    assert saved(path)["refresh_token"] == "refresh-0"


def test_the_pause_that_the_endpoint_asks_for_is_kept(path: Path) -> None:
    run = Run(Vendor(429, 503), path)
    run.sign()
    assert run.clock.monotonic() >= 2 * 7


class Answering(Vendor):
    """A vendor whose token endpoint always gives the same answer."""

    def __init__(self, status: int, body: bytes) -> None:
        super().__init__()
        self._status, self._body = status, body

    def answer(self, request: requests.PreparedRequest, timeout: Any) -> requests.Response:
        return response(request, self._status, self._body, {})


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (400, b'{"error": "invalid_grant"}', "HTTP 400 invalid_grant); authorise the client anew"),
        (401, b'{"error": "invalid_client"}', "HTTP 401 invalid_client); check client_id"),
        (200, b"<html>", "HTTP 200); check client_id"),
        (200, b'{"access_token": null}', "HTTP 200); check"),
        (200, b'{"access_token": {"a": 1}}', "HTTP 200); check"),
        (200, b"[1]", "HTTP 200); check"),
        (302, b"", "HTTP 302); check"),
        (400, b'{"error": ["a"]}', "HTTP 400); check"),
    ],
)
def test_an_answer_without_a_token_ends_the_run(
    path: Path, status: int, body: bytes, reason: str
) -> None:
    with pytest.raises(CredentialsRefused) as raised:
        Run(Answering(status, body), path).sign()
    assert f"the vendor gives no access token ({reason}" in str(raised.value)


def test_an_answer_of_any_size_is_not_read() -> None:
    run = Run(Answering(200, b" " * 20_000), None, client_id="id", client_secret="secret")
    with pytest.raises(Unreachable, match="larger than"):
        run.sign()


# Whatever happens


@settings(max_examples=20, deadline=None)
@given(
    troubles=some.lists(some.sampled_from([LOST_BEFORE, 429, 503]), max_size=12),
    steps=some.lists(some.sampled_from(["sign", "refused", "expired", "new run"]), max_size=8),
    rotates=some.booleans(),
)
def test_the_config_file_always_holds_the_refresh_token_that_is_good(
    tmp_path_factory: pytest.TempPathFactory,
    troubles: list[Trouble],
    steps: list[str],
    rotates: bool,
) -> None:
    path = written(tmp_path_factory.mktemp("config") / "config.json")
    vendor = Vendor(*troubles, rotates=rotates, expires_in=3_600)
    run = Run(vendor, path)
    actions: dict[str, Callable[[], object]] = {
        "sign": run.sign,
        "refused": lambda: run.sign() and run.token.renew(),
        "expired": lambda: run.clock.advance(3_600),
        "new run": lambda: Run(vendor, path).sign(),
    }
    for step in steps:
        with suppress(Unreachable):
            actions[step]()
        assert saved(path)["refresh_token"] == vendor.good


def test_a_reply_that_is_lost_on_its_way_back_takes_a_single_use_token_with_it(path: Path) -> None:
    """The vendor has counted the use. All that a tap can do is to ask again, and to say so."""
    vendor = Vendor(LOST_AFTER)
    with pytest.raises(CredentialsRefused, match="authorise the client anew"):
        Run(vendor, path).sign()
    assert len(vendor.asked) == 2
