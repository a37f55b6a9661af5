"""``python -m helpdesk_sync``."""

import sys

from helpdesk_sync.cli import main

sys.exit(main())
