"""The commands work from a wheel, an editable install and a plain checkout, whatever the current
folder is.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.freshdesk import Account, FreshdeskServer, Options, serve
from tests.harness import ROOT, execute

pytestmark = pytest.mark.process

TAPS = {path.name.replace("_", "-"): path.name for path in sorted((ROOT / "schemas").iterdir())}
COMMANDS = [*TAPS, "singer-to-sqlite", "helpdesk-report"]
PATIENCE = 120
LOADED = """
import importlib, json
taps = {package: importlib.import_module(package + ".tap").TAP for package in %s}
print(json.dumps({package: sorted(tap.schemas) for package, tap in taps.items()}))
"""
PIP = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
NOT_COPIED = shutil.ignore_patterns(".*", "*cache*", "demo", "tests", "*.egg-info", "build", "dist")


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project, so that builds leave nothing in this one."""
    return Path(
        shutil.copytree(ROOT, tmp_path_factory.mktemp("checkout") / "taps", ignore=NOT_COPIED)
    )


@pytest.fixture(scope="module")
def server() -> Iterator[FreshdeskServer]:
    with serve(Account(seed=1, tickets=10), Options(limit=0)) as server:
        yield server


def fresh(folder: Path) -> Path:
    """A new environment that finds our libraries but not the project itself; returns its Python."""
    venv.create(folder, symlinks=True)
    python = folder / "bin" / "python"
    script = "import sysconfig; print(sysconfig.get_path('purelib'))"
    site = Path(execute([str(python), "-c", script]).out.decode().strip())
    (site / "libraries.pth").write_text(
        sysconfig.get_path("purelib") + "\n", "utf-8"
    )  # its own .pth files are not followed
    return python


def pip(*arguments: str | Path) -> None:
    done = subprocess.run(
        [*PIP, *map(str, arguments)], capture_output=True, timeout=PATIENCE, check=False
    )
    assert done.returncode == 0, done.stderr.decode()


def place_of(python: Path, folder: Path) -> Path:
    """Where this Python finds tap_common."""
    found = execute(
        [str(python), "-c", "import tap_common; print(tap_common.__file__)"], cwd=folder
    )
    assert found.code == 0, found.err
    return Path(found.out.decode().strip())


def schemas_of(package: str) -> list[str]:
    """The streams of a tap that have a schema."""
    return sorted(path.stem for path in (ROOT / "schemas" / package).glob("*.json"))


def works(command: list[str], folder: Path, server: FreshdeskServer) -> None:
    """Every tap finds its schemas; discovery prints a catalog with all of them."""
    loaded = execute([*command, "-c", LOADED % list(TAPS.values())], cwd=folder)
    assert json.loads(loaded.out) == {package: schemas_of(package) for package in TAPS.values()}, (
        loaded.err
    )
    config = folder / "config.json"
    config.write_text(
        json.dumps({**server.credentials, "base_url": server.url}),
        "utf-8",
    )
    discovery = execute(
        [*command, "-m", "tap_freshdesk", "--config", str(config), "--discover"], cwd=folder
    )
    assert discovery.code == 0, discovery.err
    schemas = {
        entry["stream"]: entry["schema"]["properties"]
        for entry in json.loads(discovery.out)["streams"]
    }
    assert schemas.keys() == {
        path.stem for path in (ROOT / "schemas" / "tap_freshdesk").glob("*.json")
    }
    assert all(schemas.values())


@pytest.mark.stack
def test_the_wheel_brings_its_schemas(
    checkout: Path, server: FreshdeskServer, tmp_path: Path
) -> None:
    pip("wheel", "--no-deps", "--wheel-dir", tmp_path, checkout)
    python = fresh(tmp_path / "venv")
    pip("--python", python, "install", "--no-deps", next(tmp_path.glob("*.whl")))
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    assert place_of(python, elsewhere).is_relative_to(tmp_path / "venv")
    works([str(python)], elsewhere, server)
    assert execute([str(python.parent / "tap-freshdesk"), "--about"], cwd=elsewhere).code == 0
    views = execute([str(python.parent / "helpdesk-views"), "sqlite", "tap-desk"], cwd=elsewhere)
    assert b"CREATE VIEW v_tickets" in views.out, views.err


@pytest.mark.stack  # make install makes such an install, which all other tests use
def test_an_editable_install_finds_its_schemas(
    checkout: Path, server: FreshdeskServer, tmp_path: Path
) -> None:
    python = fresh(tmp_path / "venv")
    pip("--python", python, "install", "--no-deps", "--editable", checkout)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    assert place_of(python, elsewhere).is_relative_to(checkout)
    works([str(python)], elsewhere, server)
    assert execute([str(python.parent / "tap-freshdesk"), "--about"], cwd=elsewhere).code == 0


def test_a_plain_checkout_finds_its_schemas(
    checkout: Path, server: FreshdeskServer, tmp_path: Path
) -> None:
    python = fresh(tmp_path / "venv")
    environment = {**os.environ, "PYTHONPATH": str(checkout)}
    found = execute(
        [str(python), "-c", "import tap_common; print(tap_common.__file__)"],
        env=environment,
        cwd=tmp_path,
    )
    assert Path(found.out.decode().strip()).is_relative_to(checkout)
    works(["env", f"PYTHONPATH={checkout}", str(python)], tmp_path, server)


@pytest.mark.parametrize("command", COMMANDS)
def test_help_answers(command: str, tmp_path: Path) -> None:
    helped = execute([str(Path(sysconfig.get_path("scripts")) / command), "--help"], cwd=tmp_path)
    assert helped.code == 0
    assert not helped.err
    assert "exit codes" in helped.out.decode()


@pytest.mark.parametrize("command", COMMANDS)
def test_a_module_answers_like_its_command(command: str, tmp_path: Path) -> None:
    module = TAPS.get(command, command.replace("-", "_"))
    versions = [
        execute([str(Path(sysconfig.get_path("scripts")) / command), "--version"], cwd=tmp_path),
        execute([sys.executable, "-m", module, "--version"]),
    ]
    assert versions[0].out == versions[1].out
    assert versions[0].out.decode().startswith(f"{command} ")


@pytest.mark.parametrize(
    "arguments", [["-m", "sandbox"], ["-m", "sandbox", "freshdesk"], ["-m", "examples.demo"]]
)
def test_the_other_commands_answer_too(arguments: list[str]) -> None:
    helped = execute([sys.executable, *arguments, "--help"])
    assert (helped.code, helped.err) == (0, "")


def test_the_tables_in_the_documents_are_current() -> None:
    checked = execute([sys.executable, "-m", "docs.make", "--check"])
    assert (checked.code, checked.out.decode()) == (0, "")
