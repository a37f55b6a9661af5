"""Airflow with Celery on this machine: its processes, its database, and its broker."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.environments import from_debian, programs
from tests.harness import ROOT
from tests.postgres import Postgres, free_port

SETTINGS = {
    "CORE__EXECUTOR": "CeleryExecutor",
    "CORE__LOAD_EXAMPLES": "False",
    "CORE__DAGS_FOLDER": str(ROOT / "examples" / "airflow"),
    "API__HOST": "127.0.0.1",
    "API__WORKERS": "1",
    "API_AUTH__JWT_SECRET": "a secret of this cluster alone, long enough to sign with SHA-512",
    # The defaults are made for more than one machine: here a lost task is noticed sooner.
    "SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "60",
    "SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL": "5",
    "SCHEDULER__TASK_QUEUED_TIMEOUT": "180",
    "SCHEDULER__TASK_QUEUED_TIMEOUT_CHECK_INTERVAL": "15",
    # The DAGs don't change meanwhile.
    "DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "3600",
    "DAG_PROCESSOR__REFRESH_INTERVAL": "3600",
    "DAG_PROCESSOR__PRINT_STATS_INTERVAL": "0",
}
LIVING = "RSDT"
"""The states of processes in /proc that can still do something."""


class Cluster:
    """Airflow's processes, whose files are in ``home``.

    The database and the broker run already. ``environment`` comes on top of the one of this
    process. At most ``parallel`` tasks are started or queued at once.
    """

    def __init__(
        self,
        home: Path,
        database: Postgres,
        broker: str,
        parallel: int,
        environment: Mapping[str, str],
    ) -> None:
        self.home, self.database = home, database
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        port = free_port()
        address = f"{database.user}:x@{database.host}:{database.port}/{database.database}"
        settings = {
            **SETTINGS,
            "CORE__EXECUTION_API_SERVER_URL": f"http://127.0.0.1:{port}/execution/",
            "CORE__PARALLELISM": str(parallel),
            "CORE__MAX_ACTIVE_TASKS_PER_DAG": str(parallel),
            "DATABASE__SQL_ALCHEMY_CONN": f"postgresql+psycopg2://{address}",
            "CELERY__BROKER_URL": broker,
            "CELERY__RESULT_BACKEND": f"db+postgresql://{address}",
            "API__PORT": str(port),
        }
        self._environment = {
            **os.environ,
            **{f"AIRFLOW__{name}": value for name, value in settings.items()},
            "AIRFLOW_HOME": str(home),
            "NO_COLOR": "1",
            "PATH": f"{programs('airflow')}:{os.environ['PATH']}",
            **environment,
        }

    def command(self, *arguments: str) -> None:
        """Runs a command of Airflow to its end. SystemExit if it fails."""
        done = subprocess.run(
            ["airflow", *arguments], env=self._environment, capture_output=True, check=False
        )
        if done.returncode:
            raise SystemExit(f"airflow {arguments}: {done.stderr.decode()[-2_000:]}")

    @contextmanager
    def process(self, name: str, *arguments: str) -> Iterator[None]:
        """Keeps a process of Airflow running inside this, in a session of its own."""
        with (self.home / f"{name}.log").open("wb") as log:
            self.processes[name] = subprocess.Popen(
                ["airflow", *arguments],
                env=self._environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        try:
            yield
        finally:
            self.kill(name)

    def check(self) -> None:
        """SystemExit if a process that should run has ended by itself."""
        for name, process in self.processes.items():
            if process.poll() is not None:
                log = (self.home / f"{name}.log").read_text("utf-8", "replace")
                raise SystemExit(f"airflow {name} has ended:\n{log[-2_000:]}")

    def commands(self, name: str) -> list[str]:
        """The command lines of a process and of all that it has started."""
        lines = []
        for pid in _session(self.processes[name].pid):
            with suppress(OSError):
                lines.append(Path(f"/proc/{pid}/cmdline").read_bytes().decode("utf-8", "replace"))
        return lines

    def kill(self, name: str) -> None:
        """Kills a process with all that it has started, as a machine does that loses its power."""
        process = self.processes.pop(name, None)
        if process is None:
            return
        while pids := _session(process.pid):
            for pid in pids:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        process.wait()


def _session(leader: int) -> list[int]:
    """The living processes of the session that ``leader`` began."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            state, _, _, session = path.read_text("utf-8").rpartition(")")[2].split()[:4]
            if int(session) == leader and state in LIVING:
                found.append(int(path.parent.name))
    return found


@contextmanager
def broker(folder: Path) -> Iterator[str]:
    """Runs a Redis server, which writes nothing to the disk; yields its URL."""
    port = free_port()
    process = subprocess.Popen(
        [
            from_debian("redis-server"),
            *("--bind", "127.0.0.1", "--port", str(port)),
            *("--save", "", "--dir", str(folder)),
        ],
        stdout=subprocess.DEVNULL,
    )
    try:
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        process.kill()
        process.wait()
