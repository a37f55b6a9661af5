"""Rows written as data: JSON templates whose placeholders are filled in when a row is asked for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson

from sandbox import words
from sandbox.dice import Dice
from sandbox.times import DAY, stamp
from sandbox.words import html, paragraph

_PLACEHOLDER = re.compile(r"\$\{(\w+)\}")


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


def fill(template: Any, values: Mapping[str, Any], dice: Dice | None = None) -> Any:
    """Returns a copy of a template with its placeholders replaced.

    A text that is just "$name" becomes the value of that name, of any type. Inside a longer text,
    "${name}" becomes the value's text. These objects are replaced, most by a throw of ``dice``:

    - {"$pick": [a, b]}: one of the list
    - {"$chance": 20, "yes": a, "no": b}: ``a`` in 20 percent of rows
    - {"$below": 600}: a number from 0 to 599
    - {"$text": 3}, {"$html": 3}: so many sentences
    - {"$day": 3}: a time so many days after the value ``start``
    - {"$cycle": [a, b]}: the member at the row's number ``n``, round and round
    - {"$every": 7, "from": 3, "yes": a, "no": b}: ``a`` where ``n`` leaves 3 (default: 0) if it is
      divided by 7; ``b`` (default: null) elsewhere
    - {"$word": "TAGS"}: one of a list in sandbox.words
    """
    kind = type(template)
    if kind is str:
        if "$" not in template:
            return template
        if template[0] == "$" and template[1:].isidentifier():
            return values[template[1:]]
        return _PLACEHOLDER.sub(lambda found: str(values[found[1]]), template)
    if kind is list:
        return [fill(member, values, dice) for member in template]
    if kind is not dict:
        return template
    name = next(iter(template), "")
    if not name.startswith("$"):
        return {name: fill(member, values, dice) for name, member in template.items()}
    return _chosen(name, template, values, dice)


def _chosen(name: str, template: Mapping[str, Any], values: Mapping[str, Any], dice: Any) -> Any:
    argument = template[name]
    if name == "$cycle":
        return fill(argument[values["n"] % len(argument)], values, dice)
    if name == "$day":
        return stamp(values["start"] + fill(argument, values, dice) * DAY)
    if name == "$below":
        return dice.below(argument)
    if name == "$text":
        return paragraph(dice, argument)
    if name == "$html":
        return html(paragraph(dice, argument))
    if name == "$pick":
        return fill(dice.pick(argument), values, dice)
    if name == "$word":
        return dice.pick(getattr(words, argument))
    if name == "$every":
        is_meant = values["n"] % argument == template.get("from", 0)
        return fill(template["yes"] if is_meant else template.get("no"), values, dice)
    return fill(template["yes" if dice.chance(argument) else "no"], values, dice)
