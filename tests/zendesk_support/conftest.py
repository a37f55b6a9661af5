from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from hypothesis import Phase, settings

from sandbox.zendesk_support import Account, Options, ZendeskSupportServer, serve
from tap_zendesk_support.tap import TAP
from tests.clock import SimulatedClock
from tests.harness import Run
from tests.inprocess import Offline
from tests.truth import Row, assert_holds, assert_includes, selected, unread
from tests.zendesk_support.truth import Mode, expected, key_of

START = "2015-01-01T00:00:00Z"
NOW = datetime(2026, 6, 2, tzinfo=UTC)
"""A day after the last change in an account as it is built."""
ALL = tuple(stream.name for stream in TAP.streams)
"""Every stream of the tap."""
EACH_WAY = (
    *("tickets", "zendesk_ticket_metrics", "users", "user_identities", "organizations"),
    *("audits", "ticket_comments", "ticket_events", "ticket_metric_events", "conversation_log"),
    *("zendesk_macros", "zendesk_tags", "satisfaction_ratings", "survey_responses", "audit_logs"),
    *("agent_skills", "talk_calls", "articles", "article_translations", "posts", "post_votes"),
    *("side_conversation_events", "side_conversations", "custom_object_records"),
)
"""Streams of each way of reading: what concerns the way is tested with them alone."""
PER_TICKET = {"audits_source": "per_ticket"}
"""Config by which audits and comments are read ticket by ticket."""
HISTORY = ("audits", "ticket_comments", "ticket_events")


def examples(number: int) -> Callable[[Any], Any]:
    """Runs a property with so many examples, the same ones each time."""
    return settings(max_examples=number, deadline=None, derandomize=True, phases=(Phase.generate,))


CATALOGS: dict[tuple[tuple[str, ...], tuple[str, ...]], dict[str, Any]] = {}


class Site:
    """An account, the tap that reads it in this process, and what a target was sent."""

    def __init__(
        self,
        tickets: int = 30,
        *,
        seed: int = 1,
        config: dict[str, Any] | None = None,
        crowd: dict[str, int] | None = None,
        **options: Any,
    ) -> None:
        self.clock = SimulatedClock(NOW)
        crowded: dict[str, Any] = dict(crowd or {})
        self.account = Account(seed=seed, tickets=tickets, clock=self.clock.now, **crowded)
        self.server: ZendeskSupportServer = serve(self.account, Options(**{"limit": 0, **options}))
        self.server.stop()  # requests reach the app without sockets
        known = self.server.credentials
        login = {name: known[name] for name in ("email", "api_token", "subdomain")}
        config = {"base_url": self.server.url, "start_date": START, **login, **(config or {})}
        self.tap = Offline(TAP, self.server, config, self.clock)
        self.changes = self.server.changes
        self.runs: list[Run] = []
        self._sent: dict[str, list[Row]] = {}

    @property
    def options(self) -> Options:
        return self.server.app.options

    def fault(self, kind: Any, **spec: Any) -> None:
        """Switches a fault on, besides those that are on."""
        self.server.faults.add(kind, **spec)

    def catalog(self, *streams: str, without: Sequence[str] = ()) -> dict[str, Any]:
        """A catalog of some streams (none named: all), all selected, not to be changed."""
        key = (streams, tuple(without))
        if key not in CATALOGS:
            found = self.tap.catalog(*streams, without=without)
            wanted = streams or ALL
            kept = [entry for entry in found["streams"] if entry["tap_stream_id"] in wanted]
            CATALOGS[key] = {**found, "streams": kept}
        return CATALOGS[key]

    def run(self, *streams: str, code: int = 0, lines: int | None = None, **given: Any) -> Run:
        """Syncs some streams (none named: all) from where the last run got to.

        The target keeps what it was sent up to the last STATE.
        """
        given.setdefault("catalog", self.catalog(*streams))
        given.setdefault("state", self.state)
        run = self.tap.run(lines=lines, **given)
        if lines is None:
            assert run.code == code, run.err
        kept = run.acknowledged if lines is not None else run
        self.runs.append(kept)
        for message in kept.messages:
            if message["type"] == "RECORD":
                self._sent.setdefault(message["stream"], []).append(message["record"])
        return run

    @property
    def state(self) -> Any:
        """The last STATE that the target acknowledged."""
        known = [run.state for run in self.runs if run.state is not None]
        return known[-1] if known else None

    def sent(self, stream: str) -> list[Row]:
        """Every record of the stream so far, in order."""
        return self._sent.get(stream, [])

    def requests(self) -> list[str]:
        """The endpoints that were asked, in order."""
        entries = self.server.log.entries
        return [entry.endpoint for entry in entries if entry.path.startswith("/api/")]

    def later(self, seconds: int = 120) -> None:
        """Time passes, so that the exports show the last changes."""
        self.clock.advance(seconds)


def live_tickets(site: Site) -> list[int]:
    """The ids of the tickets that lists show."""
    return [number for _, number in site.account.tickets.listed]


def assert_complete(
    site: Site,
    *streams: str,
    mode: Mode = "export",
    catalog: dict[str, Any] | None = None,
    gone: Iterable[tuple[str, Any]] = (),
    **rules: Any,
) -> None:
    """Fails unless a target holds just the rows of the account, with every selected field.

    ``gone`` are the streams and keys of rows that have left the account.
    """
    left = [*gone, *_identities_of_deleted_users(site)]
    catalog = catalog or site.catalog()
    for stream in streams or ALL:
        rows = expected(site.server, stream, mode, **rules)
        chosen = selected(rows, catalog, stream)
        lost = [(key,) for name, key in left if name == stream]
        sent = unread(site.sent(stream))
        assert_holds(chosen, sent, key=key_of(stream), stream=stream, gone=lost)


def assert_audits(site: Site) -> None:
    """Fails unless a target holds every audit, each as the export or as its ticket shows it."""
    by_export = {row["id"]: row for row in expected(site.server, "audits")}
    sent = {row["id"]: row for row in site.sent("audits")}
    wanted = [
        row if sent.get(row["id"]) == row else by_export.get(row["id"], row)
        for row in expected(site.server, "audits", "per_ticket")
    ]
    assert_includes(wanted, site.sent("audits"), stream="audits")


def _identities_of_deleted_users(site: Site) -> Iterable[tuple[str, Any]]:
    """The export of users does not say that identities went with their user."""
    users = {row["id"]: row for row in expected(site.server, "users")}
    for row in site.sent("user_identities"):
        if not users[row["user_id"]]["active"]:
            yield "user_identities", row["id"]
