"""What a command does once its arguments are read."""

from __future__ import annotations

import argparse
import gc
import importlib
import json
import logging
import os
import signal
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from types import FrameType

from tap_common import about, catalog, config, log, schemas, state
from tap_common.errors import ApiError, Refused, Stopped, StreamRefused, TapError
from tap_common.http import Api
from tap_common.messages import Writer
from tap_common.model import Reader, Schema, Tap
from tap_common.progress import DONE
from tap_common.sync import Sync

LOGGER = logging.getLogger("tap")
PARTIAL = 3
PROBES_AT_ONCE = 8
NOTHING_READ = "not one stream of this account could be read; check the address and the credentials in the config"
COLLECT_EVERY = 100_000
"""Rows hold no cycles and are freed without the garbage collector; at its usual 700 objects it costs 7 % of a run's CPU."""


def run(tap_path: str, arguments: argparse.Namespace) -> int:
    """Does what ``arguments`` ask of the tap at ``tap_path``; returns the exit code."""
    log.configure()
    module, attribute = tap_path.split(":")
    tap: Tap = getattr(importlib.import_module(module), attribute)
    try:
        code = _run(tap, arguments)
        sys.stdout.flush()
        return code
    except TapError as error:
        LOGGER.critical("%s", error)
        return error.exit_code
    except Stopped as stopped:
        LOGGER.warning("stopped by %s", signal.Signals(stopped.signum).name)
        return 128 + stopped.signum
    except BrokenPipeError:
        return _stdout_lost("the target closed the pipe; nothing more can be written")
    except OSError as error:
        return _stdout_lost(f"stdout: {error.strerror or error}; nothing more can be written")
    except Exception as error:  # noqa: BLE001 - one line for a person, the rest for who asks
        LOGGER.debug("%s", traceback.format_exc())
        LOGGER.critical(
            "internal error, please report it: %s (LOGLEVEL=debug shows where)",
            type(error).__name__,
        )
        return 1


def _run(tap: Tap, arguments: argparse.Namespace) -> int:
    if arguments.about:
        log.show(about.as_json(tap) if arguments.format == "json" else about.as_markdown(tap))
        return 0
    _on_signals(_raise_stopped)
    settings = config.load(tap, arguments.config, os.environ)
    log.REDACTOR.hide(settings.secrets())
    files = schemas.load(tap)
    entries = (
        catalog.load(tap, arguments.catalog)
        if arguments.catalog
        else catalog.everything(tap, files)
    )
    before = state.load(arguments.state) if arguments.state else None
    api = tap.connect(settings)
    if arguments.discover:
        return _discover(tap, api, files)
    if arguments.test:
        return _test(tap, api, entries)
    return _sync(tap, api, settings, entries, before)


def _on_signals(handler: Callable[[int, FrameType | None], None]) -> None:
    for signum in (signal.SIGINT, signal.SIGTERM):
        signal.signal(signum, handler)


def _raise_stopped(signum: int, _frame: FrameType | None) -> None:
    raise Stopped(signum)


def _discover(tap: Tap, api: Api, files: Mapping[str, Schema]) -> int:
    faults = {name: fault for name, fault in _probed(api, tap.readers).items() if fault}
    for name, fault in faults.items():
        LOGGER.warning("%s is not available: %s", name, fault)
    if len(faults) == len(tap.streams):
        raise Refused(NOTHING_READ)
    unavailable = {
        name: str(fault) for name, fault in faults.items() if isinstance(fault, StreamRefused)
    }
    typed = {**files, **tap.customise(api, files)}
    print(json.dumps(catalog.discovered(tap, typed, unavailable), indent=2))
    return 0


def _test(tap: Tap, api: Api, entries: Mapping[str, catalog.Entry]) -> int:
    readers = [
        reader for reader in tap.readers if any(stream.name in entries for stream in reader.streams)
    ]
    outcomes = {name: fault for name, fault in _probed(api, readers).items() if name in entries}
    width = max(map(len, outcomes), default=0)
    for name, fault in outcomes.items():
        endpoint = entries[name].stream.endpoint
        good = f"not asked, only what it hangs on: {endpoint}" if "{" in endpoint else "reachable"
        log.show(f"{name.ljust(width)}  {fault or good}")
    if outcomes and all(outcomes.values()):
        return 1
    return (
        PARTIAL
        if any(fault and entries[name].fails(fault) for name, fault in outcomes.items())
        else 0
    )


def _probed(api: Api, readers: Sequence[Reader]) -> dict[str, ApiError | None]:
    """Asks each reader's probe; maps every stream to the fault that it met, or None."""

    def fault(reader: Reader) -> ApiError | None:
        found: ApiError | None = None
        for probe in (reader.probe, *reader.fallbacks):
            try:
                api.get(probe)
            except ApiError as error:
                found = found or error
                if error.status != 404:
                    break
            else:
                return None
        return found

    pool = ThreadPoolExecutor(PROBES_AT_ONCE)
    try:
        faults = list(pool.map(fault, readers))
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
    return {
        stream.name: fault
        for reader, fault in zip(readers, faults, strict=True)
        for stream in reader.streams
    }


def _sync(
    tap: Tap,
    api: Api,
    settings: config.Config,
    entries: Mapping[str, catalog.Entry],
    before: state.State | None,
) -> int:
    writer = Writer(sys.stdout.buffer)
    if before is not None:
        with writer.whole():
            writer.state(before.value())
    if not entries:
        LOGGER.warning("the catalog selects no stream")
    sync = Sync(tap, api, settings, entries, before or state.State(), writer)
    gc.freeze()
    gc.set_threshold(COLLECT_EVERY)

    _on_signals(lambda signum, frame: writer.stop(signum))
    try:
        sync.run()
    except Stopped:
        for signum in (signal.SIGINT, signal.SIGTERM):
            signal.signal(signum, signal.SIG_IGN)
        sync.stop()
        LOGGER.info("the last STATE holds for all that was written")
        raise
    except TapError:
        sync.stop()
        raise
    finally:
        sync.progress.summary()
    results = sync.progress.results.values()
    if any(result.failed for result in results):
        return PARTIAL
    if results and not any(result.outcome == DONE for result in results):
        raise Refused(NOTHING_READ)
    return 0


def _stdout_lost(message: str) -> int:
    devnull = os.open(os.devnull, os.O_WRONLY)
    os.dup2(devnull, sys.stdout.fileno())
    LOGGER.critical("%s", message)
    return 1
