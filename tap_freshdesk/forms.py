"""Ticket forms: the list names them, and the single view of each one shows its fields."""

from __future__ import annotations

from collections.abc import Iterator

from tap_common.context import ReadContext, Reader
from tap_common.stream import Page, Stream
from tap_common.vendor import Request
from tap_freshdesk import small_lists
from tap_freshdesk.moving_list import row_pages

FORMS = Stream(
    "ticket_forms",
    "ticket-forms",
    text_fields=frozenset({"fields[].choices", "fields[].portal_cc"}),
    note="one more request for each form's fields",
)
LIST = Request(FORMS.path, FORMS.name, {"include": "portals"})


def pages(context: ReadContext) -> Iterator[Page]:
    """All forms. Their fields are asked for only if they are selected."""
    for rows in row_pages(context, LIST):
        if not context.wants(FORMS.name, "fields"):
            yield Page({FORMS.name: rows})
            continue
        forms = small_lists.with_details(context, FORMS, rows)
        yield Page({FORMS.name: forms.rows}, gaps=small_lists.gaps(FORMS, forms.failure))


READER = Reader((FORMS,), pages, LIST)
