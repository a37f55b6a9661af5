"""The small streams: settings, the help centre, what happened around tickets; the audit log."""

from collections.abc import Iterator, Mapping
from typing import Any

from sandbox.chance import SUBJECTS, TAGS, Dice
from sandbox.table import Row, without
from sandbox.template import fill, load, load_all, templates
from sandbox.times import DAY, stamp
from sandbox.zendesk_support import ids
from sandbox.zendesk_support.history import History
from sandbox.zendesk_support.population import Size, State, Tickets

_TABLES = load_all(__file__, "tables")
_ROWS, _LOGGED = templates(__file__, "rows"), load(__file__, "rows")["logged"]
Numbered = Iterator[tuple[int, Row]]


class SmallStreams:
    """The rows of the tables, made when they are asked for.

    What lies below other rows lies below those that the account was built with.
    """

    def __init__(self, size: Size, tickets: Tickets, history: History) -> None:
        self._seed, self._size = size.seed, size
        self._tickets, self._history = tickets, history
        self._counts: Mapping[str, int] = {
            "groups": size.grown(3, 5),
            "macros": size.grown(8, 120),
            "articles": max(3, size.count // 100),
            "records": max(6, size.count // 20),
            "agents": size.agents,
        }
        self._rows: dict[str, dict[int, Row]] = {}

    def __contains__(self, stream: str) -> bool:
        return stream in _TABLES

    def rows(self, stream: str) -> dict[int, Row]:
        """Returns the rows of a table by their places, or by the tickets that they are about."""
        if stream not in self._rows:
            table = _TABLES[stream]
            made = self._of_tickets(table) if "tickets" in table else self._alike(stream, table)
            self._rows[stream] = dict(made)
        return self._rows[stream]

    def _alike(self, stream: str, table: Row) -> Numbered:
        for place, (n, own) in enumerate(self._given(table), 1):
            yield place, _row(table, n, own, self._size.start, Dice(stream, self._seed, n))

    def _given(self, table: Row) -> Numbered:
        """Returns each row's number and the columns that are its own."""
        if "rows" in table:
            for n, row in enumerate(table["rows"], 1):
                yield row.get("$n", n), row
        elif "below" in table:
            yield from self._below(table)
        else:
            last = self._counts.get(table["count"], table["count"])
            for n in range(1, last + 1):
                yield n, {"$first": n == 1, "$last": n == last}

    def _below(self, table: Row) -> Numbered:
        every, each = table.get("every", 1), table.get("each", 1)
        step, rest = table.get("skip", (1, 1))
        for number, above in self.rows(table["below"]).items():
            is_parent = number % every == every - 1
            for n in range((number - 1) * each + 1, number * each + 1):
                if is_parent and n % step != rest:
                    yield n, {"$above": above, "$parent": above["id"]}

    def _of_tickets(self, table: Row) -> Numbered:
        (step, rest), only = table["tickets"], table.get("only", "")
        for ticket in self._tickets.built_numbers():
            if ticket % step == rest and self._holds(only, ticket):
                about = {**self._about(ticket), "id": table["ids"] + ticket}
                yield ticket, fill(table["row"], about, Dice(table["one"], self._seed, ticket))

    def _holds(self, only: str, ticket: int) -> bool:
        """Returns whether a condition of the tables holds; "" always does."""
        if only == "recent":
            return self._size.end - self._tickets.base[ticket] <= 30 * DAY
        if only == "kept":
            return self._tickets.state[ticket] != State.DELETED
        return only != "open to side conversations" or not refuses_side_conversations(ticket)

    def _about(self, ticket: int) -> Row:
        """Returns what rows say of a ticket as it was built. Times are in epoch seconds."""
        steps, known = self._history.as_built(ticket)
        requester = ids.USERS + self._tickets.requester[ticket]
        talk_time = Dice("call", self._seed, ticket).below(600)
        created, last = steps[0].at, steps[-1]
        return {
            "n": ticket,
            "ticket": ticket,
            "requester": requester,
            "agent": int(known.get("assignee_id") or ids.USERS + 1),
            "actor": last.author if last.author > 0 else requester,
            "status": self._tickets.final_status[ticket],
            "created": created,
            "last": last.at,
            "talk_time": talk_time,
            "duration": talk_time + 3,
            "minutes": (talk_time + 3) // 60 + 1,
            "hung_up": created + talk_time + 3,
            "survey": ids.ulid((created + DAY) * 1_000, ticket),
        }


def _row(table: Row, n: int, given: Row, start: int, dice: Dice) -> Row:
    own_id, created = table["ids"] + n, start + n % 600 * DAY
    common = {
        "id": own_id,
        "url": ids.url(f"{table['path']}/{own_id}"),
        "created_at": stamp(created),
        "updated_at": stamp(created + dice.below(100 * DAY)),
    }
    own = {name.removeprefix("$"): value for name, value in given.items()}
    shown = {name: value for name, value in given.items() if not name.startswith("$")}
    values = {**common, **own, "n": n, "start": start, "subject": dice.pick(SUBJECTS)}
    filled = fill(table["row"], values, dice)
    unwritten = without(common, {*filled, *table.get("without", ())})
    return {**unwritten, **filled, **shown, **fill(table.get("then", {}), values, dice)}


def refuses_side_conversations(ticket: int) -> bool:
    """Returns whether a single ticket refuses to show them, as some do (AIRBYTE 84353)."""
    return ticket % 97 == 96


def audit_log(number: int, at: int, **about: Any) -> Row:
    """Returns the row that says who changed the account."""
    return _ROWS["audit_log"](n=number, id=ids.LOGS + number, at=at, **about)


def organization_ended(number: int, organization: int, at: int) -> Row:
    """Returns the row that says when an organization was deleted."""
    about = {"action": "destroy", "label": "Destroyed", "kind": "organization"}
    source, text = ids.ORGANIZATIONS + organization, f"Organization: {organization}"
    return audit_log(number, at, **about, source=source, text=text)


def audit_logs(size: Size, ended: list[tuple[int, int]]) -> Iterator[Row]:
    """Returns changes and log-ins, and the end of each deleted organization (number, when)."""
    count = max(5, size.count // 10)
    for number in range(1, count + 1):
        dice = Dice("audit log", size.seed, number)
        kind, action = dice.pick(_LOGGED)
        about = {"kind": kind, "action": action, "label": action.title(), "text": f"Rule: {number}"}
        at, source = size.start + size.span * number // count, ids.SETTINGS + dice.below(900)
        yield audit_log(number, at, **about, source=source)
    for organization, at in ended:
        yield organization_ended(count + organization, organization, at)


def tags(size: Size) -> list[Row]:
    """Returns the tags of the last 60 days with their counts. Names are of any script."""
    count = min(20_000, size.grown(30, 300))
    names = [*TAGS, *(f"tag_{place}" for place in range(len(TAGS), count))][:count]
    return [{"name": name, "count": 5_000 // place} for place, name in enumerate(names, 1)]
