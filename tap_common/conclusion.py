"""How a command ends: one last sentence, at the level that fits, and the report."""

from __future__ import annotations

import logging
import signal
import traceback
from collections.abc import Callable

from tap_common import summary
from tap_common.errors import Stopped, TapError
from tap_common.report import RunReport

LOGGER = logging.getLogger("tap")
PARTIAL = 3


def concluded(work: Callable[[], int], report: RunReport) -> int:
    """Does ``work``, which says in ``report`` what it does; returns the exit code.

    Logs the table and the last sentence. The report's file is written, whatever happens.
    """
    code, level, reason = _attempted(work)
    report.close()
    if report.is_sync:
        for line in summary.table(report):
            LOGGER.info("%s", line)
    message = "; ".join(filter(None, (reason, summary.sentence(report, code))))
    if report.file is not None:
        try:
            report.file.write(report.value(code, message))
        except OSError as error:
            LOGGER.error("report: can't write %s: %s", report.file.path, error.strerror)
    if reason or report.is_sync:
        LOGGER.log(level, "%s", message)
    return code


def _attempted(work: Callable[[], int]) -> tuple[int, int, str]:
    """The exit code of ``work``, the level of the last sentence, and why it ended early, if so."""
    try:
        code = work()
    except TapError as error:
        return error.exit_code, logging.CRITICAL, str(error)
    except Stopped as stopped:
        name = signal.Signals(stopped.signum).name
        return 128 + stopped.signum, logging.WARNING, f"stopped by {name}"
    except Exception as error:  # noqa: BLE001 - one line for a person, the rest for who asks
        LOGGER.debug("%s", traceback.format_exc())
        kind = type(error).__name__
        text = f"internal error, please report it: {kind} (LOGLEVEL=debug shows where)"
        return 1, logging.CRITICAL, text
    return code, logging.WARNING if code == PARTIAL else logging.INFO, ""
