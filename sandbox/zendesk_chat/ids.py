"""Ids as the API has them."""

ACCOUNT = 10_414_779
STEP = 20
"""The distance from one id to the next: neighbours are never consecutive."""
_FIRST = {
    "agents": 361_080_000_000,
    "departments": 7_282_000_000_000,
    "roles": 360_002_848_000,
    "skills": 1_296_000,
    "goals": 513_000,
    "triggers": 66_052_000,
    "bans": 70_519_000,
}
"""Those of agents and departments need more than 32 bits, as on accounts made since 2017 [AB]."""
_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def nth(stream: str, number: int) -> int:
    """Returns the id of row number 1, 2 and so on of a list."""
    return _FIRST[stream] + number * STEP


def letters(number: int, width: int) -> str:
    """Returns the number in base 62 with so many characters. Such texts sort as their numbers."""
    text = ""
    for _ in range(width):
        number, digit = divmod(number, 62)
        text = _DIGITS[digit] + text
    return text
