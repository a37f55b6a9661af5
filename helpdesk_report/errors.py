"""What can go wrong, in words for a person."""


class ReportError(Exception):
    """Ends the command with its text on stderr and exit code 1."""
