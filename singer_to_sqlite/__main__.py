"""``python -m singer_to_sqlite`` is the command ``singer-to-sqlite``."""

import sys

from singer_to_sqlite.cli import main

sys.exit(main())
