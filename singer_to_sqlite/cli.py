"""The command ``singer-to-sqlite``.

It imports next to nothing before it minds signals: one that comes while Python imports something
would print a traceback.
"""

import os
import sys

from singer_to_sqlite.signals import on_signals


def main() -> int:
    """Runs the command; returns its exit code."""
    on_signals(_end)

    from singer_to_sqlite.arguments import parse, printed
    from singer_to_sqlite.errors import LoadError
    from singer_to_sqlite.lines import Lines, put
    from singer_to_sqlite.settings import read

    arguments = parse()
    if arguments.about:
        from singer_to_sqlite import about

        text = about.as_json() if arguments.format == "json" else about.as_markdown()
        return printed(f"{text}\n")
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
        tell(f"error: {error}; exit {error.exit_code}")
        return error.exit_code


def tell(text: str) -> None:
    """Writes ``text`` as one line to stderr, if that is still open."""
    from singer_to_sqlite.terminal import one_line

    if sys.stderr is None:
        return
    try:
        print(f"singer-to-sqlite: {one_line(text)}", file=sys.stderr, flush=True)
    except OSError:
        sys.stderr = None


def _end(signum: int, _frame: object) -> None:
    """Until the first line is read there is nothing to store: a signal ends the process at once."""
    os._exit(128 + signum)
