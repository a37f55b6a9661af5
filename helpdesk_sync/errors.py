"""What ends a job before its tap starts."""

USAGE = 2
BUSY = 75
"""EX_TEMPFAIL of sysexits.h: the run before is still at work."""


class JobError(Exception):
    """The job can't run; the text says why in one line."""

    exit_code = USAGE


class Busy(JobError):
    """The run before is still at work."""

    exit_code = BUSY
