"""What can end a load early. Every text is one line that a person can act on."""

from __future__ import annotations


class LoadError(Exception):
    """Ends the load with its text on stderr and its exit code."""

    exit_code = 1


class UsageError(LoadError):
    """The command line or the config makes no sense, and nothing was read."""

    exit_code = 2


class BadLineError(LoadError):
    """The line that is being read can't be loaded; the lines before it can."""


class Stopped(BaseException):
    """A signal asked the load to end; ``signum`` says which."""

    def __init__(self, signum: int) -> None:
        super().__init__(signum)
        self.signum = signum
