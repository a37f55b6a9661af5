"""The loader in this process, and as people run it: a command with a file name."""

import io
import json
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import pytest

from singer_to_sqlite.errors import LoadError
from singer_to_sqlite.load import load
from singer_to_sqlite.settings import Settings
from singer_to_sqlite.terminal import one_line

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Ended:
    code: int
    states: list[Any]
    said: list[str]

    @property
    def error(self) -> str:
        """The last line of stderr without the command's name."""
        return self.said[-1].removeprefix("singer-to-sqlite: error: ")


class Command(subprocess.Popen[bytes]):
    """A running command whose standard files are pipes."""

    stdin: IO[bytes]
    stdout: IO[bytes]
    stderr: IO[bytes]


class SqliteFile:
    def __init__(self, path: Path) -> None:
        self.path = path

    command = (sys.executable, "-m", "singer_to_sqlite")

    def start(self, **options: Any) -> Command:
        """The running command, with pipes."""
        pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
        return Command([*self.command, str(self.path)], cwd=ROOT, **(pipes | options))

    def load(self, *messages: dict[str, Any] | str | bytes, metadata: Path | None = None) -> Ended:
        """A load of ``messages`` in this process; text and bytes are lines as they are."""
        states: list[Any] = []
        said: list[str] = []

        def put(line: bytes) -> None:
            states.append(json.loads(line))

        def tell(text: str) -> None:
            said.append(f"singer-to-sqlite: {one_line(text)}")

        try:
            settings = Settings(str(self.path), metadata=str(metadata) if metadata else None)
            code = load(io.BytesIO(as_input(messages)), settings, put, tell)
        except LoadError as error:
            tell(f"error: {error}")
            code = 1
        return Ended(code, states, said)

    def rows(self, sql: str) -> list[Any]:
        """What ``sql`` selects: tuples, or plain values if it selects one column."""
        with closing(sqlite3.connect(self.path)) as connection:
            return [row[0] if len(row) == 1 else row for row in connection.execute(sql)]

    def columns(self, table: str) -> dict[str, str]:
        return dict(self.rows(f"SELECT name, type FROM pragma_table_info('{table}')"))


NewFile = Callable[[], SqliteFile]


def as_input(messages: Iterable[dict[str, Any] | str | bytes]) -> bytes:
    def lines() -> Iterator[bytes]:
        for message in messages:
            if isinstance(message, bytes):
                yield message
            else:
                yield (
                    message if isinstance(message, str) else json.dumps(message)
                ).encode() + b"\n"

    return b"".join(lines())


class Singer:
    """Messages of one stream, ``things`` unless said."""

    @staticmethod
    def schema(key: list[str], stream: str = "things", **types: Any) -> dict[str, Any]:
        properties = {
            name: kind if isinstance(kind, dict) else {"type": kind} for name, kind in types.items()
        }
        schema = {"type": "object", "properties": properties}
        return {"type": "SCHEMA", "stream": stream, "schema": schema, "key_properties": key}

    @staticmethod
    def record(row: dict[str, Any], stream: str = "things", **more: Any) -> dict[str, Any]:
        return {"type": "RECORD", "stream": stream, "record": row, **more}

    @staticmethod
    def state(value: Any) -> dict[str, Any]:
        return {"type": "STATE", "value": value}

    @staticmethod
    def activate(version: Any, stream: str = "things") -> dict[str, Any]:
        return {"type": "ACTIVATE_VERSION", "stream": stream, "version": version}

    @staticmethod
    def as_input(*messages: dict[str, Any] | str | bytes) -> bytes:
        return as_input(messages)


@pytest.fixture(scope="session")
def singer() -> type[Singer]:
    return Singer


@pytest.fixture(scope="session")
def new_file(tmp_path_factory: pytest.TempPathFactory) -> NewFile:
    """Makes a file that isn't there yet, in a directory of its own."""
    return lambda: SqliteFile(tmp_path_factory.mktemp("load") / "file.db")


@pytest.fixture
def db(new_file: NewFile) -> SqliteFile:
    return new_file()
