"""Rows written as data: JSON templates whose placeholders are filled in when a row is asked for."""

import re
from collections.abc import Callable, Mapping
from functools import partial, reduce
from operator import getitem
from pathlib import Path
from typing import Any

import orjson

from sandbox import chance
from sandbox.chance import Dice, html, paragraph
from sandbox.times import DAY, stamp, stamp_india, stamp_millis

Values = Mapping[str, Any]
Filled = Callable[[Values, Any], Any]

_NAME = re.compile(r"\$\w+(\.\w+)*")
_PLACEHOLDER = re.compile(r"\$\{([\w.]+):?([^}]*)\}")
WRITTEN: dict[str, Callable[[int], str | int]] = {
    "utc": stamp,
    "india": stamp_india,
    "millis": lambda seconds: stamp_millis(seconds, 17),
    "epoch_millis": lambda seconds: 1_000 * seconds + 17,
}
_COMPILED: dict[int, tuple[Any, Filled]] = {}
"""Templates by their identity, each with the function that fills it."""
MOST_TEMPLATES = 1_000


def load(module_file: str, name: str) -> Any:
    """Returns the content of ``data/<name>.json`` beside the module whose ``__file__`` is given."""
    return orjson.loads((Path(module_file).parent / "data" / f"{name}.json").read_bytes())


def load_all(module_file: str, folder: str) -> dict[str, Any]:
    """Returns what the files in ``data/<folder>`` hold together; no two may have the same name."""
    found: dict[str, Any] = {}
    for path in sorted((Path(module_file).parent / "data" / folder).glob("*.json")):
        entries = orjson.loads(path.read_bytes())
        if twice := found.keys() & entries.keys():
            raise ValueError(f"{path}: {', '.join(sorted(twice))} stand in another file as well")
        found |= entries
    return found


def templates(module_file: str, name: str) -> dict[str, Callable[..., dict[str, Any]]]:
    """Returns the templates of rows in ``data/<name>.json`` as functions of dice and of values.

    Dice may be left out where nothing is thrown.
    """
    return {kind: partial(_made, template) for kind, template in load(module_file, name).items()}


def _made(template: Any, dice: Dice | None = None, /, **values: Any) -> Any:
    return fill(template, values, dice)


def fill(template: Any, values: Values, dice: Dice | None = None) -> Any:
    """Returns a copy of a template with its placeholders replaced, as DATA.md explains them.

    The template must not change afterwards, since what is made of it is kept.
    """
    known = _COMPILED.get(id(template))
    if known is None:
        if len(_COMPILED) >= MOST_TEMPLATES:
            _COMPILED.clear()
        known = _COMPILED[id(template)] = template, _compiled(template)
    return known[1](values, dice)


def _compiled(template: Any) -> Filled:
    """Returns the function that fills a template."""
    if isinstance(template, str):
        return _text(template)
    if isinstance(template, list):
        members = [_compiled(member) for member in template]
        return lambda values, dice: [member(values, dice) for member in members]
    if not isinstance(template, dict):
        return lambda values, dice: template
    form = next(iter(template), "")
    if form.startswith("$"):
        return _FORMS[form](template[form], template)
    fields = [(name, _compiled(member)) for name, member in template.items()]
    return lambda values, dice: {name: member(values, dice) for name, member in fields}


def _text(template: str) -> Filled:
    if "$" not in template:
        return lambda values, dice: template
    if _NAME.fullmatch(template):
        path = template[1:].split(".")
        if len(path) > 1:
            return lambda values, dice: reduce(getitem, path, values)
        return lambda values, dice: values[path[0]]
    return lambda values, dice: _PLACEHOLDER.sub(
        lambda found: format(reduce(getitem, found[1].split("."), values), found[2]), template
    )


def _choice(choices: Any, place: Callable[[Values, Any], int]) -> Filled:
    compiled = [_compiled(choice) for choice in choices]
    return lambda values, dice: compiled[place(values, dice)](values, dice)


def _if(template: Any, holds: Callable[[Values, Any], bool]) -> Filled:
    return _choice((template.get("no"), template["yes"]), holds)


def _day(days: Any, template: Any) -> Filled:
    compiled, write = _compiled(days), WRITTEN[template.get("written", "utc")]
    return lambda values, dice: write(values["start"] + compiled(values, dice) * DAY)


def _at(name: Any, template: Any) -> Filled:
    written, later = template.get("written", "utc"), template.get("plus", 0)
    write = WRITTEN.get(written) or partial(stamp_millis, millis=written)
    return lambda values, dice: None if values[name] is None else write(values[name] + later)


def _key(name: Any, template: Any) -> Filled:
    base = template["from"]
    return lambda values, dice: values[name] + base if values[name] else None


def _every(step: Any, template: Any) -> Filled:
    rest = template.get("from", 0)
    return _if(template, lambda values, dice: values["n"] % step == rest)


_FORMS: dict[str, Callable[[Any, Any], Filled]] = {
    "$pick": lambda choices, _: _choice(choices, lambda values, dice: dice.below(len(choices))),
    "$cycle": lambda choices, _: _choice(choices, lambda values, dice: values["n"] % len(choices)),
    "$chance": lambda percent, form: _if(form, lambda values, dice: dice.chance(percent)),
    "$every": _every,
    "$day": _day,
    "$key": _key,
    "$at": _at,
    "$below": lambda limit, _: lambda values, dice: dice.below(limit),
    "$text": lambda sentences, _: lambda values, dice: paragraph(dice, sentences),
    "$html": lambda sentences, _: lambda values, dice: html(paragraph(dice, sentences)),
    "$word": lambda name, _: lambda values, dice: dice.pick(getattr(chance, name)),
}
