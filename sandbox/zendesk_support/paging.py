"""Cursor and offset pagination of lists."""

import struct
from base64 import b64decode, b64encode
from bisect import bisect_left, bisect_right
from dataclasses import replace
from functools import partial
from typing import Any

import orjson

from sandbox.errors import Refusal
from sandbox.table import Row
from sandbox.zendesk_support.call import Call
from sandbox.zendesk_support.population import Key, Listing

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
        raise Refusal("bad page", reason=f"{parameter} is not valid") from None


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
    call: Call, listing: Listing, reverse: bool = False, largest: int = MAX_SIZE, size: int = 0
) -> tuple[list[Row], Row]:
    """Returns a page's rows, and its ``meta`` and ``links``; ``size`` replaces page[size]."""
    size = size or call.number("page[size]")
    if not size:
        raise Refusal("bad page", reason="page[size] must be a positive integer")
    if size > largest:
        raise Refusal("bad page", reason=f"page[size] cannot be greater than {largest}")
    keys = listing.keys
    order = ",".join(f"-{name}" if reverse else name for name in listing.order)

    def place(parameter: str, cursor: str) -> int:
        """Returns how many rows lie before a cursor, its own row with them if it is the last."""
        key, is_last = decode(order, listing, cursor, parameter), parameter == "page[after]"
        found = (bisect_left if is_last == reverse else bisect_right)(keys, key)
        return len(keys) - found if reverse else found

    start = 0
    if cursor := call.args.get("page[after]"):
        start = place("page[after]", cursor)
    elif cursor := call.args.get("page[before]"):
        end = place("page[before]", cursor)
        start, size = max(0, end - size), min(size, end)
    chosen = (keys[::-1] if reverse else keys)[start : start + size]
    before = encode(order, listing, chosen[0]) if chosen else None
    after = encode(order, listing, chosen[-1]) if chosen else None
    has_more = start + size < len(keys)
    link = partial(call.request.link, without=("page[after]", "page[before]"))
    previous = link({"page[before]": before}) if before and start else None
    following = link({"page[after]": after}) if after and has_more else None
    return [listing.row(key) for key in chosen], {
        "meta": {"has_more": has_more, "after_cursor": after, "before_cursor": before},
        "links": {"prev": previous, "next": following},
    }


def by_offset(call: Call, listing: Listing, reverse: bool, most: int) -> tuple[list[Row], Row]:
    """Returns a page's rows, and count, next_page and previous_page.

    400 beyond 10,000 rows (HELP; its body is inferred).
    """
    page = call.number("page") or 1
    size = min(most, call.number("per_page") or DEFAULT_SIZE)
    if page > MAX_PAGES or (page - 1) * size >= MAX_OFFSET:
        raise Refusal("offset depth")
    link = call.request.link
    ordered = replace(listing, keys=listing.keys[::-1]) if reverse else listing
    return list(ordered.page(page, size)), {
        "next_page": link({"page": page + 1}) if page * size < len(listing) else None,
        "previous_page": link({"page": page - 1}) if page > 1 else None,
        "count": len(listing),
    }
