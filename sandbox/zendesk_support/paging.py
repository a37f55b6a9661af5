"""Cursor and offset pagination of lists."""

from __future__ import annotations

import struct
from base64 import b64decode, b64encode
from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from typing import Any

import orjson

from sandbox.table import Row
from sandbox.wire import Request, positive
from sandbox.zendesk_support.errors import no
from sandbox.zendesk_support.feed import Key, Listing

DEFAULT_SIZE = MAX_SIZE = 100
MAX_OFFSET, MAX_PAGES = 10_000, 100


def encode(order: str, listing: Listing, key: Key) -> str:
    """Returns a keyset cursor: base64 of {"o": order, "v": base64 of the typed values} (LIVE)."""
    shown = (*key[:-1], key[-1] + listing.offset) if listing.offset else key
    packed = b""
    for name, value in zip(listing.order, shown, strict=True):
        if isinstance(value, str):
            text = value.encode()
            packed += b"s" + struct.pack("<H", len(text)) + text
        else:
            packed += (b"d" if name.endswith("_at") else b"i") + struct.pack("<q", value)
    return b64encode(orjson.dumps({"o": order, "v": b64encode(packed).decode()})).decode()


def decode(order: str, listing: Listing, cursor: str, parameter: str) -> Key:
    """Returns the key that a cursor stands for, also one that a client built.

    400 if it does not fit the order.
    """
    try:
        document = orjson.loads(b64decode(cursor, validate=True))
        values = _values(b64decode(document["v"], validate=True))
        kinds = [type(value) for value in values]
        if document["o"] != order or len(values) != len(listing.order):
            raise ValueError(cursor)
        if listing.keys and kinds != [type(value) for value in listing.keys[0]]:
            raise ValueError(cursor)
        return (*values[:-1], values[-1] - listing.offset) if listing.offset else tuple(values)
    except (ValueError, KeyError, TypeError, struct.error):
        raise no("bad page", reason=f"{parameter} is not valid") from None


def _values(packed: bytes) -> list[Any]:
    values: list[Any] = []
    place = 0
    while place < len(packed):
        kind, place = packed[place : place + 1], place + 1
        if kind == b"s":
            (length,) = struct.unpack_from("<H", packed, place)
            values.append(packed[place + 2 : place + 2 + length].decode())
            place += 2 + length
        elif kind in (b"d", b"i"):
            values.append(struct.unpack_from("<q", packed, place)[0])
            place += 8
        else:
            raise ValueError(kind)
    return values


def by_cursor(
    listing: Listing,
    args: Mapping[str, str],
    request: Request,
    reverse: bool,
    largest: int = MAX_SIZE,
) -> tuple[list[Row], Row]:
    """Returns a page's rows, and its ``meta`` and ``links``."""
    size = positive(args["page[size]"], 0)
    if not size:
        raise no("bad page", reason="page[size] must be a positive integer")
    if size > largest:
        raise no("bad page", reason=f"page[size] cannot be greater than {largest}")
    keys = listing.keys
    order = ",".join(f"-{name}" if reverse else name for name in listing.order)
    total = min(len(keys), listing.end)
    start = 0 if reverse else listing.begin
    if cursor := args.get("page[after]"):
        key = decode(order, listing, cursor, "page[after]")
        start = total - bisect_left(keys, key) if reverse else bisect_right(keys, key)
    elif cursor := args.get("page[before]"):
        key = decode(order, listing, cursor, "page[before]")
        end = total - bisect_right(keys, key) if reverse else bisect_left(keys, key)
        start, size = max(0, end - size), min(size, end)
    end = min(total, start + size)
    places = range(start, end)
    chosen = [keys[total - 1 - place if reverse else place] for place in places]
    before = encode(order, listing, chosen[0]) if chosen else None
    after = encode(order, listing, chosen[-1]) if chosen else None
    has_more = end < total
    kept = ("page[after]", "page[before]")
    previous = request.link({"page[before]": before}, kept) if before and start else None
    following = request.link({"page[after]": after}, kept) if after and has_more else None
    return [listing.row(key) for key in chosen], {
        "meta": {"has_more": has_more, "after_cursor": after, "before_cursor": before},
        "links": {"prev": previous, "next": following},
    }


def by_offset(
    listing: Listing, args: Mapping[str, str], request: Request, reverse: bool, most: int = MAX_SIZE
) -> tuple[list[Row], Row]:
    """Returns a page's rows, and count, next_page and previous_page.

    400 beyond 10,000 rows (HELP; its body is inferred).
    """
    page = positive(args.get("page"), 1)
    size = min(most, positive(args.get("per_page"), DEFAULT_SIZE))
    if page > MAX_PAGES or (page - 1) * size >= MAX_OFFSET:
        raise no("offset depth")
    keys = listing.keys
    total = len(keys)
    end = min(total, page * size)
    places = range((page - 1) * size, end)
    rows = [listing.row(keys[total - 1 - place if reverse else place]) for place in places]
    return rows, {
        "next_page": request.link({"page": page + 1}) if end < total else None,
        "previous_page": request.link({"page": page - 1}) if page > 1 else None,
        "count": total,
    }
