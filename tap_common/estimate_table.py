"""The table that --estimate prints: requests and time of each stream, and what that rests on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_common.display import hanging
from tap_common.estimate import Estimate, Estimator
from tap_common.quota import ACCOUNT
from tap_common.task import Task
from tap_common.words import number, rough_duration

if TYPE_CHECKING:
    from tap_common.http import Api

UNKNOWN = "unknown"


class EstimateTable:
    """What a run of ``task`` will cost, as lines for a person."""

    def __init__(self, task: Task, api: Api) -> None:
        self._api, self._config, self._rules = api, task.config, task.tap.estimates
        state = task.state_to_begin_with()
        bookmarks = {name: state.bookmark(name) for name in task.entries}
        start = task.config.start(api.clock.now())
        context = task.context(api, bookmarks, start, owed={}, warned=set())
        self.estimates = Estimator(context, task.tap.streams, task.tap.estimates).selected()

    def seconds(self, estimate: Estimate) -> float | None:
        """How long the rate limits make a stream take; None if they are not known."""
        needed = [
            _seconds(estimate.requests * estimate.cost, self._budget(ACCOUNT)),
            _seconds(estimate.requests, self._budget(estimate.bucket)),
        ]
        return max((one for one in needed if one is not None), default=None)

    def _budget(self, bucket: str | None) -> float | None:
        """What the run may use of a rate bucket in a minute."""
        if bucket is None:
            return None
        learned = self._api.quota.budget(bucket)
        declared = self._rules.limits.get(bucket)
        if learned is not None or declared is None:
            return learned
        share: float = 1 - self._config["quota_reserve"]
        return declared * share

    def lines(self, columns: int | None = None) -> list[str]:
        """The table: a line for each stream and one for all, wrapped at ``columns`` if given."""
        rows = [
            (name, number(one.requests), self._duration(self.seconds(one)), one.basis)
            for name, one in self.estimates.items()
        ]
        rows.append(self._total())
        width = max(map(len, self.estimates), default=6)
        header = ("stream", "requests", "time", "based on")
        return [
            hanging(f"{name:{width}} {requests:>9} {time:>8}  ", basis, columns)
            for name, requests, time, basis in (header, *rows)
        ]

    def _total(self) -> tuple[str, str, str, str]:
        requests = sum(one.requests for one in self.estimates.values())
        times = [self.seconds(one) for one in self.estimates.values()]
        known = [seconds for seconds in times if seconds is not None]
        budget = self._budget(ACCOUNT)
        basis = "the rate limit is not known"
        if budget is not None:
            reserve = self._config["quota_reserve"]
            basis = f"{number(round(budget))} requests a minute ({reserve:.0%} left to others)"
        return "all", number(requests), self._duration(sum(known) if known else None), basis

    def _duration(self, seconds: float | None) -> str:
        return UNKNOWN if seconds is None else rough_duration(seconds)


def _seconds(requests: float, budget: float | None) -> float | None:
    return None if budget is None else 60 * requests / budget
