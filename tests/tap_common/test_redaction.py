"""Secrets in text: hidden in every spelling in which a vendor may echo them."""

from __future__ import annotations

import base64
import html
import json
import string
from collections.abc import Callable
from itertools import product
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tap_common.redaction import Redactor

KEY = "Qz7+kT/9w=Lm2&xR4vB8"
SPELLINGS: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "URL-encoded": lambda secret: quote(secret, safe=""),
    "as a form field": quote_plus,
    "URL-encoded in lower case": lambda secret: quote(secret, safe="").lower(),
    "in JSON": json.dumps,
    "in JSON of PHP": lambda secret: json.dumps(secret).replace("/", "\\/"),
    "in HTML": html.escape,
    "quoted by Python": repr,
}


def redactor(*secrets: str) -> Redactor:
    made = Redactor()
    made.hide(secrets)
    return made


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("secret", [KEY, "pässwörd", "a\"b\\c'd", "with blanks in it"])
def test_a_secret_is_hidden_in_each_spelling(spelling: str, secret: str) -> None:
    if spelling == "URL-encoded in lower case":
        secret = secret.lower()
    echoed = SPELLINGS[spelling](secret)
    cleaned = redactor(secret).clean(f"no such key <{echoed}> here")
    assert cleaned.replace('"', "").replace("'", "") == "no such key <[hidden]> here"


@pytest.mark.parametrize(
    "login", ["{}:X", "{}:", "me@example.com/token:{}", "me@example.com:{}", "a:{}", "ab:{}"]
)
def test_a_basic_header_is_hidden_for_keys_of_each_length(login: str) -> None:
    for length, padding in product(range(4, 24), ["", "="]):
        key = (string.ascii_letters + string.digits)[-length:]
        header = encoded(login.format(key)).rstrip("=") + padding
        cleaned = redactor(key).clean(f"Authorization: Basic {header}")
        assert cleaned == "Authorization: Basic [hidden]", header


def test_base64_is_hidden_in_the_url_safe_alphabet_and_with_json_escapes() -> None:
    key = "\u00ff\u00fe?>~~\u00fb\u00ff"
    standard = encoded(f"me:{key}")
    assert {"+", "/"} & set(standard)
    for header in (
        standard,
        standard.replace("+", "-").replace("/", "_"),
        standard.replace("/", "\\/"),
        quote(standard, safe=""),
    ):
        cleaned = redactor(key).clean(f"you sent {header}")
        assert cleaned.startswith("you sent [hidden]")
        assert len(cleaned) < len("you sent [hidden]%3D%3D") + 1


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("Authorization: Basic Nzp4", "Authorization: Basic [hidden]"),  # 7:x
        ("Basic bWUvdG9rZW46Nw==", "Basic [hidden]"),  # me/token:7
        ("Authorization: Bearer 7", "Authorization: Bearer [hidden]"),
        ("{'api_key': '7'}", "{'api_key': '[hidden]'}"),
        ('{"api_key":"7"}', '{"api_key":"[hidden]"}'),
        ("api_key=7&page=17", "api_key=[hidden]&page=17"),
        ("api_key%3D7", "api_key%3D[hidden]"),
        ("no key 7 in 27 rows, 7 requests", "no key 7 in 27 rows, 7 requests"),
    ],
)
def test_a_secret_of_few_characters_is_hidden_where_a_value_stands(text: str, cleaned: str) -> None:
    assert redactor("7").clean(text) == cleaned


def test_the_longer_of_two_secrets_is_hidden_first() -> None:
    assert redactor("secret", "secret-of-acme").clean("secret-of-acme") == "[hidden]"


def test_words_that_hold_no_secret_stay() -> None:
    text = "GET /api/v2/tickets?page=2: HTTP 403: access_denied: You can't see QWxhZGRpbg=="
    assert redactor(KEY, "7").clean(text) == text
    assert Redactor().clean(text) == text


@given(
    st.text(st.characters(min_codepoint=32, codec="utf-8"), min_size=4, max_size=40),
    st.text(max_size=20),
    st.text(max_size=20),
    st.sampled_from(sorted(SPELLINGS.keys() - {"URL-encoded in lower case"})),
)
@example(KEY, "", "", "as it is")
def test_no_secret_survives_in_any_place(
    secret: str, before: str, after: str, spelling: str
) -> None:
    echoed = SPELLINGS[spelling](secret)
    cleaned = redactor(secret).clean(f"{before}<{echoed}>{after}")
    assert "<" in cleaned
    assert echoed.strip("\"'") not in cleaned.replace("[hidden]", "\0")


@given(
    st.text(st.characters(codec="utf-8"), min_size=4, max_size=40),
    st.text(st.characters(codec="utf-8"), max_size=9),
    st.text(st.characters(codec="utf-8"), max_size=9),
)
def test_no_secret_survives_inside_base64(secret: str, before: str, after: str) -> None:
    header = encoded(before + secret + after)
    assert redactor(secret).clean(f" {header} ") == " [hidden] "
