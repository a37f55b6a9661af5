"""Prints metrics for Prometheus: ``report_metrics.py FOLDER > ACCOUNT.prom``.

FOLDER is an account's folder, in which helpdesk-sync keeps report.json and last-success.json.
"""

import json
import sys
from datetime import datetime
from pathlib import Path

TEXTS = {
    "helpdesk_exit_code": "The exit code of the last run",
    "helpdesk_seconds": "How long the last run took",
    "helpdesk_rows": "Rows that the last run sent",
    "helpdesk_last_success_timestamp_seconds": "When a run last ended with exit code 0",
}

for name, text in TEXTS.items():
    print(f"# HELP {name} {text}\n# TYPE {name} gauge")
folder = Path(sys.argv[1])
report = json.loads((folder / "report.json").read_text("utf-8"))
account = f"account={json.dumps(report['account'] or folder.name)}"
print(f"helpdesk_exit_code{{{account}}} {report['exit_code']}")
print(f"helpdesk_seconds{{{account}}} {report['seconds']}")
for stream in report["streams"]:
    print(f'helpdesk_rows{{{account},stream="{stream["stream"]}"}} {stream["rows"]}')
if (folder / "last-success.json").exists():
    moment = json.loads((folder / "last-success.json").read_text("utf-8"))["time"]
    seconds = datetime.fromisoformat(moment).timestamp()
    print(f"helpdesk_last_success_timestamp_seconds{{{account}}} {seconds:.0f}")
