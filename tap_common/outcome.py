"""How a stream ended."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Ending(Enum):
    """The ways in which a stream can end."""

    DONE = "done"
    PARTIAL = "partial"
    REFUSED = "refused"
    FAILED = "failed"
    UNFINISHED = "unfinished"


@dataclass(frozen=True)
class Outcome:
    """How a stream ended, why if it is not done, and whether that is a failure of the run.

    ``is_permission`` says that the vendor refused the stream for want of a permission or a feature,
    and so has understood the request.
    """

    ending: Ending
    reason: str = ""
    fails_run: bool = False
    is_permission: bool = False

    def __str__(self) -> str:
        """The outcome in a person's words."""
        return f"{self.ending.value}: {self.reason}" if self.reason else self.ending.value
