"""The wheel and the sdist install on each supported Python that is here, and their commands run."""

from __future__ import annotations

import json
import subprocess
import tomllib
from pathlib import Path

import pytest
from uv import find_uv_bin

from tests.harness import ROOT

pytestmark = [pytest.mark.stack, pytest.mark.process]

PATIENCE = 600
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
TAPS = [name for name in PROJECT["scripts"] if name.startswith("tap-")]


def run(*command: str | Path, cwd: Path) -> str:
    done = subprocess.run(
        command, cwd=cwd, capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    assert done.returncode == 0, done.stderr[-3_000:]
    return done.stdout


def pythons() -> list[str]:
    """The versions of Python here that the project supports, such as "3.11"."""
    listed = run(
        find_uv_bin(), "python", "list", "--only-installed", "--output-format", "json", cwd=ROOT
    )
    parts = [found["version_parts"] for found in json.loads(listed)]
    minor = {part["minor"] for part in parts if part["major"] == 3 and part["minor"] >= 11}
    return [f"3.{number}" for number in sorted(minor)]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel and the sdist of what git knows."""
    folder = tmp_path_factory.mktemp("package")
    run("git", "clone", "--quiet", ROOT, folder / "source", cwd=folder)
    run(find_uv_bin(), "build", "--quiet", "--out-dir", folder / "dist", cwd=folder / "source")
    return folder / "dist"


@pytest.mark.parametrize("kind", ["*.whl", "*.tar.gz"])
def test_every_command_runs_on_each_python(built: Path, tmp_path: Path, kind: str) -> None:
    [package] = built.glob(kind)
    for python in pythons():
        environment = tmp_path / python
        run(find_uv_bin(), "venv", "--quiet", "--python", python, environment, cwd=tmp_path)
        scripts = environment / "bin"
        into = ("--python", scripts / "python")
        run(find_uv_bin(), "pip", "install", "--quiet", *into, package, cwd=tmp_path)
        for name in PROJECT["scripts"]:
            assert f"usage: {name}" in run(scripts / name, "--help", cwd=tmp_path)
        for tap in TAPS:
            about = json.loads(run(scripts / tap, "--about", "--format", "json", cwd=tmp_path))
            assert about["name"] == tap
            assert about["streams"]
