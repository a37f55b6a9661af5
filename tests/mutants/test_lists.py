"""The lists of mutations are current: each changes code that stands there once."""

from __future__ import annotations

from functools import cache

from tests.harness import ROOT
from tests.mutants.mutants import listed

MUTANTS = listed()


@cache
def source(file: str) -> str:
    return (ROOT / file).read_text("utf-8")


def test_each_mutation_changes_code_that_is_there() -> None:
    for mutant in MUTANTS:
        assert mutant.applied(source(mutant.file)) != source(mutant.file), mutant


def test_the_tests_that_must_notice_are_there() -> None:
    for test in {test for mutant in MUTANTS for test in mutant.tests}:
        assert (ROOT / test).exists(), test


def test_no_mutation_is_listed_twice() -> None:
    assert len(set(MUTANTS)) == len(MUTANTS)
