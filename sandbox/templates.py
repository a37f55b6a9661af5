"""Rows as data: JSON templates that are filled with a row's facts and with chance.

A template is JSON in which some forms stand for a value that differs from row to row:

- "=name": the fact of that name. Text with "{name}" in it: the text with the fact inside.
- {"one_of": [a, b]}: one of several, each as likely as the others.
- {"percent": 30, "then": a, "else": b}: a in 30 of 100 rows, else b (null if it isn't given).
- {"below": 5}: a whole number from 0 to 4.
- {"day": 3, "written": "india"}: a time three days after the fact "start", in one of the
  forms of ``WRITTEN``. {"at": "seen"}: the time that the fact "seen" holds in seconds, if any.
- {"key": "agent", "from": 7000}: the number that the fact "agent" holds, counted from 7000. The
  number 0 stands for none.

All else stands for itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import orjson

from sandbox.dice import Dice
from sandbox.times import DAY, stamp, stamp_india, stamp_millis

Facts = Mapping[str, Any]
Fill = Callable[[Dice, Facts], Any]

WRITTEN: dict[str, Callable[[int], str | int]] = {
    "utc": stamp,
    "india": stamp_india,
    "millis": lambda seconds: stamp_millis(seconds, 17),
    "epoch_millis": lambda seconds: 1_000 * seconds + 17,
}


class Template:
    """A template, ready to be filled many times."""

    def __init__(self, form: Any) -> None:
        self._fill = _fill(form)

    def __call__(self, dice: Dice, **facts: Any) -> Any:
        """Return a new value for these facts. KeyError for a fact that is not given."""
        return self._fill(dice, facts)


def load(folder: Path, name: str) -> Any:
    """Return the content of the JSON file ``name`` in ``folder``."""
    return orjson.loads((folder / f"{name}.json").read_bytes())


def load_templates(folder: Path, name: str) -> dict[str, Template]:
    """Return the templates in such a file, by name."""
    return {kind: Template(form) for kind, form in load(folder, name).items()}


def _fill(form: Any) -> Fill:
    """Return the function that makes a value of ``form``."""
    if isinstance(form, str):
        return _text(form)
    if isinstance(form, list):
        items = [_fill(item) for item in form]
        return lambda dice, facts: [fill(dice, facts) for fill in items]
    if not isinstance(form, dict):
        return lambda dice, facts: form
    for name, chosen in _FORMS.items():
        if name in form:
            return chosen(form)
    members = [(name, _fill(member)) for name, member in form.items()]
    return lambda dice, facts: {name: fill(dice, facts) for name, fill in members}


def _text(form: str) -> Fill:
    if form.startswith("="):
        name = form[1:]
        return lambda dice, facts: facts[name]
    if "{" in form:
        return lambda dice, facts: form.format_map(facts)
    return lambda dice, facts: form


def _one_of(form: Facts) -> Fill:
    choices = [_fill(choice) for choice in form["one_of"]]
    return lambda dice, facts: dice.pick(choices)(dice, facts)


def _percent(form: Facts) -> Fill:
    percent, then, otherwise = form["percent"], _fill(form["then"]), _fill(form.get("else"))

    def fill(dice: Dice, facts: Facts) -> Any:
        chosen = then if dice.chance(percent) else otherwise
        return chosen(dice, facts)

    return fill


def _below(form: Facts) -> Fill:
    return lambda dice, facts: dice.below(form["below"])


def _day(form: Facts) -> Fill:
    write = WRITTEN[form.get("written", "utc")]
    return lambda dice, facts: write(facts["start"] + form["day"] * DAY)


def _at(form: Facts) -> Fill:
    name = form["at"]
    return lambda dice, facts: None if facts[name] is None else stamp(facts[name])


def _key(form: Facts) -> Fill:
    name, base = form["key"], form["from"]
    return lambda dice, facts: facts[name] + base if facts[name] else None


_FORMS: dict[str, Callable[[Facts], Fill]] = {
    "one_of": _one_of,
    "percent": _percent,
    "below": _below,
    "day": _day,
    "at": _at,
    "key": _key,
}
