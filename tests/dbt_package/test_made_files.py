"""The parts of the dbt package that follow from the taps are complete."""

from __future__ import annotations

from docs.dbt_models import MODELS, files
from tests.harness import ROOT


def test_nothing_lies_beside_the_made_files() -> None:
    there = {path for folder in ("sources", "tickets") for path in (MODELS / folder).iterdir()}
    assert there == set(files())


def test_the_made_files_are_current() -> None:
    stale = [str(path) for path, text in files().items() if path.read_text("utf-8") != text]
    assert stale == [], "run python -m docs.make"


def test_every_table_of_the_taps_is_in_the_sources() -> None:
    for path in sorted((ROOT / "schemas").glob("*/*.json")):
        source = MODELS / "sources" / f"{path.parent.name.removeprefix('tap_')}.yml"
        assert f"\n      - name: {path.stem}\n" in source.read_text("utf-8")
