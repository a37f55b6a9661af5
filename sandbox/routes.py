"""Endpoints as data: what stands in a vendor's data/routes about each path. See DATA.md."""

import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, NamedTuple

from sandbox.table import Row

Reader = Callable[[Row, Any], Any]


class Route(NamedTuple):
    """An endpoint: its entry, and how it answers a call."""

    spec: Row
    read: Callable[[Any], Any]


class Routes(dict[str, Route]):
    """The endpoints of a vendor by their paths.

    The first word of an entry names its reader, and "answer" the reader that has this name.
    """

    def __init__(self, entries: Mapping[str, Row], readers: Mapping[str, Reader]) -> None:
        super().__init__()
        for path, spec in entries.items():
            kind, name = next(iter(spec.items()))
            read = readers[name if kind == "answer" else kind]
            self[path] = Route(spec, partial(read, spec))
        self._keyed = {
            path: re.compile(path.replace("{id}", r"(\d+)").replace("{key}", "([^/]+)"))
            for path in entries
            if "{key}" in path
        }

    def find(self, path: str) -> tuple[str, list[Any]]:
        """Returns the endpoint of a path, such as tickets/{id}/audits, and the ids that it names.

        The endpoint need not exist.
        """
        parts = [_id(part) for part in path.rstrip("/").split("/")]
        endpoint = "/".join("{id}" if isinstance(part, int) else part for part in parts)
        if endpoint not in self:
            for keyed, pattern in self._keyed.items():
                if found := pattern.fullmatch(path):
                    return keyed, [_id(text) for text in found.groups()]
        return endpoint, [part for part in parts if isinstance(part, int)]


def _id(text: str) -> int | str:
    return int(text) if text.isascii() and text.isdigit() else text
