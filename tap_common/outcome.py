"""How a stream ended."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Ending(Enum):
    """The ways in which a stream can end, in a person's words."""

    DONE = "done"
    PARTIAL = "partial"
    REFUSED = "refused"
    FAILED = "failed"
    UNFINISHED = "unfinished"
    NOT_BEGUN = "not begun"


@dataclass(frozen=True)
class Outcome:
    """How a stream ended, why if it is not done, and whether that is a failure of the run.

    ``status`` is the HTTP status that ended it, 0 if none did. ``is_permission`` says that the
    vendor refused the stream for want of a permission or a feature, and so has understood the
    request. ``owed`` is how many parents there are whose children could not be read.
    """

    ending: Ending
    reason: str = ""
    fails_run: bool = False
    is_permission: bool = False
    status: int = 0
    owed: int = 0

    def __str__(self) -> str:
        """The outcome in a person's words."""
        return f"{self.ending.value}: {self.reason}" if self.reason else self.ending.value
