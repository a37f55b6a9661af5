"""Runs the checker, which takes for granted that Python reads all forms of ISO 8601, as it does from 3.11 on."""

import runpy
import sys
from pathlib import Path

if sys.version_info < (3, 11):
    from backports.datetime_fromisoformat import MonkeyPatch

    MonkeyPatch.patch_fromisoformat()
runpy.run_path(str(Path(__file__).with_name("contract.py")), run_name="__main__")
