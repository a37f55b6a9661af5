"""Prints metrics for Prometheus: ``report_metrics.py FOLDER > ACCOUNT.prom``.

FOLDER is an account's folder, in which helpdesk-sync keeps report.json and last-success.json.
Before the first success its time is 0.
"""

import json
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

TEXTS = {
    "helpdesk_exit_code": "The exit code of the last run",
    "helpdesk_seconds": "How long the last run took",
    "helpdesk_rows": "Rows that the last run sent",
    "helpdesk_last_success_timestamp_seconds": "When a run last ended with exit code 0",
}
BEGIN = "1970-01-01T00:00:00Z"


def read(path: Path) -> dict[str, Any]:
    """The JSON object in the file, which is empty if there is no file."""
    return json.loads(path.read_text("utf-8")) if path.exists() else {}


for name, text in TEXTS.items():
    print(f"# HELP {name} {text}\n# TYPE {name} gauge")
folder = Path(sys.argv[1])
report, success = read(folder / "report.json"), read(folder / "last-success.json")
account = f"account={json.dumps(report.get('account') or folder.name)}"
if report:
    print(f"helpdesk_exit_code{{{account}}} {report['exit_code']}")
    print(f"helpdesk_seconds{{{account}}} {report['seconds']}")
for stream in report.get("streams", []):
    print(f'helpdesk_rows{{{account},stream="{stream["stream"]}"}} {stream["rows"]}')
seconds = datetime.fromisoformat(success.get("time", BEGIN)).timestamp()
print(f"helpdesk_last_success_timestamp_seconds{{{account}}} {seconds:.0f}")
