"""The side door ``/_sandbox/``: for a test, demo or benchmark in another process."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import orjson

from sandbox.app import App
from sandbox.faults import Faults
from sandbox.log import RequestLog
from sandbox.wire import Reply, Request, json_reply

PREFIX = "/_sandbox/"


class Control:
    """Answers the control endpoints."""

    def __init__(self, app: App[Any, Any, Any], faults: Faults, log: RequestLog) -> None:
        self._actions: dict[tuple[str, str], Callable[[Any], Any]] = {
            ("GET", "stats"): lambda _: log.stats(),
            ("GET", "log"): lambda _: [entry._asdict() for entry in list(log.entries)],
            ("GET", "faults"): lambda _: faults.to_json(),
            ("GET", "options"): lambda _: asdict(app.options),
            ("GET", "truth"): lambda query: app.rows(query["stream"]),
            ("POST", "reset-stats"): lambda _: log.reset(),
            ("POST", "faults"): faults.set,
            ("POST", "options"): app.options.update,
            ("POST", "live"): lambda given: app.changes.live(**given),
            ("POST", "change"): lambda given: app.changes.do(**given),
        }

    def answer(self, request: Request) -> Reply:
        """Does as told; 400 with the reason if that makes no sense."""
        action = self._actions.get((request.method, request.path.removeprefix(PREFIX)))
        if action is None:
            return json_reply({"error": "no such control endpoint"}, 404)
        try:
            asked, sent = dict(request.query), orjson.loads(request.body or b"{}")
            return json_reply(action(asked if request.method == "GET" else sent))
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            return json_reply({"error": f"{type(error).__name__}: {error}"}, 400)
