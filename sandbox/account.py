"""What every made-up account has."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from threading import RLock

Clock = Callable[[], datetime]


class BaseAccount:
    """Whoever reads or changes an account holds its ``lock``.

    Changes happen at the time of ``clock``: real UTC time, or, while that is before ``epoch`` (the
    last second of what was built), time that starts there. ``version`` goes up with every change.
    """

    def __init__(self, seed: int, epoch: datetime, clock: Clock | None) -> None:
        ahead = max(timedelta(0), epoch - datetime.now(UTC))
        self.seed = seed
        self.clock: Clock = clock or (lambda: datetime.now(UTC) + ahead)
        self.lock = RLock()
        self.version = 0

    def seconds(self) -> float:
        """The clock's time in seconds since 1970."""
        return self.clock().timestamp()

    def now(self) -> int:
        """The clock's time in whole seconds."""
        return int(self.seconds())
