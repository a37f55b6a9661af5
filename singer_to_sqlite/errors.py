"""What can end a load early. Every text is one line that a person can act on."""

from __future__ import annotations


class LoadError(Exception):
    """Ends the load with its text on stderr and exit code 1."""


class BadLineError(LoadError):
    """The line that is being read can't be loaded; the lines before it can."""


class Stopped(BaseException):
    """A signal asked the load to end; ``signum`` says which."""

    def __init__(self, signum: int) -> None:
        super().__init__(signum)
        self.signum = signum
