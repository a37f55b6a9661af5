"""The account's rows, the endpoints, plans and errors, as JSON."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson

from sandbox.dice import Dice
from sandbox.template import fill

Template = Callable[..., Any]
"""Makes a row with dice and with the values of the template's placeholders."""


def load(name: str) -> Any:
    """Return the content of a JSON file in this folder."""
    return orjson.loads((Path(__file__).parent / f"{name}.json").read_bytes())


def load_templates(name: str) -> dict[str, Template]:
    """Return the templates in such a file, by name."""
    return {kind: _made(template) for kind, template in load(name).items()}


def _made(template: Any) -> Template:
    def made(dice: Dice, **values: Any) -> Any:
        return fill(template, values, dice)

    return made
