"""The parts of the dbt package that follow from the taps are current."""

from __future__ import annotations

from docs.dbt_models import MODELS, files
from tests.harness import ROOT


def test_the_made_files_are_current() -> None:
    made = files()
    there = {path for folder in ("sources", "tickets") for path in (MODELS / folder).iterdir()}
    assert {str(path.relative_to(ROOT)) for path in there} == {
        str(path.relative_to(ROOT)) for path in made
    }
    stale = [str(path) for path, text in made.items() if path.read_text("utf-8") != text]
    assert stale == [], "run python -m docs.dbt_models"


def test_every_table_and_column_of_the_taps_is_in_the_sources() -> None:
    for path in sorted((ROOT / "schemas").glob("*/*.json")):
        source = MODELS / "sources" / f"{path.parent.name.removeprefix('tap_')}.yml"
        assert f"\n      - name: {path.stem}\n" in source.read_text("utf-8")
