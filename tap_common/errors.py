"""The ways in which a run can go wrong: errors that end it, and errors that end streams."""

from __future__ import annotations

from typing import Any


class TapError(Exception):
    """Ends the run with one plain line on stderr and ``exit_code``."""

    exit_code = 1


class UsageError(TapError):
    """The command line, the config, the catalog or the state file is wrong: exit code 2."""

    exit_code = 2


class CredentialsRefused(TapError):
    """The vendor does not accept these credentials or has closed the account: exit code 4."""

    exit_code = 4


class NothingReadable(TapError):
    """Not one selected stream of the account could be read: exit code 1."""


class Unreachable(TapError):
    """The host could not be reached for ``retry_seconds``: exit code 1."""


class OutputLost(TapError):
    """Nothing more can be written to stdout: exit code 1."""


class PipeClosed(OutputLost):
    """Whoever read stdout has ended."""


class ApiError(Exception):
    """A request failed.

    Unless the reader handles it, the reader's streams fail and the others go on. ``status`` is the
    HTTP status (0 without a reply), ``code`` the vendor's name for the error (or None) and ``body``
    the parsed reply (or None).
    """

    def __init__(
        self, message: str, *, status: int = 0, code: str | None = None, body: Any = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.body = body


class StreamRefused(ApiError):
    """The plan or the permissions of these credentials do not include what was asked for."""


class PageTooLarge(ApiError):
    """The vendor failed repeatedly on a page that may be too large; a smaller one may succeed."""


class ConnectionLost(ApiError):
    """No reply came, because the connection could not be made or broke."""


class StrictnessError(Exception):
    """A row has what the setting ``unknown_fields: fail`` or ``type_mismatch: fail`` forbids."""


class Stopped(BaseException):
    """The signal ``signum`` asked the run to end."""

    def __init__(self, signum: int) -> None:
        super().__init__(signum)
        self.signum = signum
