"""Translations of the knowledge base: each of its lists once more in each other language."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from tap_common.context import ReadContext
from tap_common.errors import ApiError, StreamRefused
from tap_common.replies import object_in
from tap_common.stream import Page, Row, Stream
from tap_common.vendor import Request
from tap_freshdesk.lists import below, missing_lists
from tap_freshdesk.moving_list import row_pages

if TYPE_CHECKING:
    from tap_common.http import Api

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
            self._languages = _languages(self._context.api, next(iter(self._streams)))
        except ApiError as error:
            yield Page(endings=dict.fromkeys(self._streams, error))

    def top(self, stream: Stream | None, path: str) -> Iterator[Page]:
        """The translated rows of the list ``path``, which has no parents.

        If it is refused in every language, the account's plan lacks translations, so that the
        other streams end, too.
        """
        if stream is None or stream.name not in self._streams or not self._languages:
            return
        problems: dict[str, ApiError] = {}
        for language in self._languages:
            try:
                for rows in row_pages(self._context, Request(f"{path}/{language}", stream.name)):
                    yield Page({stream.name: [{**row, "language": language} for row in rows]})
            except ApiError as error:
                problems[language] = error
        try:
            yield from missing_lists((stream.name,), self._languages, problems)
        except StreamRefused as error:
            self._languages = ()
            yield Page(endings=dict.fromkeys(self._streams, error))
        except ApiError as error:
            yield Page(endings={stream.name: error})

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


def lacking(api: Api, streams: Sequence[Stream]) -> dict[str, ApiError]:
    """Those of ``streams`` that are refused, with the reason: none or all of them.

    The first one's path, in any language, shows whether the account's plan has translations.
    """
    top = streams[0]
    try:
        for language in _languages(api, top.name)[:1]:
            api.get(Request(top.path.format(language=language), top.name))
    except ApiError as error:
        return dict.fromkeys((stream.name for stream in streams), error)
    return {}


def _languages(api: Api, stream: str) -> tuple[str, ...]:
    """The languages of the account but the main one, asked for on behalf of ``stream``."""
    return languages(object_in(api.get(Request(SETTINGS, stream))))


def languages(settings: Row) -> tuple[str, ...]:
    """The languages of the account but the main one, in which untranslated rows are.

    ApiError if the settings name no main language, since then they are none.
    """
    main, supported = settings.get("primary_language"), settings.get("supported_languages")
    if not isinstance(main, str):
        raise ApiError(f"{SETTINGS}: the reply names no primary_language")
    codes = supported if isinstance(supported, list) else []
    return tuple(code for code in dict.fromkeys(codes) if isinstance(code, str) and code != main)
