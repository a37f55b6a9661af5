"""stdout takes all of what is written, or the run ends with OutputLost."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from tap_common.errors import OutputLost, PipeClosed


@contextmanager
def taken() -> Iterator[None]:
    """OutputLost if what is written inside this is not taken."""
    try:
        yield
    except BrokenPipeError:
        raise PipeClosed("the reader closed the pipe; nothing more can be written") from None
    except OSError as error:
        reason = error.strerror or error
        raise OutputLost(f"stdout: {reason}; nothing more can be written") from None


def discard() -> None:
    """Sends what is still to be written nowhere, so that Python ends without a complaint."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def write(out: BinaryIO, data: bytes) -> None:
    """Writes all of ``data`` to ``out`` and sends it on. OutputLost if it takes no more."""
    rest = memoryview(data)
    with taken():
        while rest:  # under PYTHONUNBUFFERED ``out`` may take only a part at a time
            rest = rest[out.write(rest) :]
        out.flush()
