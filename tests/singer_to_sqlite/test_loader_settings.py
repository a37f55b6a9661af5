"""Settings from config files, from the environment and from the command line."""

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from singer_to_sqlite import about
from singer_to_sqlite.errors import UsageError
from singer_to_sqlite.settings import PROPERTIES, Settings, read
from tests.singer_to_sqlite.conftest import ROOT, Singer, SqliteFile


class Config:
    """Config files in one folder, and what the loader makes of them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.said: list[str] = []

    def file(self, content: str | Mapping[str, Any], name: str = "config.json") -> str:
        path = self.folder / name
        text = content if isinstance(content, str) else json.dumps(content)
        path.write_text(text, "utf-8")
        return str(path)

    def read(
        self, *sources: str, environment: Mapping[str, str] | None = None, **given: Any
    ) -> Settings:
        return read(sources, environment or {}, given, self.said.append)


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return Config(tmp_path)


def test_the_command_line_alone_is_enough(config: Config) -> None:
    assert config.read(file="a.db") == Settings("a.db", merge=False, metadata=None)


def test_a_config_file_gives_every_setting(config: Config) -> None:
    path = config.file({"file": "a.db", "merge": True, "metadata": "about.json"})
    assert config.read(path) == Settings("a.db", merge=True, metadata="about.json")
    assert config.said == []


def test_the_environment_gives_every_setting(config: Config) -> None:
    environment = {
        "SINGER_TO_SQLITE_FILE": "a.db",
        "SINGER_TO_SQLITE_MERGE": "Yes",
        "SINGER_TO_SQLITE_METADATA": "about.json",
    }
    expected = Settings("a.db", merge=True, metadata="about.json")
    assert config.read("ENV", environment=environment) == expected


def test_the_environment_counts_only_where_it_is_asked_for(config: Config) -> None:
    environment = {"SINGER_TO_SQLITE_MERGE": "true"}
    assert config.read(environment=environment, file="a.db") == Settings("a.db")


def test_later_sources_go_over_earlier_ones_and_the_command_line_over_all(config: Config) -> None:
    first = config.file({"file": "first.db", "merge": True, "metadata": "first.json"}, "1.json")
    second = config.file({"file": "second.db", "metadata": "second.json"}, "2.json")
    environment = {"SINGER_TO_SQLITE_FILE": "third.db"}
    assert config.read(first, second, "ENV", environment=environment, metadata="line.json") == (
        Settings("third.db", merge=True, metadata="line.json")
    )


def test_null_and_the_empty_string_are_no_values(config: Config) -> None:
    path = config.file({"file": "a.db", "merge": None, "metadata": ""})
    assert config.read(path) == Settings("a.db")


def test_a_byte_order_mark_is_no_fault(config: Config) -> None:
    assert config.read(config.file('\ufeff{"file": "a.db"}')) == Settings("a.db")


def test_an_unknown_key_is_a_warning_with_the_nearest_name(config: Config) -> None:
    path = config.file({"file": "a.db", "metdata": "x.json", "batch": 5})
    assert config.read(path) == Settings("a.db")
    assert sorted(config.said) == [
        "warning: config: 'batch' is no setting",
        "warning: config: 'metdata' is no setting; did you mean metadata?",
    ]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"file": 5}, "config: file must be a file's name, not 5"),
        ({"file": ["a.db"]}, "config: file must be a file's name, not ['a.db']"),
        (
            {"file": "a.db", "merge": "perhaps"},
            "config: merge must be true or false, not 'perhaps'",
        ),
        ({"file": "a.db", "merge": 1}, "config: merge must be true or false, not 1"),
        ({}, "name the SQLite file: singer-to-sqlite FILE.db, or file in the config"),
        ("[]", "the config {path} must be a JSON object, such as {{'file': 'x.db'}}"),
        ("{", "the config {path} is not JSON: Expecting property name"),
        ("[" * 100_000, "the config {path} is nested too deeply"),
    ],
)
def test_a_config_that_makes_no_sense_is_one_line(
    config: Config, content: Any, message: str
) -> None:
    path = config.file(content)
    with pytest.raises(UsageError) as raised:
        config.read(path)
    assert str(raised.value).startswith(message.format(path=path))
    assert raised.value.exit_code == 2


def test_a_config_that_is_not_there_is_one_line(config: Config) -> None:
    path = str(config.folder / "nowhere.json")
    with pytest.raises(UsageError, match=f"can't read the config {path}: No such file"):
        config.read(path)


def test_about_names_every_setting_as_a_json_schema() -> None:
    described = json.loads(about.as_json())
    assert described["name"] == "singer-to-sqlite"
    assert described["settings"]["properties"] == PROPERTIES
    assert described["settings"]["required"] == ["file"]
    for schema in PROPERTIES.values():
        assert schema["title"]
        assert schema["description"].endswith(".")
    for key in PROPERTIES:
        assert f"| `{key}` | `SINGER_TO_SQLITE_{key.upper()}` |" in about.as_markdown()


@pytest.mark.process
def test_the_command_loads_with_nothing_but_a_config(
    config: Config, db: SqliteFile, singer: type[Singer]
) -> None:
    metadata = config.folder / "about.json"
    path = config.file({"file": str(db.path), "metadata": str(metadata)})
    lines = singer.as_input(singer.schema(["id"], id="integer"), singer.record({"id": 1}))
    command = [*db.command, "--config", path]
    done = subprocess.run(command, input=lines, cwd=ROOT, capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (0, b"")
    assert db.rows("SELECT id FROM things") == [1]
    assert json.loads(metadata.read_text())["databases"]["file"]["tables"] == {"things": {}}


@pytest.mark.process
def test_the_command_describes_itself(db: SqliteFile) -> None:
    command = [*db.command, "--about", "--format", "json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    assert json.loads(done.stdout) == json.loads(about.as_json())
