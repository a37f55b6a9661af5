"""What a command does once its arguments are read.

It imports what only some commands need when they need it, so that each begins quickly.
"""

from __future__ import annotations

import argparse
import gc
import importlib
import logging
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING

from tap_common import about, catalog, config, display, listing, log, state, stdout, words
from tap_common.arguments import is_sync
from tap_common.conclusion import PARTIAL, concluded
from tap_common.config import Config
from tap_common.context import Reader
from tap_common.errors import (
    NothingReadable,
    OutputLost,
    PipeClosed,
    Stopped,
    StreamRefused,
    TapError,
)
from tap_common.flat import with_properties
from tap_common.listing import Listing
from tap_common.outcome import Ending, Outcome
from tap_common.patterns import Patterns
from tap_common.personal import protected
from tap_common.probes import probed
from tap_common.report import RunReport
from tap_common.signals import IGNORE, after_imports, on_signals
from tap_common.tap import Tap
from tap_common.task import Task, refreshed_streams

if TYPE_CHECKING:
    from tap_common.errors import ApiError
    from tap_common.http import Api
    from tap_common.messages import Writer

LOGGER = logging.getLogger("tap")
NOTHING_READABLE = (
    "not one stream of this account could be read; check the address and the credentials in the "
    "config"
)


def run(tap_path: str, arguments: argparse.Namespace) -> int:
    """Does what ``arguments`` ask of the tap at ``tap_path``; returns the exit code."""
    log.configure()
    report = RunReport(arguments.command)

    def work() -> int:
        if arguments.report is not None:
            report.write_at_end(arguments.report)
        module, attribute = tap_path.split(":")
        tap: Tap = getattr(importlib.import_module(module), attribute)
        try:
            return _command(tap, arguments, report)
        except OutputLost as lost:
            stdout.discard()
            if isinstance(lost, PipeClosed) and not is_sync(arguments):
                return lost.exit_code  # as other commands whose output goes through head
            raise
        finally:
            on_signals(IGNORE)  # what follows is short, and the report has to be whole

    return concluded(work, report)


def _command(tap: Tap, arguments: argparse.Namespace, report: RunReport) -> int:
    """Reads and checks what a person gave, and runs the command that it asks for."""
    if arguments.about:
        with _writing_to_stdout():
            print(about.as_json(tap) if arguments.format == "json" else about.as_markdown(tap))
        return 0
    from tap_common.http import Api

    on_signals(after_imports(_raise_stopped))
    settings = config.load(tap.name, tap.all_settings, tap.logins, arguments.config, os.environ)
    log.REDACTOR.hide(settings.secrets())
    report.account = tap.account(settings)
    patterns = Patterns.of(settings, arguments.select, arguments.exclude)
    if arguments.discover:
        old = catalog.read(arguments.catalog) if arguments.catalog else None
        return _discover(tap, Api(tap.connect(settings), settings), old, patterns)
    task = _task(tap, settings, patterns, arguments)
    api = Api(tap.connect(settings), settings)
    if arguments.test:
        return _test(task, api)
    if arguments.estimate:
        return _estimate(task, api)
    return _sync_to_stdout(task, api, report)


def _task(tap: Tap, settings: Config, patterns: Patterns, arguments: argparse.Namespace) -> Task:
    """Reads and checks the files that say what the run is asked to do."""
    if arguments.catalog:
        chosen = catalog.load(tap, arguments.catalog, patterns)
    else:
        chosen = catalog.everything(tap, patterns)
    entries = protected(tap, chosen, settings)
    before = state.load(arguments.state) if arguments.state else None
    refreshed = refreshed_streams(tap, entries, arguments.refresh)
    return Task(tap, settings, entries, before, refreshed)


@contextmanager
def _writing_to_stdout() -> Iterator[None]:
    """What is printed inside this goes out at once. OutputLost if that is not possible."""
    with stdout.taken():
        yield
        sys.stdout.flush()


def _raise_stopped(signum: int, _frame: FrameType | None) -> None:
    raise Stopped(signum)


def _discover(tap: Tap, api: Api, old: Sequence[Listing] | None, patterns: Patterns) -> int:
    faults = {name: fault for name, fault in probed(api, tap.readers).items() if fault}
    for name, fault in faults.items():
        LOGGER.warning("%s is not available: %s", name, fault)
    if len(faults) == len(tap.streams):
        raise NothingReadable(NOTHING_READABLE)
    unavailable = {
        name: str(fault) for name, fault in faults.items() if isinstance(fault, StreamRefused)
    }
    own_schemas = {**tap.schemas, **tap.customise(api, tap.schemas)}
    schemas = {name: with_properties(schema) for name, schema in own_schemas.items()}
    from tap_common import codec

    discovered = catalog.discovered(tap, schemas, unavailable, old=old, patterns=patterns)
    stdout.write(sys.stdout.buffer, codec.indented(discovered) + b"\n")
    LOGGER.info("%s", listing.in_words(discovered))
    return 0


def _test(task: Task, api: Api) -> int:
    entries = task.entries
    readers = [reader for reader in task.tap.readers if _is_selected(reader, entries)]
    found = probed(api, readers)
    faults = {name: fault for name, fault in found.items() if name in entries}
    width = max(map(len, faults), default=0)
    columns = display.columns()
    with _writing_to_stdout():
        for name, fault in faults.items():
            text = log.REDACTOR.clean(str(fault or _reachable(entries[name])))
            log.show(display.hanging(f"{name.ljust(width)}  ", text, columns))
        log.show(_tested(faults))
    if faults and all(faults.values()):
        return NothingReadable.exit_code
    failing = [name for name, fault in faults.items() if fault and entries[name].fails(fault)]
    return PARTIAL if failing else 0


def _tested(faults: Mapping[str, ApiError | None]) -> str:
    """The last line of --test: it stays on the screen when the list of streams does not."""
    missing = [name for name, fault in faults.items() if fault]
    reachable = words.number(len(faults) - len(missing))
    text = f"{reachable} of {words.counted(len(faults), 'stream')} reachable"
    return f"{text}; not reachable: {words.some(missing)}" if missing else text


def _estimate(task: Task, api: Api) -> int:
    from tap_common.estimate_table import EstimateTable

    table = EstimateTable(task, api)
    with _writing_to_stdout():
        log.show("\n".join(table.lines(display.columns())))
    return 0


def _is_selected(reader: Reader, entries: Mapping[str, catalog.Entry]) -> bool:
    return any(stream.name in entries for stream in reader.streams)


def _reachable(entry: catalog.Entry) -> str:
    return "not asked; its parents are reachable" if "{" in entry.stream.path else "reachable"


def _sync_to_stdout(task: Task, api: Api, report: RunReport) -> int:
    """Syncs to stdout, prepared for signals; returns the exit code."""
    from tap_common.messages import Writer

    writer = Writer(sys.stdout.buffer, task.tap.source(task.config))
    gc.freeze()
    on_signals(after_imports(lambda signum, _frame: writer.stop(signum)))
    return sync(task, api, writer, report)


def sync(task: Task, api: Api, writer: Writer, report: RunReport) -> int:
    """Writes what ``task`` asks for to ``writer``; returns the exit code.

    Keeps ``report`` up to date. A TapError ends the run after a last STATE.
    """
    from tap_common.progress import Progress
    from tap_common.sync import Sync

    current = task.state_to_begin_with()
    if task.before is not None:
        with writer.uninterrupted():
            writer.state(task.before.value())
    if not task.entries:
        LOGGER.warning("no stream is selected; choose some in the catalog, or with --select")
    report.stats = api.stats
    report.select({name: current.bookmark(name) for name in task.entries})
    progress = Progress(api, report)
    run = Sync(task, api, current, writer, progress)
    try:
        outcomes = run.run()
    except Stopped:
        on_signals(IGNORE)
        run.write_state()
        LOGGER.info("the last STATE holds for all that was written")
        raise
    except OutputLost:
        raise
    except TapError:
        run.write_state()
        raise
    finally:
        progress.close()
    return _exit_code(api, list(outcomes.values()))


def _exit_code(api: Api, outcomes: Sequence[Outcome]) -> int:
    """The exit code of a run that came to its end.

    NothingReadable if no stream was readable, unless the vendor has understood the requests and a
    stream failed that should have been there: that is a partial run.
    """
    is_failing = any(outcome.fails_run for outcome in outcomes)
    is_understood = api.has_replied or any(outcome.is_permission for outcome in outcomes)
    if is_failing and is_understood:
        return PARTIAL
    is_any_read = any(outcome.ending in (Ending.DONE, Ending.PARTIAL) for outcome in outcomes)
    if outcomes and not is_any_read:
        raise NothingReadable(NOTHING_READABLE)
    return PARTIAL if is_failing else 0
