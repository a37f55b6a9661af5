"""The catalog: made by discovery, read back with what a person chose in it."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tap_common import files, protocol
from tap_common.errors import StreamRefused, UsageError
from tap_common.listing import ANEW, SELECTED, Listing, listings
from tap_common.patterns import Patterns
from tap_common.schema_tree import Breadcrumb, fields, is_below, rewritten, without
from tap_common.stream import Schema, Stream
from tap_common.tap import Tap
from tap_common.words import did_you_mean

LOGGER = logging.getLogger("tap")
UNAVAILABLE = "unavailable"
NO_PATTERNS = Patterns()


@dataclass(frozen=True)
class Entry:
    """A selected stream.

    ``schema`` has the selected fields only, ``dropped`` the paths ("a", "a.b", "a[].b") of the
    others. ``expected`` says that the catalog selects the stream and does not call it unavailable.
    ``hashed`` are the paths of texts that are sent as digests.
    """

    stream: Stream
    schema: Schema
    dropped: frozenset[str]
    expected: bool
    hashed: frozenset[str] = frozenset()

    def fails(self, error: Exception) -> bool:
        """Does the run fail if this stream ends with ``error``?

        A refusal fails it only if the stream was expected to be available.
        """
        return self.expected or not isinstance(error, StreamRefused)

    @property
    def fields(self) -> frozenset[str]:
        """The selected top-level fields."""
        return frozenset(self.schema["properties"])


def everything(tap: Tap, patterns: Patterns = NO_PATTERNS) -> dict[str, Entry]:
    """What is synced without a catalog: every stream with the fields selected by default.

    ``patterns`` change that. UsageError if one matches nothing.
    """
    if not patterns:
        return {stream.name: _whole(stream, tap.schemas[stream.name]) for stream in tap.streams}
    found = [_discovered(stream, tap.schemas[stream.name], None) for stream in tap.streams]
    for listing in found:
        listing.choose((), selected=True)
    return _entries(tap, found, patterns, expected=False)


def _whole(stream: Stream, schema: Schema) -> Entry:
    chosen = {
        name: sub for name, sub in schema["properties"].items() if name not in stream.unselected
    }
    return Entry(stream, {**schema, "properties": chosen}, stream.unselected, expected=False)


def discovered(
    tap: Tap,
    schemas: Mapping[str, Schema],
    unavailable: Mapping[str, str],
    *,
    old: Sequence[Listing] | None = None,
    patterns: Patterns = NO_PATTERNS,
) -> dict[str, Any]:
    """The catalog of ``tap`` as discovery prints it.

    ``unavailable`` maps the streams that were refused to the reason. The choices that a person made
    in the catalog ``old`` are kept, and ``patterns`` go over them. UsageError if a choice makes no
    sense, or a pattern matches nothing.
    """
    found = [
        _discovered(stream, schemas[stream.name], unavailable.get(stream.name))
        for stream in tap.streams
    ]
    if old is not None:
        _carry_over(old, found)
    patterns.apply(found)
    streams = zip(tap.streams, found, strict=True)
    return {"streams": [_entry(stream, listing) for stream, listing in streams]}


def _entry(stream: Stream, listing: Listing) -> dict[str, Any]:
    entry = {
        "tap_stream_id": stream.name,
        "stream": stream.name,
        "key_properties": list(stream.key),
        "replication_method": stream.method,
        "schema": listing.schema,
        "metadata": [
            {"breadcrumb": list(breadcrumb), "metadata": facts}
            for breadcrumb, facts in listing.metadata.items()
        ],
    }
    if stream.replication_key:
        entry["replication_key"] = stream.replication_key
    return entry


def _discovered(stream: Stream, schema: Schema, unavailable: str | None) -> Listing:
    metadata = protocol.standard_metadata(stream, schema)
    root = metadata[()]
    root["selected-by-default"] = stream.by_default and unavailable is None
    if stream.replication_key:
        root["replication-key"] = stream.replication_key
        metadata["properties", stream.replication_key]["inclusion"] = "automatic"
    for name in stream.unselected:
        metadata["properties", name]["selected-by-default"] = False
    if stream.parent:
        root["parent-tap-stream-id"] = stream.parent
    if unavailable is not None:
        root[UNAVAILABLE] = unavailable
    for breadcrumb in fields(schema):
        metadata.setdefault(breadcrumb, {"inclusion": "available"})
    return Listing(stream.name, schema, metadata)


def _carry_over(old: Sequence[Listing], new: Sequence[Listing]) -> None:
    """Writes the choices of the catalog ``old`` into ``new``, and logs what has no counterpart."""
    before = {listing.name: listing for listing in old}
    for listing in old:
        listing.check_metadata()
    added = []
    for listing in new:
        counterpart = before.get(listing.name)
        if counterpart is None:
            added.append(listing.name)
            continue
        for breadcrumb in [(), *listing.paths]:
            choice = counterpart.choice(breadcrumb)
            if choice is not None:
                listing.choose(breadcrumb, selected=choice)
        added += _fields_beyond(counterpart, listing)
    if added:
        LOGGER.info("new since the old catalog, as selected by default: %s", ", ".join(added))
    lost = _gone(before, {listing.name: listing for listing in new})
    if lost:
        LOGGER.info("gone since the old catalog: %s", ", ".join(lost))


def _gone(old: Mapping[str, Listing], new: Mapping[str, Listing]) -> list[str]:
    gone = []
    for name, listing in old.items():
        gone += _fields_beyond(new[name], listing) if name in new else [name]
    return gone


def _fields_beyond(known: Listing, other: Listing) -> list[str]:
    """The fields of ``other`` that ``known`` does not have, but none inside another one of them."""
    missing = set(other.paths) - set(known.paths)
    return [
        f"{other.name}.{path}"
        for breadcrumb, path in other.paths.items()
        if breadcrumb in missing and not is_below(breadcrumb, missing)
    ]


def load(tap: Tap, name: str, patterns: Patterns = NO_PATTERNS) -> dict[str, Entry]:
    """The selected streams of the catalog file ``name``, in the tap's order.

    ``patterns`` go over what the file selects. UsageError if the file makes no sense, or a pattern
    matches nothing.
    """
    return _entries(tap, read(name), patterns, expected=True)


def read(name: str) -> list[Listing]:
    """The streams of the catalog file ``name``. UsageError if it makes no sense."""
    return listings(files.read_json("catalog", name, ANEW), name)


def _entries(
    tap: Tap, found: Sequence[Listing], patterns: Patterns, *, expected: bool
) -> dict[str, Entry]:
    """The selected streams among ``found``, in the tap's order.

    If they are ``expected``, a refusal fails the run; so it does for streams that a pattern names.
    """
    named = patterns.apply(found)
    known = {stream.name: stream for stream in tap.streams}
    selected: dict[str, Entry] = {}
    kept: list[str] = []
    for listing in found:
        if not listing.selects():
            continue
        if listing.name in selected:
            raise UsageError(f"catalog: stream {listing.name} is listed twice")
        stream = _known(listing, known)
        left_out = _left_out(listing)
        automatic = {("properties", name) for name in stream.automatic}
        kept += [f"{listing.name}.{name}" for _, name in sorted(left_out & automatic)]
        is_expected = expected and not listing.metadata.get((), {}).get(UNAVAILABLE)
        selected[listing.name] = Entry(
            stream,
            rewritten(without(listing.schema, left_out - automatic), _without_choice),
            frozenset(listing.paths[breadcrumb] for breadcrumb in left_out - automatic),
            expected=is_expected or listing.name in named,
        )
    if kept:
        LOGGER.info("catalog: keys and replication keys are sent anyway: %s", ", ".join(kept))
    return {name: selected[name] for name in known if name in selected}


def _known(listing: Listing, known: Mapping[str, Stream]) -> Stream:
    """The tap's stream that ``listing`` selects. UsageError if they do not fit together."""
    name = listing.name
    if name not in known:
        hint = did_you_mean(name, known) or ", see --about"
        raise UsageError(
            f"catalog: stream {name} is selected, but this tap has no such stream{hint}"
        )
    listing.check_metadata()
    stream = known[name]
    missing = [field for field in stream.automatic if field not in listing.schema["properties"]]
    if missing:
        raise UsageError(f"catalog: {name}: the schema lacks {', '.join(missing)}; {ANEW}")
    return stream


def _left_out(listing: Listing) -> set[Breadcrumb]:
    """Where the fields stand that are not selected."""
    return {where for where in listing.paths if not listing.selects(where, default=True)}


def _without_choice(node: Schema) -> Schema:
    """``node`` without the choice that older tools write into it."""
    return {word: value for word, value in node.items() if word != SELECTED}
