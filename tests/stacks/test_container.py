"""The image is built by buildah on a base of Debian packages, and runs in chroot isolation."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import pytest

from sandbox.freshdesk import Account, FreshdeskServer, Options, serve
from tests.environments import from_debian, programs
from tests.harness import ROOT

pytestmark = [pytest.mark.stack, pytest.mark.process]

PATIENCE = 1_800
CONTAINER = ROOT / "examples" / "container"
BASE, IMAGE = "localhost/helpdesk-base", "localhost/helpdesk-taps"
PACKAGES = "python3,python3-venv,ca-certificates"
BUILD_TOOLS = ("hatchling", "hatch-fancy-pypi-readme")


def run(*command: str | Path, cwd: Path = ROOT) -> str:
    """Runs a command to its end; returns what it wrote to stdout."""
    done = subprocess.run(
        command, cwd=cwd, capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    assert done.returncode == 0, done.stderr[-3_000:]
    return done.stdout + done.stderr


@dataclass
class Container:
    """The image as a container with the folder ``data`` as its PLACE.

    It is mounted at another path than /data, since ``buildah run`` hides what is below a VOLUME.
    """

    name: str
    data: Path

    def start(self) -> subprocess.Popen[bytes]:
        """Starts the image's own command, with the other PLACE."""
        config = json.loads(run("buildah", "inspect", "--type", "image", IMAGE))["OCIv1"]["config"]
        return subprocess.Popen(
            [
                "buildah",
                "run",
                "--isolation=chroot",
                f"--user={config['User']}",
                f"--volume={self.data}:/account",
                self.name,
                "--",
                *config["Entrypoint"][:-1],
                "/account",
                *config["Cmd"],
            ],
            stderr=subprocess.PIPE,
        )

    def count(self, table: str) -> int:
        with closing(sqlite3.connect(self.data / "helpdesk.db")) as database:
            return int(database.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


def read_until(lines: IO[bytes], text: str) -> None:
    """Reads until a line holds the text. It fails with what came if none does."""
    log = ""
    while text not in log:
        line = lines.readline().decode()
        assert line, log
        log += line


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Builds the base and the image; the image's libraries come from a folder of wheels."""
    folder = tmp_path_factory.mktemp("image")
    from_debian("buildah")
    from_debian("mmdebstrap")
    run("mmdebstrap", "--variant=minbase", f"--include={PACKAGES}", "bookworm", folder / "base.tar")
    base = run("buildah", "from", "scratch").strip()
    run("buildah", "add", base, folder / "base.tar", "/")
    run("buildah", "commit", "--rm", base, BASE)
    context = folder / "context"
    run("git", "worktree", "prune")
    run("git", "clone", "--quiet", ROOT, context)
    run(
        sys.executable,
        *("-m", "pip", "download", "--quiet"),
        f"--dest={context / 'wheels'}",
        f"--constraint={CONTAINER / 'constraints.txt'}",
        ".[remote]",
        *BUILD_TOOLS,
    )
    run(
        "buildah",
        "bud",
        "--isolation=chroot",
        f"--build-arg=BASE={BASE}",
        "--build-arg=PIP_ARGUMENTS=--no-index --find-links wheels",
        f"--file={CONTAINER / 'Dockerfile'}",
        f"--tag={IMAGE}",
        context,
    )
    return IMAGE


@pytest.fixture
def container(image: str, tmp_path: Path) -> Iterator[Container]:
    """The user of the image can write to no folder but its own, as with a read-only root."""
    name = run("buildah", "from", image).strip()
    root = Path(run("buildah", "mount", name).strip())
    shutil.chown(root / "data", 0)
    for folder in ("tmp", "var/tmp", "data"):
        (root / folder).chmod(0o755)
    data = tmp_path / "data"
    data.mkdir()
    shutil.chown(data, 10001, 10001)
    yield Container(name, data)
    run("buildah", "rm", name)


@pytest.fixture
def server() -> Iterator[FreshdeskServer]:
    with serve(Account(seed=1, tickets=30), Options(limit=0)) as server:
        yield server


def test_a_sync_a_sigterm_and_a_second_run(container: Container, server: FreshdeskServer) -> None:
    config = {**server.credentials, "base_url": server.url}
    file = container.data / "config.json"
    file.write_text(json.dumps({**config, "start_date": "2020-01-01"}), "utf-8")
    os.chown(file, 10001, 10001)
    server.faults.add("hang", path="/api/v2/agents")
    with container.start() as first:
        assert first.stderr is not None
        read_until(first.stderr, "conversations: ")
        [tap] = run("pgrep", "-f", "/opt/helpdesk/bin/helpdesk-sync").split()[-1:]
        os.kill(int(tap), signal.SIGTERM)
        log = first.stderr.read().decode()
        assert first.wait(PATIENCE) == 128 + signal.SIGTERM, log
    server.faults.set([])
    assert container.count("tickets") == len(server.account.rows("tickets"))
    assert "live" in json.loads((container.data / "state.json").read_text())["bookmarks"]["tickets"]

    with container.start() as second:
        log = second.communicate(timeout=PATIENCE)[1].decode()
        assert second.returncode == 0, log
    assert container.count("agents") == len(server.account.rows("agents"))
    assert (container.data / "state.json").stat().st_uid == 10001


def test_the_cron_job_fits_the_schema_of_kubernetes() -> None:
    validator = programs("kubernetes") / "kubernetes-validate"
    said = run(validator, ROOT / "examples" / "kubernetes" / "cronjob.yaml")
    assert "passed for resource cronjob/freshdesk-acme" in said
    assert "passed for resource persistentvolumeclaim/freshdesk-acme" in said
