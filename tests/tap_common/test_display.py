"""Which columns of the live lines fit a terminal."""

from __future__ import annotations

import pytest

from tap_common.display import BAR, GAP, LONGEST_BAR, SHORTEST_BAR, Line, fitting, hanging, layout

TICKETS = Line("tickets", share=0.5, left=90, rows=1_234, rate=20.4, requests=7)
WIDTHS = {"stream": 7, BAR: 8, "share": 3, "left": 9, "rows": 10, "rate": 4, "requests": 10}
"""What the columns need for TICKETS."""


def needed(*columns: str) -> int:
    return sum(WIDTHS[column] for column in columns) + GAP * (len(columns) - 1)


@pytest.mark.parametrize("extra", [0, 1, 7])
def test_a_bar_takes_what_the_other_columns_leave(extra: int) -> None:
    found, cells = layout([TICKETS], needed(*WIDTHS) + extra)
    assert found == {**WIDTHS, BAR: SHORTEST_BAR + extra}
    assert list(cells[0].values()) == [
        "tickets",
        "50%",
        "90 s left",
        "1,234 rows",
        "20/s",
        "7 requests",
    ]


def test_a_bar_has_a_longest_size() -> None:
    assert layout([TICKETS], 500).widths[BAR] == LONGEST_BAR


@pytest.mark.parametrize(
    ("columns", "gone"),
    [
        (("stream", BAR, "share", "left", "rows", "rate"), "requests"),
        (("stream", "share", "left", "rows", "rate"), BAR),
        (("stream", "share", "left", "rows"), "rate"),
        (("stream", "share", "rows"), "left"),
        (("stream", "rows"), "share"),
    ],
)
def test_columns_go_in_the_order_of_their_importance(columns: tuple[str, ...], gone: str) -> None:
    assert tuple(layout([TICKETS], needed(*columns)).widths) == columns
    with_one_more = needed(*columns) + GAP + WIDTHS[gone]
    assert gone in layout([TICKETS], with_one_more).widths
    assert gone not in layout([TICKETS], with_one_more - 1).widths


def test_what_is_not_known_has_no_column() -> None:
    unknown = Line("users", share=None, left=None, rows=1, rate=0.2, requests=1)
    assert tuple(layout([unknown], 80).widths) == ("stream", "rows", "rate", "requests")
    assert str(unknown) == "users: 1 row, 0/s, 1 request"


def test_a_long_name_is_cut() -> None:
    line = Line("zendesk_group_memberships", None, None, 0, 0.0, 0)
    assert line.cells()["stream"] == "zendesk_group_members..."


def test_a_status_is_cut_between_its_parts() -> None:
    parts = ["waiting", "quota left 7", "5 s so far"]
    assert fitting(parts, 33) == "waiting, quota left 7, 5 s so far"
    assert fitting(parts, 32) == "waiting, quota left 7"
    assert fitting(parts, 6) == ""


def test_the_text_of_a_table_is_wrapped_below_itself() -> None:
    lead, text = f"{'tickets':20} {500:>8}  ", "500 tickets changed since 2020-01-01 (search)"
    wrapped = hanging(lead, text, 60).splitlines()
    assert wrapped == [f"{lead}500 tickets changed since", f"{'':31}2020-01-01 (search)"]


@pytest.mark.parametrize("width", [None, 40, 500])
def test_a_text_stays_on_its_line_where_it_fits_or_has_no_room(width: int | None) -> None:
    assert hanging("x" * 30, "one word and another", width) == f"{'x' * 30}one word and another"
