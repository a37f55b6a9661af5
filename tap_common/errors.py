"""The ways in which a run can go wrong, each with the exit code or the reach that it has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class TapError(Exception):
    """Ends the run with one plain line on stderr and ``exit_code``."""

    exit_code = 1


class UsageError(TapError):
    """A bad command line, or a bad config, catalog or state file: exit code 2."""

    exit_code = 2


class Refused(TapError):
    """The vendor will not serve this config at all (credentials, suspended account): exit code 1."""


class Unreachable(TapError):
    """The network or the host stayed away for longer than the tap is patient: exit code 1."""


class ApiError(Exception):
    """A reply that a reader may handle; unhandled it fails the reader's streams and leaves the others alone.

    ``status`` is the HTTP status, ``code`` the vendor's own word for the fault (or None), ``body`` the parsed reply (or None).
    """

    def __init__(
        self, message: str, *, status: int = 0, code: str | None = None, body: Any = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.body = body

    def fields(self) -> frozenset[str]:
        """The names of the parameters that a ``{"errors": [{"field": ...}]}`` body complains about."""
        errors = self.body.get("errors") if isinstance(self.body, Mapping) else None
        if not isinstance(errors, list):
            return frozenset()
        return frozenset(
            str(error["field"])
            for error in errors
            if isinstance(error, Mapping) and "field" in error
        )


class StreamRefused(ApiError):
    """Plan or permission: this stream is not to be had with these credentials."""


class StrictnessError(Exception):
    """``unknown_fields: fail`` or ``type_mismatch: fail`` met its case."""


class Stopped(BaseException):
    """A signal asked the run to end; ``signum`` says which."""

    def __init__(self, signum: int) -> None:
        super().__init__(signum)
        self.signum = signum
