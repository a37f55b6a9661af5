"""How an API says no."""

from __future__ import annotations

from typing import Any

from sandbox.faults import HTML
from sandbox.template import fill, load
from sandbox.wire import Refusal, Reply, json_reply


class Errors:
    """What a vendor says in data/errors.json beside a module: a status and a body by name.

    A body that is a text is sent as plain text, and null is an empty one. A name may be a status.
    """

    def __init__(self, module_file: str) -> None:
        self._bodies: dict[str, tuple[int, Any]] = load(module_file, "errors")

    def reply(self, name: str, status: int = 0, **values: Any) -> Reply:
        """Returns the reply of this name, its body filled with ``values``.

        Another ``status`` may replace its own.
        """
        own, body = self._bodies[name]
        status = status or own
        if body is None:
            return Reply(status)
        if isinstance(body, str):
            return Reply(status, body.encode(), {"Content-Type": "text/plain"})
        return json_reply(fill(body, values), status)

    def by_status(self, status: int) -> Reply:
        """Returns the vendor's reply for a status: the one of this name, or that named "other".

        Machines in front of the API send HTML (inferred).
        """
        if str(status) in self._bodies:
            return self.reply(str(status))
        if status >= 500:
            return Reply(status, HTML, {"Content-Type": "text/html; charset=utf-8"})
        return self.reply("other", status) if "other" in self._bodies else Reply(status)

    def no(self, name: str, **values: Any) -> Refusal:
        """Returns the refusal of this name."""
        return Refusal(self.reply(name, **values))

    def refuse(self, status: int) -> Refusal:
        """Returns the refusal with this status."""
        return Refusal(self.by_status(status))
