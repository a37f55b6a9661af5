"""How an API says no."""

from collections.abc import Mapping
from typing import Any

from sandbox.faults import HTML
from sandbox.template import fill, load
from sandbox.wire import Reply, json_reply


class Refusal(Exception):
    """A request that is answered with an error of data/errors.json: its name there, or a status.

    Its body is filled with ``values``.
    """

    def __init__(self, error: str | int, /, **values: Any) -> None:
        super().__init__(error)
        self.error, self.values = error, values


class Errors:
    """What a vendor says in data/errors.json beside a module: a status and a body by name."""

    def __init__(self, module_file: str) -> None:
        self._bodies: dict[str, tuple[int, Any]] = load(module_file, "errors")

    def reply(self, refusal: Refusal) -> Reply:
        """Returns the reply to a request that is refused."""
        if isinstance(refusal.error, int):
            return self.by_status(refusal.error)
        return _reply(*self._bodies[refusal.error], refusal.values)

    def by_status(self, status: int) -> Reply:
        """Returns the vendor's reply for a status: the one of this name, or that named "other".

        Machines in front of the API send HTML (inferred).
        """
        if str(status) in self._bodies:
            return self.reply(Refusal(str(status)))
        if status >= 500:
            return Reply(status, HTML, {"Content-Type": "text/html; charset=utf-8"})
        _, body = self._bodies.get("other", (status, None))
        return _reply(status, body, {})


def _reply(status: int, body: Any, values: Mapping[str, Any]) -> Reply:
    if body is None:
        return Reply(status)
    if isinstance(body, str):
        return Reply(status, body.encode(), {"Content-Type": "text/plain"})
    return json_reply(fill(body, values), status)
