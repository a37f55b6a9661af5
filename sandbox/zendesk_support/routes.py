"""Every endpoint: data/routes/ says how it answers, whose quota it uses, and who may ask.

``list`` names the stream of a list, ``export`` that of an incremental export, ``children`` what
lies below the row that the path names, and ``answer`` a function of answers.py. ``bucket`` is the
endpoint's own limit, ``feature`` what the plan must have, and ``churn`` the stream of which the
option may change rows. In a path, ``{id}`` stands for a number and ``{key}`` for any word.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

from sandbox.table import Row
from sandbox.template import load_all
from sandbox.zendesk_support import answers, exports, lists
from sandbox.zendesk_support.call import Call

_READERS: dict[str, Callable[[Row, Call], Row]] = {
    "list": lists.answer,
    "export": exports.answer,
    "children": answers.children,
}


class Route(NamedTuple):
    """An endpoint as its entry in data/routes/ describes it, and how it answers."""

    spec: Row
    read: Callable[[Call], Any]

    @classmethod
    def of(cls, spec: Row) -> Route:
        """Returns the endpoint that an entry describes."""
        for kind, reader in _READERS.items():
            if kind in spec:
                return cls(spec, partial(reader, spec))
        return cls(spec, getattr(answers, spec["answer"]))


ROUTES = {path: Route.of(spec) for path, spec in load_all(__file__, "routes").items()}
_KEYED = {
    path: re.compile(path.replace("{id}", r"(\d+)").replace("{key}", "([^/]+)"))
    for path in ROUTES
    if "{key}" in path
}


def find(path: str) -> tuple[str, list[Any]]:
    """Returns the endpoint of a path, such as tickets/{id}/audits, and the ids that it names.

    The endpoint need not exist.
    """
    parts = [_id(part) for part in path.split("/")]
    endpoint = "/".join("{id}" if isinstance(part, int) else part for part in parts)
    if endpoint not in ROUTES:
        for keyed, pattern in _KEYED.items():
            if found := pattern.fullmatch(path):
                return keyed, [_id(text) for text in found.groups()]
    return endpoint, [part for part in parts if isinstance(part, int)]


def _id(text: str) -> int | str:
    return int(text) if text.isascii() and text.isdigit() else text
