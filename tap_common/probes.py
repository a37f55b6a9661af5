"""Which streams these credentials can reach, as a small request for each reader shows."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from tap_common.context import Reader
from tap_common.errors import ApiError

if TYPE_CHECKING:
    from tap_common.http import Api

PROBES_AT_ONCE = 8


def probed(api: Api, readers: Sequence[Reader]) -> dict[str, ApiError | None]:
    """The streams of ``readers``, each with what makes it unavailable, or None."""
    pool = ThreadPoolExecutor(PROBES_AT_ONCE)
    try:
        by_reader = list(pool.map(lambda reader: _probed(api, reader), readers))
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
    return {name: fault for faults in by_reader for name, fault in faults.items()}


def _probed(api: Api, reader: Reader) -> dict[str, ApiError | None]:
    """The streams of one reader, each with what makes it unavailable, or None."""
    fault = _fault(api, reader)
    lacking = {} if fault else reader.lacking(api)
    return {stream.name: lacking.get(stream.name, fault) for stream in reader.streams}


def _fault(api: Api, reader: Reader) -> ApiError | None:
    """What the reader's probe met, or None if it or one of the fallbacks is answered well."""
    first: ApiError | None = None
    for probe in (reader.probe, *reader.fallbacks):
        try:
            api.get(probe)
        except ApiError as error:
            first = first or error
            if error.status != 404:
                break
        else:
            return None
    return first
