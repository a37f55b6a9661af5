"""Dagster assets for many helpdesk accounts, each with a schedule: every quarter of an hour.

Name this file as a code location of yours, or try it with ``dagster dev -f helpdesk.py``. It needs
two environment variables:

- ``HELPDESK_BIN``: the folder of helpdesk-sync and the taps. They have an environment of their own.
- ``HELPDESK_ACCOUNTS``: a JSON file with the list of accounts, for example

      [{"name": "acme", "tap": "tap-freshdesk", "place": "/var/lib/helpdesk/acme",
        "target": ["/opt/target/bin/target-postgres", "--config", "/etc/helpdesk/acme.json"]}]

  ``name`` has letters, digits and underscores. ``place`` is a folder or URL that belongs to this
  account and has its config.json (docs/operations.md).

Each account is a pool of its own. ``dagster.yaml`` beside this file allows one run in each pool:
the vendor's quota belongs to the account, and so no two runs of it may overlap.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import dagster as dg
from upath import UPath

BIN = Path(os.environ["HELPDESK_BIN"])
ACCOUNTS = json.loads(Path(os.environ["HELPDESK_ACCOUNTS"]).read_text("utf-8"))
PARTIAL, NO_RETRY = 3, {2: "wrong config, catalog or state", 4: "the credentials are refused"}
RETRY = dg.RetryPolicy(
    max_retries=3,
    delay=float(os.environ.get("HELPDESK_RETRY_SECONDS", "120")),
    backoff=dg.Backoff.EXPONENTIAL,
)


def asset(account: dict[str, Any]) -> dg.AssetsDefinition:
    """The asset of one account. A partial success has a ``note`` in its metadata."""

    def sync() -> dg.MaterializeResult[None]:
        command = [BIN / "helpdesk-sync", "--log", "-", account["place"], BIN / account["tap"]]
        command += account["target"]
        code = subprocess.run(command, check=False).returncode
        if code in NO_RETRY:
            raise dg.Failure(f"exit code {code}: {NO_RETRY[code]}; see stderr", allow_retries=False)
        if code not in (0, PARTIAL):
            raise dg.Failure(f"exit code {code}; see stderr")
        report = json.loads((UPath(account["place"]) / "report.json").read_text("utf-8"))
        done = {"rows": report["rows"], "requests": report["requests"]}
        note = {"note": report["message"]} if code == PARTIAL else {}
        return dg.MaterializeResult(metadata={**done, **note})

    name = account["name"]
    return dg.asset(name=name, pool=name, group_name="helpdesk", retry_policy=RETRY)(sync)


assets = [asset(account) for account in ACCOUNTS]
defs = dg.Definitions(
    assets=assets,
    schedules=[
        dg.ScheduleDefinition(
            name=f"{account['name']}_often",
            cron_schedule="*/15 * * * *",
            target=dg.AssetSelection.assets(account["name"]),
        )
        for account in ACCOUNTS
    ],
)
