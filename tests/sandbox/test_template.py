"""Each form of a template, by examples."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox import chance, template
from sandbox.chance import Dice
from sandbox.template import fill

VALUES = {"n": 10, "id": 7, "name": "Ada", "none": None, "start": 0, "seen": 86_400, "nobody": 0}
EXAMPLES: list[tuple[Any, Any]] = [
    (3, 3),
    (None, None),
    ("plain", "plain"),
    ("$id", 7),
    ("$none", None),
    ("${name} ${id}", "Ada 7"),
    ("${id:03d}", "007"),
    ("$5 for ${name}", "$5 for Ada"),
    (["$id", {"a": ["$name"]}], [7, {"a": ["Ada"]}]),
    ({}, {}),
    ({"$cycle": ["a", "b", "$name"]}, "b"),
    ({"$every": 5, "yes": "$id", "no": 0}, 7),
    ({"$every": 4, "from": 2, "yes": "$id"}, 7),
    ({"$every": 4, "yes": "$id"}, None),
    ({"$day": 3}, "1970-01-04T00:00:00Z"),
    ({"$day": 0, "written": "india"}, "1970-01-01T05:30:00+05:30"),
    ({"$at": "seen"}, "1970-01-02T00:00:00Z"),
    ({"$at": "none"}, None),
    ({"$key": "id", "from": 100}, 107),
    ({"$key": "nobody", "from": 100}, None),
    ({"$chance": 100, "yes": "$id"}, 7),
    ({"$chance": 0, "yes": "$id"}, None),
]


@pytest.mark.parametrize(("form", "value"), EXAMPLES, ids=str)
def test_a_form_stands_for_a_value(form: Any, value: Any) -> None:
    assert fill(form, VALUES, Dice("example")) == value


def test_chance_falls_in_the_order_of_the_template() -> None:
    form = {
        "a": {"$below": 9},
        "b": {"$pick": [1, 2, 3]},
        "c": {"$word": "TAGS"},
        "d": {"$text": 2},
    }
    dice = Dice("example")
    below, pick, word = dice.below(9), dice.pick([1, 2, 3]), dice.pick(chance.TAGS)
    text = chance.paragraph(dice, 2)
    assert fill(form, {}, Dice("example")) == {"a": below, "b": pick, "c": word, "d": text}


def test_each_row_is_a_copy_of_its_own() -> None:
    form = {"list": ["a"], "object": {"b": []}}
    one, other = fill(form, {}), fill(form, {})
    one["list"].append("c")
    one["object"]["b"].append("d")
    assert other == form == {"list": ["a"], "object": {"b": []}}


def test_more_templates_than_are_kept_are_filled_rightly() -> None:
    forms = [{"id": "$id", "n": number} for number in range(template.MOST_TEMPLATES + 10)]
    filled = [fill(form, VALUES) for form in [*forms, *forms]]
    assert filled == [{"id": 7, "n": form["n"]} for form in [*forms, *forms]]
