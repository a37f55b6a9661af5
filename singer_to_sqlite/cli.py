"""The command ``singer-to-sqlite``.

It imports next to nothing before it minds signals: one that comes while Python imports something
would print a traceback.
"""

import os
import sys


def main() -> int:
    """Run the command; returns its exit code."""
    _end_at_signals()

    from singer_to_sqlite.arguments import parse
    from singer_to_sqlite.errors import LoadError
    from singer_to_sqlite.lines import Lines, put
    from singer_to_sqlite.settings import read

    arguments = parse()
    if arguments.about:
        from singer_to_sqlite import about

        print(about.as_json() if arguments.format == "json" else about.as_markdown())
        return 0
    given = {"file": arguments.file, "merge": arguments.merge, "metadata": arguments.metadata}
    try:
        settings = read(
            arguments.config,
            os.environ,
            {key: value for key, value in given.items() if value is not None},
            tell,
        )
        lines = Lines()

        from singer_to_sqlite.load import load  # --help need not wait for sqlite-utils

        return load(lines, settings, put, tell)
    except LoadError as error:
        tell(f"error: {error}")
        return error.exit_code


def tell(text: str) -> None:
    """Write ``text`` as one line to stderr, if that is still open."""
    from singer_to_sqlite.terminal import one_line

    if sys.stderr is None:
        return
    try:
        print(f"singer-to-sqlite: {one_line(text)}", file=sys.stderr, flush=True)
    except OSError:
        sys.stderr = None


def _end_at_signals() -> None:
    """Until the first line is read there is nothing to store, so a signal ends the process at once.

    A signal that is ignored, as in a job that runs in the background, stays so.
    """
    # The module ``signal`` would import others first, and the signal could come meanwhile.
    import _signal  # type: ignore[import-not-found]

    def end(signum: int, _frame: object) -> None:
        os._exit(128 + signum)

    for signum in (_signal.SIGINT, _signal.SIGTERM, _signal.SIGHUP):
        if _signal.getsignal(signum) != _signal.SIG_IGN:
            _signal.signal(signum, end)
