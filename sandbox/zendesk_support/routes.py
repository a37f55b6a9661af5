"""Every endpoint: data/routes.json says how it answers, whose quota it uses, and who may ask.

``list`` names the stream of a list, ``export`` and ``changed`` those of an incremental export over
a big or a small stream, ``one`` a stream of which the path names a row, and ``answer`` a function
of answers.py.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sandbox.table import Row
from sandbox.template import load
from sandbox.zendesk_support import answers, errors, exports, lists
from sandbox.zendesk_support.call import Call, Route


def _one(stream: str, envelope: str) -> Callable[[Call], Row]:
    def answer(call: Call) -> Row:
        if row := call.account.table(stream).get(call.ids[0]):
            return {envelope: row}
        raise errors.refuse(404)

    return answer


def _reader(spec: Row) -> Callable[[Call], Any]:
    if "list" in spec:
        return lists.reader(spec)
    if "export" in spec:
        return exports.reader(spec["export"], spec["by"])
    if "changed" in spec:
        return exports.of_table(spec["changed"], spec.get("last_has_next", True))
    if "one" in spec:
        return _one(spec["one"], spec["envelope"])
    answer: Callable[[Call], Any] = getattr(answers, spec["answer"])
    return answer


ROUTES = {
    path: Route(
        _reader(spec),
        bucket=spec.get("bucket", ""),
        feature=spec.get("feature", ""),
        admin=spec.get("admin", False),
        export=spec.get("export", ""),
    )
    for path, spec in load(__file__, "routes").items()
}
