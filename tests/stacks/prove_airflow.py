"""Many accounts in Airflow with Celery, a broker and two workers, one of which is killed:
``make prove-airflow``.

Each account is a Freshdesk sandbox with a small quota. Afterwards each account's database must hold
what the account holds, and no request may have been refused for the quota. It needs redis-server
on the PATH; PostgreSQL and Airflow come from PyPI.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from pathlib import Path

from sandbox.freshdesk import Account, FreshdeskServer, Options, serve
from tap_freshdesk.tap import TAP
from tests.environments import programs
from tests.freshdesk.truth import expected
from tests.harness import ROOT
from tests.postgres import Postgres, running
from tests.storm.storm import differences

DAG = "helpdesk_sync"
SCRIPTS = Path(sysconfig.get_path("scripts"))
TICKETS, CREDITS, WINDOW = 12, 40, 5
"""Of each account: how large it is, and how many credits it has in so many seconds."""
PAUSE = 2.0


class Cluster:
    """Airflow's processes, whose files are in ``home``."""

    def __init__(self, home: Path, database: Postgres, broker: str) -> None:
        self.home, self.database = home, database
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        port = free_port()
        address = f"{database.user}:x@{database.host}:{database.port}/{database.database}"
        settings = {
            "CORE__EXECUTOR": "CeleryExecutor",
            "CORE__LOAD_EXAMPLES": "False",
            "CORE__DAGS_FOLDER": str(ROOT / "examples" / "airflow"),
            "CORE__EXECUTION_API_SERVER_URL": f"http://127.0.0.1:{port}/execution/",
            "CORE__PARALLELISM": "16",
            "DATABASE__SQL_ALCHEMY_CONN": f"postgresql+psycopg2://{address}",
            "CELERY__BROKER_URL": broker,
            "CELERY__RESULT_BACKEND": f"db+postgresql://{address}",
            "API__PORT": str(port),
            "API__WORKERS": "1",
            "API_AUTH__JWT_SECRET": "a secret of this proof alone, long enough to sign with",
            "SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "60",
            "SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL": "5",
        }
        self.environment = {
            **os.environ,
            **{f"AIRFLOW__{name}": value for name, value in settings.items()},
            "AIRFLOW_HOME": str(home),
            "HELPDESK_ACCOUNTS": str(home / "accounts.json"),
            "HELPDESK_BIN": str(SCRIPTS),
            "HELPDESK_RETRY_SECONDS": "5",
            "NO_COLOR": "1",
            "PATH": f"{programs('airflow')}:{os.environ['PATH']}",
        }

    def command(self, *arguments: str) -> None:
        """Runs a command of Airflow to its end."""
        done = subprocess.run(
            ["airflow", *arguments], env=self.environment, capture_output=True, check=False
        )
        if done.returncode:
            raise SystemExit(f"airflow {arguments}: {done.stderr.decode()[-2_000:]}")

    def check(self) -> None:
        """SystemExit if a process that should run has ended by itself."""
        for name, process in self.processes.items():
            if process.poll() is not None:
                log = (self.home / f"{name}.log").read_text("utf-8", "replace")
                raise SystemExit(f"airflow {name} has ended:\n{log[-2_000:]}")

    @contextmanager
    def process(self, name: str, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
        """A process of Airflow that runs inside this, in a group of its own."""
        with (self.home / f"{name}.log").open("wb") as log:
            process = subprocess.Popen(
                ["airflow", *arguments],
                env=self.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.processes[name] = process
        try:
            yield process
        finally:
            kill(process)

    def states(self) -> dict[str, int]:
        """How many tasks are in which state."""
        rows = self.database.query(
            f"SELECT coalesce(state, 'none'), count(*) FROM task_instance "
            f"WHERE dag_id = '{DAG}' GROUP BY 1"
        )
        return {state: int(count) for state, count in rows if state}

    def is_over(self) -> bool:
        """Has the first run of the DAG ended?"""
        rows = self.database.query(
            f"SELECT state FROM dag_run WHERE dag_id = '{DAG}' ORDER BY id LIMIT 1"
        )
        return bool(rows) and rows[0][0] in ("success", "failed")


def kill(process: subprocess.Popen[bytes]) -> None:
    """Kills a process with all of its group, as a machine that loses its power would."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def free_port() -> int:
    """A port of this machine that nobody uses."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


@contextmanager
def broker(folder: Path) -> Iterator[str]:
    """A Redis server; its URL."""
    program = shutil.which("redis-server")
    if program is None:
        raise SystemExit("redis-server is missing: install it (Debian and Ubuntu: redis-server)")
    port = free_port()
    process = subprocess.Popen(
        [program, "--port", str(port), "--save", "", "--dir", str(folder)],
        stdout=subprocess.DEVNULL,
    )
    try:
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        process.kill()
        process.wait()


def write_accounts(home: Path, servers: Mapping[str, FreshdeskServer]) -> None:
    """Writes the files that Airflow imports: accounts, their configs as Variables, their pools."""
    accounts, variables, pools = [], {}, {}
    for name, server in servers.items():
        place = home / "accounts" / name
        place.mkdir(parents=True)
        target = [str(SCRIPTS / "singer-to-sqlite"), str(place / "helpdesk.db")]
        accounts.append(
            {"name": name, "tap": "tap-freshdesk", "place": str(place), "target": target}
        )
        variables[f"helpdesk_{name}"] = {
            "api_key": server.api_key,
            "domain": "acme",
            "base_url": server.url,
            "start_date": "2020-01-01",
            "rate_window_seconds": WINDOW,
        }
        pools[name] = {"slots": 1, "description": "", "include_deferred": False}
    for file, content in (("accounts", accounts), ("variables", variables), ("pools", pools)):
        (home / f"{file}.json").write_text(json.dumps(content), "utf-8")


def problems(place: Path, server: FreshdeskServer) -> list[str]:
    """What is wrong with an account's database, or with how its quota was used."""
    found = []
    with closing(sqlite3.connect(place / "helpdesk.db")) as database:
        database.row_factory = sqlite3.Row
        for stream in TAP.streams:
            rows = {
                tuple(map(dict(row).get, stream.key)): dict(row)
                for row in database.execute(f'SELECT * FROM "{stream.name}"')
            }
            for row in expected(server, stream.name):
                key = tuple(map(row.get, stream.key))
                wrong = differences(row, rows[key]) if key in rows else ["missing"]
                found += [f"{stream.name} {key}: {text}" for text in wrong]
    stats = server.log.stats()
    if stats["limited"]:
        found.append(f"{stats['limited']} requests were refused for the quota")
    return found


def prove(home: Path, number: int, seconds: float) -> int:
    """Runs the proof with so many accounts; returns an exit code."""
    with ExitStack() as stack:
        options = Options(limit=CREDITS, window_seconds=WINDOW)
        servers = {
            f"account{seed:02}": stack.enter_context(
                serve(Account(seed=seed, tickets=TICKETS), replace(options))
            )
            for seed in range(1, number + 1)
        }
        write_accounts(home, servers)
        database = stack.enter_context(running())
        cluster = Cluster(home, database, stack.enter_context(broker(home)))
        cluster.command("db", "migrate")
        cluster.command("variables", "import", str(home / "variables.json"))
        cluster.command("pools", "import", str(home / "pools.json"))
        for name in ("api-server", "dag-processor", "scheduler"):
            stack.enter_context(cluster.process(name, name))
        workers = [
            stack.enter_context(
                cluster.process(name, "celery", "worker", "-c", "4", "-H", f"{name}@%h")
            )
            for name in ("worker1", "worker2")
        ]
        began = time.monotonic()
        wait_for_dag(cluster, began + seconds)
        cluster.command("dags", "unpause", DAG)
        watch(cluster, workers, number, began + seconds)
        return report(home, servers, cluster, time.monotonic() - began)


def wait_for_dag(cluster: Cluster, deadline: float) -> None:
    """Waits until Airflow has read the DAG."""
    while not cluster.database.query(f"SELECT 1 FROM dag WHERE dag_id = '{DAG}'"):
        cluster.check()
        if time.monotonic() > deadline:
            raise SystemExit("Airflow did not read the DAG in time")
        time.sleep(PAUSE)


def watch(
    cluster: Cluster, workers: Sequence[subprocess.Popen[bytes]], number: int, deadline: float
) -> None:
    """Waits for the end of the run, and kills a worker when a fifth of the accounts is done."""
    before: dict[str, int] = {}
    while not cluster.is_over():
        states = cluster.states()
        if states != before:
            print(time.strftime("%H:%M:%S"), states, flush=True)
            before = states
        if states.get("success", 0) >= number // 5 and workers[0].poll() is None:
            kill(workers[0])
            del cluster.processes["worker1"]
            print(time.strftime("%H:%M:%S"), "worker1 is killed", flush=True)
        cluster.check()
        if time.monotonic() > deadline:
            raise SystemExit(f"the run is not over in time: {states}; see {cluster.home}")
        time.sleep(PAUSE)


def report(
    home: Path, servers: Mapping[str, FreshdeskServer], cluster: Cluster, seconds: float
) -> int:
    """Prints what came of it; 1 if anything is wrong."""
    wrong = {name: problems(home / "accounts" / name, server) for name, server in servers.items()}
    for name, texts in wrong.items():
        for text in texts[:5]:
            print(f"{name}: {text}")
    again = cluster.database.query(
        f"SELECT count(*) FROM task_instance WHERE dag_id = '{DAG}' AND try_number > 1"
    )[0][0]
    peak = max(server.log.stats()["peak_credits"] for server in servers.values())
    print(
        f"{len(servers)} accounts in {seconds:.0f} s, {again} of them tried again; "
        f"tasks: {cluster.states()}; at most {peak} of {CREDITS} credits in a window; "
        f"{sum(map(len, wrong.values()))} problems"
    )
    return 1 if any(wrong.values()) or set(cluster.states()) != {"success"} else 0


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser("python -m tests.stacks.prove_airflow", description=__doc__)
    parser.add_argument("--accounts", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=1_800)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="prove-airflow-") as folder:
        return prove(Path(folder), given.accounts, given.seconds)


if __name__ == "__main__":
    sys.exit(main())
