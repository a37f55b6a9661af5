"""``python -m helpdesk_report`` is the command ``helpdesk-report``."""

import sys

from helpdesk_report.cli import report

sys.exit(report())
