"""An incremental export as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from tap_common import times
from tap_common.stream import Row, Stream
from tap_common.vendor import LazyRows

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Position = Mapping[str, str]
"""The parameters of a request that say where in the export it begins."""


@dataclass(frozen=True)
class Export:
    """The export of ``stream``, whose rows lie under the name ``envelope``.

    ``time_field`` of a row is about the time by which the export is ordered. ``fields`` are values
    of that parameter, the best one first ("" is none): the first one that is not refused is used.
    ``units`` is how many units of start_time make a second. ``rows`` says whether rows stay
    undecoded.
    """

    stream: Stream
    envelope: str
    time_field: str
    fields: tuple[str, ...]
    units: int = 1
    rows: LazyRows | None = None

    @property
    def path(self) -> str:
        """The export's path below the API's root."""
        return self.stream.path

    def position_at(self, moment: datetime) -> Position:
        """The position of what changed at a moment or later."""
        unit = timedelta(microseconds=1_000_000 // self.units)
        return {"start_time": str((max(moment, EPOCH) - EPOCH) // unit)}

    def moment(self, units: Any) -> datetime | None:
        """The moment that a number of units (or its text) names, or None."""
        try:
            return EPOCH + timedelta(microseconds=float(units) * (1_000_000 // self.units))
        except (TypeError, ValueError, OverflowError):
            return None

    def key(self, row: Row) -> str:
        """A text that identifies a row, whatever its key holds."""
        return repr([row.get(name) for name in self.stream.key])

    def row_moment(self, row: Row) -> datetime | None:
        """The time that a row bears, or None."""
        found = times.rfc3339(row.get(self.time_field))
        return times.parse(found) if found else None
