"""Airflow DAGs for many helpdesk accounts: sync, refresh of catalogs, and an alert on lateness.

Copy this file into the folder of DAGs. It needs two environment variables of Airflow's processes:

- ``HELPDESK_BIN``: the folder of helpdesk-sync and the taps. They need an environment of their own,
  since singer-python pins other versions than Airflow.
- ``HELPDESK_ACCOUNTS``: a JSON file with the list of accounts, for example

      [{"name": "acme", "tap": "tap-freshdesk", "place": "s3://bucket/acme",
        "target": ["/opt/target/bin/target-postgres", "--config", "/etc/helpdesk/acme.json"]}]

  ``place`` is a folder or URL that belongs to this account (docs/operations.md). A large account
  may stand there in several parts, each with a name and place of its own and a ``select``. The
  parts share a ``pool``, which is otherwise the account's name.

The config of an account, without ``select``, is the Variable ``helpdesk_NAME``, so that a secrets
backend can hold it. Each account has a pool with one slot (``airflow pools set acme 1 ""``): the
vendor's quota belongs to the account, and so no two runs of it overlap.
"""

from __future__ import annotations

import json
import os
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from airflow.sdk import DAG, ObjectStoragePath, Variable, task
from airflow.sdk.exceptions import AirflowException, AirflowFailException

Account = dict[str, Any]

BIN = Path(os.environ["HELPDESK_BIN"])
ACCOUNTS: list[Account] = json.loads(Path(os.environ["HELPDESK_ACCOUNTS"]).read_text("utf-8"))
LATE = timedelta(hours=2)
PARTIAL, NO_RETRY = 3, {2: "wrong config, catalog or state", 4: "the credentials are refused"}
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
RETRY = timedelta(seconds=int(os.environ.get("HELPDESK_RETRY_SECONDS", "120")))
OFTEN = {"retries": 3, "retry_delay": RETRY, "retry_exponential_backoff": True}


def environment(account: Account) -> dict[str, str]:
    """The environment of a tap, with its config as TAP_FRESHDESK_API_KEY and so on."""
    config = Variable.get(f"helpdesk_{account['name']}", deserialize_json=True)
    if "select" in account:
        config["select"] = account["select"]
    prefix = account["tap"].replace("-", "_").upper()
    texts = {
        key: value if isinstance(value, str) else json.dumps(value) for key, value in config.items()
    }
    named = {f"{prefix}_{key.upper()}": text for key, text in texts.items()}
    return {**os.environ, **named, "LOG_FORMAT": "text"}


def place(account: Account) -> ObjectStoragePath:
    """Where the account's files are."""
    url = account["place"]
    return ObjectStoragePath(url if "://" in url else f"file://{url}")


def sync(account: Account) -> dict[str, Any]:
    """Runs one account. Returns what the run did; a partial success has a ``note``."""
    command = [BIN / "helpdesk-sync", "--config", "ENV", "--log", "-", account["place"]]
    command += [BIN / account["tap"], *account["target"]]
    code = subprocess.run(command, env=environment(account), check=False).returncode
    if code in NO_RETRY:
        raise AirflowFailException(f"exit code {code}: {NO_RETRY[code]}; see the log")
    if code not in (0, PARTIAL):
        raise AirflowException(f"exit code {code}; see the log")
    report = json.loads((place(account) / "report.json").read_text())
    done = {"rows": report["rows"], "requests": report["requests"]}
    return {**done, "note": report["message"]} if code == PARTIAL else done


def refresh_catalog(account: Account) -> None:
    """Makes the account's catalog anew, and keeps the choices in the old one."""
    old = place(account) / "catalog.json"
    command = [BIN / account["tap"], "--config", "ENV", "--discover"]
    if old.exists():
        command += ["--catalog", "/dev/stdin"]
    done = subprocess.run(
        command,
        input=old.read_bytes() if old.exists() else b"",
        env=environment(account),
        stdout=subprocess.PIPE,
        check=True,
    )
    old.write_bytes(done.stdout)


def check_age(account: Account) -> None:
    """Fails if the account's last success is too long ago."""
    file = place(account) / "last-success.json"
    if not file.exists():
        raise AirflowFailException(f"{account['name']} has never been synced")
    last = datetime.fromisoformat(json.loads(file.read_text())["time"])
    if datetime.now(UTC) - last > LATE:
        raise AirflowFailException(f"{account['name']} was last synced at {last:%d %B, %H:%M} UTC")


with DAG(
    "helpdesk_sync", schedule="*/15 * * * *", start_date=BEGIN, catchup=False, max_active_runs=1
):
    for one in ACCOUNTS:
        pool = one.get("pool", one["name"])
        task(task_id=one["name"], pool=pool, **OFTEN)(sync)(one)

with DAG("helpdesk_catalogs", schedule="@weekly", start_date=BEGIN, catchup=False):
    for one in ACCOUNTS:
        pool = one.get("pool", one["name"])
        task(task_id=one["name"], pool=pool, **OFTEN)(refresh_catalog)(one)

with DAG("helpdesk_alert", schedule="@hourly", start_date=BEGIN, catchup=False):
    for one in ACCOUNTS:
        task(task_id=one["name"])(check_age)(one)
