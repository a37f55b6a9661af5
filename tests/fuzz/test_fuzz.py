"""A small part of what ``make fuzz`` tries: each way to spoil replies, and each kind of file."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fuzz.cases import case, tried
from tests.fuzz.files import KINDS, file_case, file_problems
from tests.fuzz.mutations import MUTATIONS
from tests.fuzz.subjects import NAMES

FOUND = (26, 107, 230)
"""Cases that found something: full tables activated without the rows below a list that failed."""


@pytest.mark.parametrize(("seed", "mutation"), list(enumerate(sorted(MUTATIONS))))
def test_no_spoilt_reply_does_harm(seed: int, mutation: str) -> None:
    tap = NAMES[seed % len(NAMES)]
    assert tried(case(seed, tap, mutation)).problems == []


@pytest.mark.parametrize("tap", NAMES)
@pytest.mark.parametrize("file", KINDS)
def test_no_spoilt_file_does_harm(tap: str, file: Any) -> None:
    assert file_problems(file_case(NAMES.index(tap), tap, file)) == []


@pytest.mark.parametrize("seed", FOUND)
def test_what_was_found_once_is_not_found_again(seed: int) -> None:
    assert tried(case(seed)).problems == []
