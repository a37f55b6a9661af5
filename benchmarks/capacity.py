"""How long a sync takes at each plan's rate limits: ``python -m benchmarks.capacity [--write]``.

Prints a table for each vendor, or writes it into docs/quota.md. Nothing is sent: the clock and the
vendor's windows are simulated, and the taps' own quota decides the waits (walk.py).
"""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from benchmarks import blocks
from benchmarks.plans import HELPDESKS, Helpdesk, Part, Plan, Size
from benchmarks.processes import table
from benchmarks.walk import Counts, groups, walk
from tap_common.quota import ACCOUNT
from tap_common.words import duration
from tap_zendesk_support.api import CONVERSATION_LOGS, EXPORTS

PAGE = Path(__file__).resolve().parent.parent / "docs" / "quota.md"
SIZES = (10_000, 100_000, 1_000_000)
RUNS = 2 * 365 * 48
"""Half hours in the two years from which an account's tickets come."""
CHANGES = 4
"""In so many half hours a ticket changes."""
HALF_HOUR = 30
NAMES = {ACCOUNT: "the account's", EXPORTS: "exports", CONVERSATION_LOGS: "conversation logs"}
"""Of buckets."""


def lines(helpdesk: Helpdesk, sizes: Sequence[int]) -> Iterator[Sequence[str]]:
    """Yields a line of the table for each plan and size.

    What a new catalog does not select is shown for the first plan and the last.
    """
    for plan in helpdesk.plans:
        for tickets in sizes:
            yield line(helpdesk, plan, tickets)
    lead, *rest = helpdesk.parts
    with_more = replace(helpdesk, parts=[lead, *helpdesk.on_request, *rest])
    names = ", ".join(f"`{part.stream}`" for part in helpdesk.on_request)
    for plan in (helpdesk.plans[0], helpdesk.plans[-1]) if names else ():
        for tickets in sizes:
            yield line(with_more, replace(plan, name=f"{plan.name}, with {names}"), tickets)


def line(helpdesk: Helpdesk, plan: Plan, tickets: int) -> Sequence[str]:
    """What a first sync takes, and what a later run takes half an hour after another one."""
    first = Size(tickets)
    counts = [(part, part.first(first)) for part in helpdesk.parts]
    whole = walk(helpdesk, plan, counts)
    later = Size(tickets, changed=round(tickets * CHANGES / RUNS))
    again = [(part, part.again(later)) for part in helpdesk.parts]
    drawn = sum(part.cost * count for part, count in again)
    return (
        plan.name,
        f"{tickets:,}",
        f"{whole.requests:,}",
        duration(whole.seconds) if whole.seconds else "no wait",
        NAMES.get(whole.limit or "", whole.limit or "-"),
        _in_two_jobs(helpdesk, plan, counts, whole.limit),
        f"{sum(count for _, count in again):,}",
        f"{drawn / (plan.limit * HALF_HOUR):.1%}",
    )


def _in_two_jobs(helpdesk: Helpdesk, plan: Plan, counts: Counts, limit: str | None) -> str:
    """How long it takes if what draws on the bucket ``limit`` is a job of its own.

    The other job has what the first one leaves of the account's limit. Nothing is won where the
    account's limit is the one that counts.
    """
    if limit in (ACCOUNT, None):
        return "-"
    slow: list[tuple[Part, int]] = []
    other: list[tuple[Part, int]] = []
    for group in groups(counts):
        is_slow = any(part.bucket == limit for part, _ in group)
        (slow if is_slow else other).extend(group)
    rest = replace(plan, limit=plan.limit - plan.limits[str(limit)])
    seconds = [walk(helpdesk, plan, slow).seconds, walk(helpdesk, rest, other).seconds]
    return duration(max(seconds))


def head(helpdesk: Helpdesk) -> Sequence[str]:
    """The titles of the columns."""
    limited = ("requests", "time", "limit", "in two jobs")
    return ("plan", helpdesk.rows, *limited, "a later run", "of the quota")


def main() -> None:
    """The command."""
    parser = ArgumentParser("benchmarks.capacity", description=(__doc__ or "").partition(":")[0])
    parser.add_argument("--write", action="store_true", help=f"write into {PAGE.name}")
    given = parser.parse_args()
    for package, helpdesk in HELPDESKS.items():
        text = table(head(helpdesk), list(lines(helpdesk, SIZES)))
        if given.write:
            blocks.write(PAGE, f"capacity {package}", text)
        else:
            print(text)


if __name__ == "__main__":
    main()
