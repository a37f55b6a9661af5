"""The taps of the suite, for what is made from their code."""

from __future__ import annotations

from tap_desk.tap import TAP as DESK
from tap_freshdesk.tap import TAP as FRESHDESK
from tap_zendesk_chat.tap import TAP as ZENDESK_CHAT
from tap_zendesk_support.tap import TAP as ZENDESK_SUPPORT

TAPS = (DESK, FRESHDESK, ZENDESK_CHAT, ZENDESK_SUPPORT)
