"""Translations of the knowledge base: each of its lists once more in each other language."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tap_common.context import ReadContext
from tap_common.errors import ApiError
from tap_common.replies import object_in
from tap_common.stream import Page, Row, Stream
from tap_common.vendor import Request
from tap_freshdesk.lists import below

SETTINGS = "settings/helpdesk"


class Translations:
    """The selected ones of ``streams``, which hold rows of other lists in other languages."""

    def __init__(self, context: ReadContext, streams: tuple[Stream, ...]) -> None:
        self._context = context
        self._streams = {item.name: item for item in streams if context.selects(item.name)}
        self._lists = {
            name: below(context, stream, "{id}") for name, stream in self._streams.items()
        }
        self._languages: tuple[str, ...] = ()

    def begin(self) -> Iterator[Page]:
        """Finds the account's languages; without them the streams end here."""
        if not self._streams:
            return
        try:
            reply = self._context.api.get(Request(SETTINGS, next(iter(self._streams))))
            self._languages = languages(object_in(reply))
        except ApiError as error:
            yield Page(endings=dict.fromkeys(self._streams, error))

    def of(self, stream: Stream | None, lists: Mapping[str, Row]) -> Iterator[Page]:
        """The translated rows of ``stream`` (None: there are none) in each language.

        ``lists`` maps the paths of untranslated lists to what is added to their rows.
        """
        if stream is None or stream.name not in self._streams:
            return
        added = {
            f"{path}/{language}": {**links, "language": language}
            for path, links in lists.items()
            for language in self._languages
        }
        for path, rows in self._lists[stream.name].below(list(added)):
            yield Page({stream.name: [{**row, **added[path]} for row in rows]})


def languages(settings: Row) -> tuple[str, ...]:
    """The languages of the account but the main one, in which untranslated rows are."""
    supported = settings.get("supported_languages")
    if not isinstance(supported, list):
        return ()
    main = settings.get("primary_language")
    return tuple(code for code in supported if isinstance(code, str) and code != main)
