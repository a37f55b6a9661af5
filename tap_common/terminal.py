"""Text for people: characters that control a terminal, or that nobody can see, are made visible.

It imports nothing, so that the command line can use it before anything else is loaded.
"""


def visible(text: str) -> str:
    """``text`` with an escape, such as ``\\x1b``, in place of each character that can't be printed.

    These are the control characters (C0, DEL, C1), the bidirectional and zero-width ones, lone
    surrogates, unassigned characters, and all blanks but the space. A line feed stays.
    """
    if text.isprintable():
        return text
    return "".join(map(_shown, text))


def one_line(text: str) -> str:
    """``text`` made visible on a single line: line ends become spaces."""
    return visible(" ".join(text.splitlines()))


def _shown(character: str) -> str:
    if character.isprintable() or character == "\n":
        return character
    return character.encode("unicode_escape").decode("ascii")
