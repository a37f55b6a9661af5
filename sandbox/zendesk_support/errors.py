"""How the API says no. Its pagination errors are LIVE, the exports' 429 is AIRBYTE 11899."""

from __future__ import annotations

from sandbox.errors import Errors

ERRORS = Errors(__file__)
by_status, no, refuse = ERRORS.by_status, ERRORS.no, ERRORS.refuse
