"""Where the ids of each kind begin: tickets count from 1, all else lies beyond 32 bits."""

CONTACTS = 70_000_000_000
COMPANIES = 71_000_000_000
AGENTS = 72_000_000_000
GROUPS = 73_000_000_000
TIME_ENTRIES = 74_000_000_000
CONVERSATIONS = 75_000_000_000_000
RATINGS = 76_000_000_000
ROLES = 77_000_000_000
KNOWLEDGE = 79_000_000_000
FIELDS = 80_000_000_000
LATER = 1_000_000_000
"""Added to the ids of ratings and time entries that come after the account was built."""

CONVERSATIONS_PER_TICKET = 1_000
ENTRIES_PER_TICKET = 10
