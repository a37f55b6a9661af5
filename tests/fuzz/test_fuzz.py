"""A small part of what ``make fuzz`` tries: each way to spoil replies, and each kind of file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.fuzz.cases import Case, case, tried, tried_by_command
from tests.fuzz.files import KINDS, file_case, file_problems
from tests.fuzz.mutations import MUTATIONS
from tests.fuzz.subjects import NAMES

CHANCE = 0.2
"""Share of the replies that are spoilt, enough for each small account to have one."""


@pytest.mark.parametrize(("seed", "mutation"), list(enumerate(sorted(MUTATIONS))))
def test_no_spoilt_reply_does_harm(seed: int, mutation: str) -> None:
    chosen = case(seed, NAMES[seed % len(NAMES)], mutation)
    result = tried(replace(chosen, endpoint="", first=0, chance=CHANCE))
    assert result.struck > 0
    assert result.problems == []


@pytest.mark.parametrize("tap", NAMES)
@pytest.mark.parametrize("file", KINDS)
def test_no_spoilt_file_does_harm(tap: str, file: Any) -> None:
    assert file_problems(file_case(NAMES.index(tap), tap, file)) == []


@pytest.mark.parametrize("below", ["solutions/folders/N/subfolders", "discussions/forums/N/topics"])
def test_a_full_table_is_not_activated_without_the_rows_below_a_list_that_failed(
    below: str,
) -> None:
    refusing = MUTATIONS["status that refuses"]
    path = f"/api/vN/{below}"
    result = tried(Case(1, "tap-freshdesk", refusing, path, chance=1, first=1, config={}))
    assert result.struck > 0
    assert result.problems == []


@pytest.mark.process
def test_the_real_command_survives_spoilt_replies(tmp_path: Path) -> None:
    mutation = MUTATIONS["odd value"]
    spoilt = Case(1, "tap-freshdesk", mutation, endpoint="", chance=0.1, first=0, config={})
    result = tried_by_command(spoilt, tmp_path / "tap")
    assert result.struck > 0
    assert result.problems == []
