"""The lists of mutations are current: each changes code that stands there once."""

from __future__ import annotations

import pytest

from tests.harness import ROOT
from tests.mutants.mutants import Mutant, listed

MUTANTS = listed()


@pytest.mark.parametrize("mutant", MUTANTS, ids=str)
def test_a_mutation_changes_code_that_is_there(mutant: Mutant) -> None:
    source = (ROOT / mutant.file).read_text("utf-8")
    assert mutant.applied(source) != source
    for test in mutant.tests:
        assert (ROOT / test).exists(), test


def test_no_mutation_is_listed_twice() -> None:
    assert len(set(MUTANTS)) == len(MUTANTS)
