"""How a command begins: signals while it starts, bad arguments, bad files, before any request."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.command import CommandLine, ran
from tests.harness import ROOT, Run, complaint, execute

TAPS = ("tap_desk", "tap_freshdesk", "tap_zendesk_chat", "tap_zendesk_support")
DEEP = "[" * 1_500 + "]" * 1_500


@pytest.fixture
def tap(tmp_path: Path) -> CommandLine:
    config = {"api_key": "key-of-acme", "domain": "acme", "base_url": "http://127.0.0.1:9"}
    return CommandLine(tmp_path, "tap_freshdesk", config)


def python(program: str, *arguments: str) -> Run:
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments], cwd=ROOT, capture_output=True, check=False
    )
    return Run(done.returncode, done.stdout, done.stderr.decode())


@pytest.mark.process
@pytest.mark.parametrize("package", TAPS)
def test_a_command_imports_next_to_nothing_before_it_minds_signals(package: str) -> None:
    run = python(
        "import json, sys; before = set(sys.modules); import " + package + ";"
        "print(json.dumps(sorted(set(sys.modules) - before)))"
    )
    assert set(json.loads(run.out)) == {
        package,
        "gc",
        "tap_common",
        "tap_common.cli",
        "tap_common.signals",
    }


INTERRUPTED = """
import os, sys
class Interrupt:
    def find_spec(self, name, path, target=None):
        if name == sys.argv[1]:
            os.kill(os.getpid(), int(sys.argv[2]))
sys.meta_path.insert(0, Interrupt())
from tap_freshdesk import main
sys.argv[1:] = ["--config", "/nowhere.json"]
main()
"""


@pytest.mark.process
@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("module", ["argparse", "tap_common.run", "requests", "tap_freshdesk.tap"])
def test_a_signal_while_a_command_starts_ends_it_without_a_word(
    module: str, signum: signal.Signals
) -> None:
    program = INTERRUPTED.replace("sys.argv[1]:", f"{module!r}:").replace(
        "int(sys.argv[2])", str(int(signum))
    )
    assert python(program) == Run(128 + signum, b"", "")


STOPPED_AT_THE_END = """
import os, signal, sys
from tap_common import summary
summary.table = lambda report: os.kill(os.getpid(), signal.SIGTERM) or []
from tap_freshdesk import main
main()
"""


@pytest.mark.process
def test_a_signal_at_the_very_end_does_not_cost_the_report(tap: CommandLine) -> None:
    report = tap.folder / "report.json"
    arguments = tap.command("--report", str(report), retry_seconds=0)[5:]
    run = python(STOPPED_AT_THE_END, *arguments)
    assert run.code == 1
    assert json.loads(report.read_text("utf-8"))["exit_code"] == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--conf\x1b[31mig"], "unrecognized arguments: --conf\\x1b[31mig"),
        (["--format", "\u202exml"], "invalid choice: "),
        ([], "--config is needed: a file, or ENV to read the environment"),
        (["--report", "x", "--test"], "--report goes with a sync, not with --test"),
        (["--test", "--discover"], "--discover and --test do not go together; choose one of them"),
    ],
)
def test_bad_arguments_are_told_in_plain_text(arguments: list[str], words: str) -> None:
    run = ran("tap_freshdesk", *arguments)
    assert run.code == 2
    assert words in run.err
    assert run.err.replace("\n", "").isprintable()


@pytest.mark.parametrize("kind", ["config", "catalog", "state"])
@pytest.mark.parametrize(
    ("content", "words"),
    [
        (DEEP, "is nested more than 100 levels deep"),
        ('{"bookmarks": {}, "x": ' + "9" * 5_000 + "}", "has an integer of more than 64 bits"),
        ('{"bookmarks": {}, "x": "\\ud83d"}', "has half a character (a lone surrogate) in it"),
        ('{"bookmarks": {}}\n{"bookmarks": {}}\n', "holds several JSON values"),
    ],
    ids=["deep", "long integer", "half a character", "two values"],
)
def test_a_bad_file_ends_the_run_with_one_line(
    tap: CommandLine, kind: str, content: str, words: str
) -> None:
    bad = tap.write("bad.json", content)
    run = tap.run(f"--{kind}", str(bad))
    assert run.code == 2
    assert f"{kind}: {bad} {words}" in complaint(run)
    assert run.out == b""


@pytest.mark.parametrize("name", ["", "/dev/zero", "/dev/null"])
def test_a_config_that_is_no_file_ends_the_run_with_one_line(tap: CommandLine, name: str) -> None:
    run = tap.run("--config", name or str(tap.folder))
    assert run.code == 2
    assert complaint(run).startswith(f"CRITICAL config: {name or tap.folder} is ")


def test_a_config_with_a_byte_order_mark_is_read(tap: CommandLine) -> None:
    (tap.folder / "mark.json").write_bytes(b"\xef\xbb\xbf{}")
    run = tap.run("--config", str(tap.folder / "mark.json"), "--state", "/nowhere.json")
    assert "state: can't read /nowhere.json" in complaint(run)


@pytest.mark.process
def test_a_config_from_another_command_is_read(tap: CommandLine) -> None:
    command = " ".join(tap.command("--state", "/nowhere.json"))
    config = tap.folder / "config.json"
    substituted = command.replace(f"--config {config}", f"--config <(cat {config})")
    piped = f"cat {config} | " + command.replace(f"--config {config}", "--config /dev/stdin")
    for line in (substituted, piped):
        assert "state: can't read /nowhere.json" in complaint(execute(["bash", "-c", line]))


@pytest.mark.parametrize(
    "given",
    [
        {"state": {"bookmarks": {"tickets": {"live": "\x1b[31m\u202e"}}}},
        {"catalog": {"streams": [{"tap_stream_id": "a\x1b]0;b\x07", "schema": {}}]}},
        {"\x9b31m": 1, "domain": "\x1b[2J"},
    ],
    ids=["state", "catalog", "config"],
)
def test_files_do_not_control_the_terminal(tap: CommandLine, given: dict[str, Any]) -> None:
    run = tap.run(**given)
    assert run.code == 2
    assert complaint(run)
    assert run.err.replace("\n", "").isprintable()


def test_a_type_that_json_schema_does_not_know_is_a_bad_catalog(tap: CommandLine) -> None:
    schema = {"properties": {"id": {"type": ["null", "strnig"]}}, "selected": True}
    run = tap.run(catalog={"streams": [{"tap_stream_id": "roles", "schema": schema}]})
    assert run.code == 2
    assert "catalog: roles: the schema of id is no JSON schema" in complaint(run)


@pytest.mark.process
@pytest.mark.parametrize("package", TAPS)
def test_about_waits_for_no_library_that_it_does_not_need(package: str) -> None:
    heavy = "{'requests', 'msgspec', 'singer', 'jsonschema', 'backoff', 'rich', 'pendulum'}"
    imports = f"import sys, {package}.tap, tap_common.run"
    run = python(f"{imports}; print(sorted(sys.modules.keys() & {heavy}))")
    assert (run.out.strip(), run.err) == (b"[]", "")
