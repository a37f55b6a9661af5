"""Makes records of rows: by the types of a schema or, where a row does not fit, by its rules."""

from __future__ import annotations

from tap_common import codec, shape
from tap_common.drift import Drift
from tap_common.lazy import LazyRow
from tap_common.shape import Treatment
from tap_common.stream import Row, Schema
from tap_common.typed import UNFIT, TypedRows, typed_rows

NO_KEY = (None, "")
MOST_PASSED_OVER = 255
"""Rows that are not tried as typed ones after others did not fit."""
ODD_ROWS_TO_LEARN_FROM = 100
"""To compile the types anew pays after about so many rows that took the other way."""


class RowEncoder:
    """Makes records of rows of ``schema``, of which ``key`` are the fields that none may lack.

    After rows that did not fit the types, as many others are not tried, so that a stream that never
    fits does not pay twice. After many of them the types are compiled anew, and leave to the rules
    what was off type or unknown in these rows. All of that is counted in ``drift``.
    """

    def __init__(
        self, schema: Schema, treatment: Treatment, key: tuple[str, ...], drift: Drift
    ) -> None:
        self._schema, self._treatment, self._key, self._drift = schema, treatment, key, drift
        self._shape = shape.compiled(schema, treatment, drift)
        self._typed = typed_rows(schema, treatment, key)
        self._drift_of_row = drift.anew()
        self._learned = self._odd_rows = self._unfit = self._pass_over = 0

    def encoded(self, row: Row) -> bytes | None:
        """The record of ``row`` as JSON, or None if it lacks its key.

        StrictnessError if the row has what ``drift`` forbids.
        """
        if self._pass_over:
            self._pass_over -= 1
            return self._by_rules(row)
        if self._odd_rows >= ODD_ROWS_TO_LEARN_FROM:
            self._learn()
        try:
            body = self._typed.encoded(row)
        except UNFIT:
            self._drift_of_row.clear()
            self._unfit = min(2 * self._unfit + 1, MOST_PASSED_OVER)
            self._pass_over = self._unfit - 1
            return self._by_rules(row)
        self._unfit = 0
        if not self._drift_of_row.is_empty:
            self._drift.take(self._drift_of_row)
        return body

    def _by_rules(self, row: Row) -> bytes | None:
        self._odd_rows += 1
        whole = row.decoded() if isinstance(row, LazyRow) else row
        record = self._shape(whole)
        for name in self._key:
            if record.get(name) in NO_KEY or isinstance(whole.get(name), list | dict | bool):
                return None
        return codec.encode(record)

    def _learn(self) -> None:
        off_type, undeclared = self._drift.off_type, self._drift.undeclared
        self._odd_rows = 0
        if len(off_type) + len(undeclared) > self._learned:
            self._learned = len(off_type) + len(undeclared)
            self._typed = TypedRows(
                self._schema,
                self._treatment,
                self._key,
                off_type=off_type,
                undeclared=undeclared,
                drift=self._drift_of_row,
            )
