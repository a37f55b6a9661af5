"""Many accounts in Airflow with Celery, a broker and two workers, one of which is killed:
``make prove-airflow``.

Each account is a Freshdesk sandbox with a small quota. When a fifth of the accounts is done and
the first worker has loaded a part of another one, everything that belongs to this worker is killed
with SIGKILL. Afterwards each account's database must hold what the account holds, and no request
may have been refused for the quota. It needs redis-server on the PATH; PostgreSQL and Airflow come
from PyPI.
"""

from __future__ import annotations

import argparse
import json
import shutil
import signal
import sqlite3
import sys
import sysconfig
import tempfile
import time
from collections.abc import Mapping
from contextlib import ExitStack, closing
from pathlib import Path
from types import FrameType

from sandbox.freshdesk import Account, FreshdeskServer, Options, serve
from tap_freshdesk.tap import TAP
from tests.environments import from_debian
from tests.freshdesk.truth import expected
from tests.postgres import running
from tests.stacks.cluster import Cluster, broker
from tests.storm.storm import differences

DAG = "helpdesk_sync"
SCRIPTS = Path(sysconfig.get_path("scripts"))
TICKETS, CREDITS, WINDOW = 12, 40, 5
"""Of each account: how large it is, and how many credits it has in so many seconds."""
WORKERS, TASKS = ("worker1", "worker2"), 3
"""Celery's workers, and how many tasks each of them runs at once."""
PAUSE = 2.0


class Proof:
    """Runs the DAG over the accounts of ``servers``, whose files are in ``home``."""

    def __init__(self, home: Path, servers: Mapping[str, FreshdeskServer]) -> None:
        self._home, self._servers = home, servers
        self._interrupted: list[str] = []

    def place(self, name: str) -> Path:
        """The folder of an account."""
        return self._home / "accounts" / name

    def run(self, seconds: float) -> bool:
        """Runs it; is all as it must be? SystemExit if it is not over after so many seconds."""
        self._write_accounts()
        with ExitStack() as stack:
            cluster = Cluster(
                self._home,
                stack.enter_context(running()),
                stack.enter_context(broker(self._home)),
                TASKS * len(WORKERS),
                {
                    "HELPDESK_ACCOUNTS": str(self._home / "accounts.json"),
                    "HELPDESK_BIN": str(SCRIPTS),
                    "HELPDESK_RETRY_SECONDS": "5",
                },
            )
            cluster.command("db", "migrate")
            cluster.command("variables", "import", str(self._home / "variables.json"))
            cluster.command("pools", "import", str(self._home / "pools.json"))
            for name in ("api-server", "dag-processor", "scheduler"):
                stack.enter_context(cluster.process(name, name))
            for name in WORKERS:
                options = ("-c", str(TASKS), "-H", f"{name}@%h", "--skip-serve-logs")
                stack.enter_context(cluster.process(name, "celery", "worker", *options))
            began = time.monotonic()
            self._wait_for_dag(cluster, began + seconds)
            cluster.command("dags", "unpause", DAG)
            self._watch(cluster, began + seconds)
            return self._report(cluster, time.monotonic() - began)

    def _write_accounts(self) -> None:
        """Writes what Airflow imports: accounts, their configs as Variables, their pools."""
        accounts, variables, pools = [], {}, {}
        for name, server in self._servers.items():
            place = self.place(name)
            place.mkdir(parents=True)
            target = [str(SCRIPTS / "singer-to-sqlite"), str(place / "helpdesk.db")]
            accounts.append(
                {"name": name, "tap": "tap-freshdesk", "place": str(place), "target": target}
            )
            variables[f"helpdesk_{name}"] = {
                **server.credentials,
                "base_url": server.url,
                "start_date": "2020-01-01",
                "rate_window_seconds": WINDOW,
            }
            pools[name] = {"slots": 1, "description": "", "include_deferred": False}
        for file, content in (("accounts", accounts), ("variables", variables), ("pools", pools)):
            (self._home / f"{file}.json").write_text(json.dumps(content), "utf-8")

    def _wait_for_dag(self, cluster: Cluster, deadline: float) -> None:
        while not cluster.database.query(f"SELECT 1 FROM dag WHERE dag_id = '{DAG}'"):
            cluster.check()
            if time.monotonic() > deadline:
                raise SystemExit("Airflow did not read the DAG in time")
            time.sleep(PAUSE)

    def _watch(self, cluster: Cluster, deadline: float) -> None:
        """Waits for the end of the DAG's first run, and kills a worker in the middle."""
        before: dict[str, int] = {}
        victim = WORKERS[0]
        while not is_over(cluster):
            states = states_of(cluster)
            if states != before:
                say(states)
                before = states
            if not self._interrupted and states.get("success", 0) >= len(self._servers) // 5:
                self._interrupted = self._half_loaded("\n".join(cluster.commands(victim)))
                if self._interrupted:
                    cluster.kill(victim)
                    say(f"{victim} is killed at {', '.join(self._interrupted)}")
            cluster.check()
            if time.monotonic() > deadline:
                raise SystemExit(f"the run is not over in time: {states}")
            time.sleep(PAUSE)

    def _half_loaded(self, commands: str) -> list[str]:
        """The accounts that these commands name, and of which rows are loaded."""
        return [
            name
            for name in self._servers
            if str(self.place(name)) in commands and (self.place(name) / "helpdesk.db").exists()
        ]

    def _report(self, cluster: Cluster, seconds: float) -> bool:
        """Prints what came of it; is all as it must be?"""
        wrong = [
            f"{name}: {problem}"
            for name, server in self._servers.items()
            for problem in problems(self.place(name), server)
        ]
        again = {
            name
            for (name,) in cluster.database.query(
                f"SELECT task_id FROM task_instance WHERE {FIRST_RUN} AND try_number > 1"
            )
        }
        if not self._interrupted:
            wrong.append("no worker was killed: its tasks were over too soon")
        wrong += [f"{name}: not tried again" for name in self._interrupted if name not in again]
        for text in wrong[:20]:
            say(text)
        states = states_of(cluster)
        peak = max(server.log.stats()["peak_credits"] for server in self._servers.values())
        requests = sum(server.log.stats()["requests"] for server in self._servers.values())
        say(
            f"{len(self._servers)} accounts in {seconds:.0f} s, {len(again)} of them tried again; "
            f"tasks: {states}; {requests} requests, at most {peak} of {CREDITS} credits in a "
            f"window; {len(wrong)} problems"
        )
        return not wrong and states.keys() == {"success"}


FIRST_RUN = (
    f"dag_id = '{DAG}' AND run_id = "
    f"(SELECT run_id FROM dag_run WHERE dag_id = '{DAG}' ORDER BY id LIMIT 1)"
)


def small_account(seed: int) -> FreshdeskServer:
    """A server of an account with a small quota."""
    return serve(Account(seed=seed, tickets=TICKETS), Options(limit=CREDITS, window_seconds=WINDOW))


def states_of(cluster: Cluster) -> dict[str, int]:
    """How many tasks of the DAG's first run are in which state."""
    rows = cluster.database.query(
        f"SELECT coalesce(state, 'none'), count(*) FROM task_instance WHERE {FIRST_RUN} GROUP BY 1"
    )
    return {state: int(count) for state, count in rows}


def is_over(cluster: Cluster) -> bool:
    """Has the DAG's first run ended?"""
    rows = cluster.database.query(f"SELECT state FROM dag_run WHERE {FIRST_RUN}")
    return bool(rows) and rows[0][0] in ("success", "failed")


def problems(place: Path, server: FreshdeskServer) -> list[str]:
    """What is wrong with an account's database, or with how its quota was used."""
    found = []
    with closing(sqlite3.connect(place / "helpdesk.db")) as database:
        database.row_factory = sqlite3.Row
        for stream in TAP.streams:
            stored = {
                tuple(map(dict(row).get, stream.key)): dict(row)
                for row in database.execute(f'SELECT * FROM "{stream.name}"')
            }
            wanted = {tuple(map(row.get, stream.key)): row for row in expected(server, stream.name)}
            found += [f"{stream.name} {key}: missing" for key in wanted.keys() - stored.keys()]
            found += [
                f"{stream.name} {key}: nobody sent it" for key in stored.keys() - wanted.keys()
            ]
            for key in wanted.keys() & stored.keys():
                wrong = differences(wanted[key], stored[key])
                found += [f"{stream.name} {key}: {text}" for text in wrong]
    refused = server.log.stats()["limited"]
    if refused:
        found.append(f"{refused} requests were refused for the quota")
    return found


def say(what: object) -> None:
    """Prints something with the time of day."""
    print(time.strftime("%H:%M:%S"), what, flush=True)


def stop(_signum: int, _frame: FrameType | None) -> None:
    """Ends the proof, and so every process that it started."""
    raise SystemExit(1)


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser("python -m tests.stacks.prove_airflow", description=__doc__)
    parser.add_argument("--accounts", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=3_600, help="for the whole run")
    given = parser.parse_args()
    from_debian("redis-server")
    signal.signal(signal.SIGTERM, stop)
    home = Path(tempfile.mkdtemp(prefix="prove-airflow-"))
    say(f"the logs are in {home}")
    with ExitStack() as stack:
        servers = {
            f"account{seed:02}": stack.enter_context(small_account(seed))
            for seed in range(1, given.accounts + 1)
        }
        is_right = Proof(home, servers).run(given.seconds)
    if is_right:
        shutil.rmtree(home)
    return 0 if is_right else 1


if __name__ == "__main__":
    sys.exit(main())
