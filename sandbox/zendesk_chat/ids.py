"""Where the ids of each kind begin; agents and departments are beyond 32 bits, as on accounts made since 2017 (AB records)."""

ACCOUNT = 10_414_779
AGENTS = 361_080_000_000
DEPARTMENTS = 7_282_000_000_000
ROLES = 360_002_848_000
SKILLS = 1_296_000
GOALS = 513_000
TRIGGERS = 66_052_000
BANS = 70_519_000
STEP = 20  # between one id and the next: neighbours are never consecutive

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def letters(number: int, width: int) -> str:
    """The number in base 62, in so many characters: texts sort as their numbers do."""
    text = ""
    for _ in range(width):
        number, digit = divmod(number, 62)
        text = _DIGITS[digit] + text
    return text
