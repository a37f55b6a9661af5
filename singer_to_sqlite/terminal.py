"""Text for people: characters that control a terminal, or that nobody can see, are made visible.

The taps have the same function in a module of their own. The loader works for any tap and imports
nothing of these, and a package for a few lines would be more than the lines. A test compares both.
"""


def one_line(text: str) -> str:
    """``text`` on one line, with an escape in place of each character that can't be printed."""
    line = " ".join(text.splitlines())
    return line if line.isprintable() else "".join(map(_shown, line))


def _shown(character: str) -> str:
    if character.isprintable():
        return character
    return character.encode("unicode_escape").decode("ascii")
