"""Patterns with which a person chooses streams and fields: "tickets", "tickets.*", "*.email".

A pattern without a dot is about streams. One with a dot is about fields: it is compared with the
stream's name, a dot and the field's path, such as "tickets.via.channel". A field inside the rows of
an array is written alike: "tickets.attachments.size". "*" stands for any text, dots included.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from tap_common.config import Config
from tap_common.errors import UsageError
from tap_common.listing import Listing
from tap_common.schema_tree import Breadcrumb, is_below
from tap_common.words import did_you_mean

LOGGER = logging.getLogger("tap")
Found = Mapping[str, Sequence[Breadcrumb]]
"""What a pattern matches: the breadcrumbs of each stream, () for the stream itself."""


@dataclass(frozen=True)
class Patterns:
    """The patterns of one run. Without ``select`` the catalog's choice is the start.

    What ``exclude`` matches is left out in any case, except for keys and replication keys.
    """

    select: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()

    @classmethod
    def of(
        cls, config: Config, select: Sequence[str] = (), exclude: Sequence[str] = ()
    ) -> Patterns:
        """The patterns of ``config``, with ``select`` instead of its own and ``exclude`` more."""
        excluded = (*(config["exclude"] or ()), *exclude)
        return cls(tuple(select or config["select"] or ()), excluded)

    def __bool__(self) -> bool:
        return bool(self.select or self.exclude)

    def apply(self, streams: Sequence[Listing]) -> frozenset[str]:
        """Writes what the patterns choose into the metadata of ``streams``.

        Returns the streams that ``select`` names. UsageError if a pattern matches nothing.
        """
        by_name = {listing.name: listing for listing in streams}
        selected = [_found("select", pattern, by_name) for pattern in self.select]
        if selected:
            for listing in streams:
                matches = [found[listing.name] for found in selected if listing.name in found]
                _select(listing, [breadcrumb for match in matches for breadcrumb in match])
        kept: list[str] = []
        for pattern in self.exclude:
            for name, breadcrumbs in _found("exclude", pattern, by_name).items():
                automatic = _exclude(by_name[name], breadcrumbs)
                kept += automatic if by_name[name].selects() else []
        if kept:
            LOGGER.info("exclude: keys and replication keys are sent anyway: %s", ", ".join(kept))
        return frozenset(map(_stream_part, self.select))


def _stream_part(pattern: str) -> str:
    return pattern.partition(".")[0]


def _select(listing: Listing, matched: Sequence[Breadcrumb]) -> None:
    """Selects the stream if anything of it is ``matched``.

    If the stream itself is, its fields are those that the catalog selects and the matched ones;
    otherwise only the matched ones.
    """
    listing.choose((), selected=bool(matched))
    wanted = {breadcrumb for breadcrumb in matched if breadcrumb}
    if not wanted:
        return
    above = {breadcrumb[:end] for breadcrumb in wanted for end in range(2, len(breadcrumb))}
    for breadcrumb in listing.paths:
        if breadcrumb in wanted or breadcrumb in above:
            listing.choose(breadcrumb, selected=True)
        elif () not in matched and not is_below(breadcrumb, wanted):
            listing.leave_out(breadcrumb)


def _exclude(listing: Listing, matched: Sequence[Breadcrumb]) -> list[str]:
    """Leaves out what is ``matched``; returns the fields ("tickets.id") that can't be left out."""
    return [
        f"{listing.name}.{listing.paths[breadcrumb]}"
        for breadcrumb in matched
        if not listing.leave_out(breadcrumb)
    ]


def _found(kind: str, pattern: str, by_name: Mapping[str, Listing]) -> Found:
    """What ``pattern`` matches. UsageError, with the nearest name, if that is nothing."""
    plain = _plain(pattern)
    matches = re.compile(re.escape(plain).replace(r"\*", ".*"), re.DOTALL).fullmatch
    if "." in plain:
        fields = {name: _fields(listing, matches) for name, listing in by_name.items()}
        found = {name: breadcrumbs for name, breadcrumbs in fields.items() if breadcrumbs}
    else:
        found = {name: [()] for name in by_name if matches(name)}
    if not found:
        what = "field" if "." in plain else "stream"
        raise UsageError(f"{kind}: {pattern!r} matches no {what}{_hint(plain, by_name)}")
    return found


def _fields(listing: Listing, matches: Callable[[str], object]) -> list[Breadcrumb]:
    return [
        breadcrumb
        for breadcrumb, path in listing.paths.items()
        if matches(f"{listing.name}.{_plain(path)}")
    ]


def _plain(path: str) -> str:
    return path.replace("[]", "")


def _hint(pattern: str, by_name: Mapping[str, Listing]) -> str:
    stream, dot, field = pattern.partition(".")
    if stream not in by_name and "*" not in stream:
        return did_you_mean(stream, by_name)
    streams = [by_name[stream]] if stream in by_name else by_name.values()
    paths = {_plain(path) for listing in streams for path in listing.paths.values()}
    return did_you_mean(f"{stream}{dot}{field}", sorted(f"{stream}.{path}" for path in paths))
