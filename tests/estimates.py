"""What a run of a tap in this process is estimated to cost."""

from __future__ import annotations

from typing import Any

from tap_common import catalog
from tap_common.estimate_table import EstimateTable
from tap_common.patterns import Patterns
from tap_common.state import State
from tap_common.task import Task
from tests.inprocess import Offline


def table_of(
    of: Offline, state: dict[str, Any] | None = None, select: tuple[str, ...] = (), **config: Any
) -> EstimateTable:
    entries = catalog.everything(of.tap, Patterns(select))
    task = Task(of.tap, of.settings(**config), entries, State(state))
    return EstimateTable(task, of.api(**config))


def requests(of: EstimateTable) -> dict[str, int]:
    return {name: estimate.requests for name, estimate in of.estimates.items()}
