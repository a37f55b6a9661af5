"""Text for people: nothing in it controls a terminal, reorders a line or hides from the eye."""

from __future__ import annotations

import io
import logging
import unicodedata
from contextlib import redirect_stderr, redirect_stdout

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_common import log
from tap_common.redaction import Redactor
from tap_common.terminal import one_line, visible

DANGEROUS = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred\x1b[0m", "\\x1b[31mred\\x1b[0m"),
        ("bell\a", "bell\\x07"),
        ("\x7f", "\\x7f"),
        ("\x9b31m", "\\x9b31m"),
        ("\u202egnp.exe", "\\u202egnp.exe"),
        ("zero\u200bwidth\ufeff", "zero\\u200bwidth\\ufeff"),
        ("half \ud83d", "half \\ud83d"),
        ("tag \U000e0041", "tag \\U000e0041"),
        ("Grüße, 你好 \N{SLICE OF PIZZA}", "Grüße, 你好 \N{SLICE OF PIZZA}"),
        ("a\tb\rc\0", "a\\tb\\rc\\x00"),
        ("two\nlines", "two\nlines"),
    ],
)
def test_what_can_not_be_printed_is_made_visible(text: str, shown: str) -> None:
    assert visible(text) == shown


@given(st.text())
def test_no_dangerous_character_is_left(text: str) -> None:
    assert not {unicodedata.category(one) for one in visible(text) if one != "\n"} & DANGEROUS
    assert one_line(text).isprintable()


def test_every_line_of_the_log_is_one_line_without_controls_and_secrets() -> None:
    log.REDACTOR.hide(["key-of-acme"])
    with redirect_stderr(io.StringIO()) as stderr:
        log.configure()
        log.LOGGER.warning("%s: \x1b]0;title\a", "field\u202e")
        try:
            raise ValueError("key-of-acme\nand more")
        except ValueError as error:
            log.LOGGER.exception("failed: %s", error)
    assert stderr.getvalue() == (
        "WARNING field\\u202e: \\x1b]0;title\\x07\nERROR failed: [hidden] and more\n"
    )


def test_what_is_shown_on_stdout_keeps_its_lines_and_no_secret() -> None:
    log.REDACTOR.hide(["key-of-acme"])
    with redirect_stdout(io.StringIO()) as stdout:
        log.show("tickets  reachable\nagents   HTTP 403: \x1b[2J key-of-acme")
    assert stdout.getvalue() == "tickets  reachable\nagents   HTTP 403: \\x1b[2J [hidden]\n"


@pytest.mark.parametrize("cut", range(1, 30))
def test_a_text_is_cut_after_its_secrets_are_hidden(cut: int) -> None:
    log.REDACTOR.hide(["key-of-acme"])
    excerpt = log.excerpt("you sent key-of-acme, go", cut)
    assert excerpt == (
        "you sent [hidden], go"[:cut] + "..." if cut < 21 else "you sent [hidden], go"
    )


def test_of_a_huge_text_only_the_beginning_is_looked_at() -> None:
    log.REDACTOR.hide(["key-of-acme"])
    assert log.excerpt("a word, " * 40_000_000, 10) == "a word, a ..."
    looked_at = 200 + log.LOOKED_AT + log.REDACTOR.longest
    for size in range(looked_at - 20, looked_at + 40):
        text = log.excerpt("key-of-acme" * (size // 11) + "x" * (size % 11) + "key-of-acme", 200)
        assert "key" not in text
        assert len(text) <= 203


def test_a_line_of_the_log_has_an_end() -> None:
    with redirect_stderr(io.StringIO()) as stderr:
        log.configure()
        log.LOGGER.warning("name, " * 1_000_000)
    assert len(stderr.getvalue()) < 10_100


@pytest.fixture(autouse=True)
def _a_fresh_log(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log, "REDACTOR", Redactor())
    monkeypatch.setattr(log.LOGGER, "handlers", [])
    monkeypatch.setattr(log.LOGGER, "propagate", log.LOGGER.propagate)
    monkeypatch.setattr(log.LOGGER, "level", logging.NOTSET)
