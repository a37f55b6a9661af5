"""Every endpoint: data/routes/ says how it answers, whose quota it uses, and who may ask.

``list`` names the stream of a list, ``export`` and ``changed`` those of an incremental export over
a big or a small stream, ``children`` what lies below the row that the path names, and ``answer`` a
function of answers.py. In a path, ``{id}`` stands for a number and ``{key}`` for any
word.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import Any

from sandbox.table import Row
from sandbox.template import load_all
from sandbox.zendesk_support import answers, exports, lists
from sandbox.zendesk_support.call import Call, Route


def _reader(spec: Row) -> Callable[[Call], Any]:
    by_kind: dict[str, Callable[[Row, Call], Row]] = {
        "list": lists.answer,
        "records": exports.records,
        "export": exports.answer,
        "changed": exports.changed,
        "children": answers.children,
    }
    for kind, reader in by_kind.items():
        if kind in spec:
            return partial(reader, spec)
    answer: Callable[[Call], Any] = getattr(answers, spec["answer"])
    return answer


ROUTES = {
    path: Route(
        _reader(spec),
        bucket=spec.get("bucket", ""),
        feature=spec.get("feature", ""),
        admin=spec.get("admin", False),
        export=spec.get("export", ""),
        churn=spec.get("churn", ""),
    )
    for path, spec in load_all(__file__, "routes").items()
}
_KEYED = {
    path: re.compile(path.replace("{id}", r"(\d+)").replace("{key}", "([^/]+)"))
    for path in ROUTES
    if "{key}" in path
}


def find(path: str) -> tuple[str, list[Any]]:
    """Returns the endpoint of a path, such as tickets/{id}/audits, and the ids that it names.

    The endpoint need not exist.
    """
    parts = path.split("/")
    endpoint = "/".join("{id}" if _is_number(part) else part for part in parts)
    if endpoint not in ROUTES:
        for keyed, pattern in _KEYED.items():
            if found := pattern.fullmatch(path):
                return keyed, [_id(text) for text in found.groups()]
    return endpoint, [int(part) for part in parts if _is_number(part)]


def _id(text: str) -> int | str:
    return int(text) if _is_number(text) else text


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit()
