"""Where the ids of each kind begin. Tickets count from 1; the other ids are large, below 2**53."""

USERS = 21_000_000_000_000
IDENTITIES = 21_500_000_000_000
ORGANIZATIONS = 22_000_000_000_000
ORGANIZATION_MEMBERSHIPS = 22_500_000_000_000
GROUPS = 23_000_000_000_000
METRICS = 24_000_000_000_000
METRIC_EVENTS = 24_500_000_000_000
RATINGS = 25_000_000_000_000
CALLS = 26_000_000_000_000
SETTINGS = 27_000_000_000_000
FIELDS = 27_500_000_000_000
LOGS = 29_000_000_000_000
ATTACHMENTS = 29_500_000_000_000
AUDITS = 50_000_000_000_000

INTERNAL_TICKETS = 7_000_000
"""List cursors break ties by the ticket's internal id, not by its number (LIVE)."""

_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
AUDITS_PER_TICKET = 512
EVENTS_PER_AUDIT = 64
METRIC_EVENTS_PER_TICKET = 1_024


def audit(ticket: int, number: int) -> int:
    """Returns the id of a ticket's so-many-th audit. Its events have the ids after it."""
    return AUDITS + (ticket * AUDITS_PER_TICKET + number) * EVENTS_PER_AUDIT


def ulid(milliseconds: int, number: int) -> str:
    """Returns an id of 26 letters that sorts by time."""
    packed = milliseconds << 80 | number
    return "".join(_LETTERS[packed >> shift & 31] for shift in range(125, -1, -5))


def url(path: str) -> str:
    """Returns the address that an object gives as its own."""
    return f"https://acme.zendesk.com/api/v2/{path}.json"
