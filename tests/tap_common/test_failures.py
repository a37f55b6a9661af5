"""What a response means: for any answer there is a verdict, and it shows no secret."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from requests.structures import CaseInsensitiveDict

from tap_common import log
from tap_common.errors import StreamRefused
from tap_common.failures import Expired, Failed, Throttled, Transient, classify
from tap_common.vendor import Reply, Request
from tap_common.wire import Answer
from tests.clock import START
from tests.tap_common.script import vendor

TICKETS = Request("tickets", "tickets")
TEXT = st.text(max_size=30)
HEADERS = st.dictionaries(
    st.sampled_from(["Content-Type", "Location", "Retry-After", "Date"]),
    TEXT | st.sampled_from(["http://[::1", "application/json; charset=", "9" * 500, "-1"]),
)
BODIES = st.binary(max_size=30) | st.sampled_from(
    [b"{}", b"[]", b'{"error": "x"}', b'{"error": "x", "message": ["y"]}', b"[" * 5_000]
)


def verdict(status: int, body: bytes = b"", **headers: str) -> Any:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return classify(vendor(), TICKETS, Answer(status, CaseInsensitiveDict(named), body), START)


@given(st.integers(100, 999), BODIES, HEADERS)
def test_every_answer_has_a_verdict(status: int, body: bytes, headers: dict[str, str]) -> None:
    answer = Answer(status, CaseInsensitiveDict(headers), body)
    found = classify(vendor(), TICKETS, answer, START)
    if status < 300:
        assert isinstance(found, Reply | Transient)
    elif status == 429:
        assert isinstance(found, Throttled)
        assert found.seconds is None or found.seconds >= 0
    elif status >= 500:
        assert isinstance(found, Transient)
        assert found.pause >= 0
    else:
        assert isinstance(found, Failed | Transient)
    if isinstance(found, Failed | Transient):
        assert len(str(found.error)) < 800


@pytest.mark.parametrize(
    ("status", "body", "may_help"),
    [
        (200, b'{"tickets": [{"id"', True),
        (200, b"", True),
        (200, b"\n<html>Maintenance</html>", False),
        (204, b"", False),
    ],
)
def test_a_smaller_page_may_help_only_where_the_body_may_be_cut_off(
    status: int, body: bytes, may_help: bool
) -> None:
    found = verdict(status, body)
    assert isinstance(found, Transient)
    assert found.size_related == may_help


@pytest.mark.parametrize("status", [402, 403, 404, 410])
def test_what_an_account_does_not_have_is_refused(status: int) -> None:
    found = verdict(status)
    assert isinstance(found, Failed)
    assert isinstance(found.error, StreamRefused)


@pytest.mark.parametrize("status", [408, 409])
def test_what_every_vendor_may_answer_for_a_while_is_tried_again(status: int) -> None:
    assert isinstance(verdict(status), Transient)


def test_a_401_is_expired_only_where_credentials_can_be_renewed() -> None:
    answer = Answer(401, {}, b"")
    assert isinstance(classify(vendor(), TICKETS, answer, START), Failed)
    renewable = vendor(renew=lambda: True)
    assert isinstance(classify(renewable, TICKETS, answer, START), Expired)


@pytest.mark.parametrize(
    ("status", "body", "headers"),
    [
        (400, b'{"error": "bad", "message": "%s"}', {}),
        (400, b'{"error": "%s"}', {}),
        (403, b"<html>", {"Content_Type": "%s"}),
        (200, b"<html>", {"Content_Type": "%s"}),
        (301, b"", {"Location": "https://%s/"}),
    ],
)
def test_texts_of_a_vendor_are_cut_after_secrets_are_hidden(
    status: int, body: bytes, headers: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    redactor = type(log.REDACTOR)()
    redactor.hide(["secret-of-acme-0123456789"])
    monkeypatch.setattr(log, "REDACTOR", redactor)
    long = "x" * 190 + "secret-of-acme-0123456789" + "y" * 500
    filled = {name: value.replace("%s", long) for name, value in headers.items()}
    found = verdict(status, body.replace(b"%s", long.encode()), **filled)
    text = str(found.error)
    assert "secret" not in text
    assert "x" * 190 in text
    assert "y" * 50 not in text


def test_an_error_keeps_status_code_and_body() -> None:
    found = verdict(404, b'{"error": "gone", "more": 7}')
    assert isinstance(found.error, StreamRefused)
    assert (found.error.status, found.error.code) == (404, "gone")
    assert found.error.body == {"error": "gone", "more": 7}
