"""A whole tap as data."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from tap_common import common_settings, schemas
from tap_common.common_settings import Settings
from tap_common.config import Config
from tap_common.context import Reader
from tap_common.estimate import EstimateRules
from tap_common.schema_tree import nodes, path_of
from tap_common.stream import Schema, Stream
from tap_common.vendor import Vendor

if TYPE_CHECKING:
    from tap_common.http import Api


@dataclass(frozen=True)
class Tap:
    """A tap: its config keys, its streams in the order in which they are read, and its API.

    ``settings`` are the JSON schemas of its own config keys; ``logins`` are the groups of keys of
    which one must be complete, and the first that is complete is used. ``connect`` makes the
    vendor's API from a config. ``customise`` types the account's custom fields, if it has such: it
    takes the API and the schemas by stream name and returns the schemas that it changed. ``title``
    names the product for people. ``estimates`` are the rules by which --estimate counts requests.
    ``account`` names the account that a config means, or None if the config does not say.

    ValueError if the parts do not fit together.
    """

    name: str
    title: str
    package: str
    settings: Mapping[str, Mapping[str, Any]]
    logins: tuple[tuple[str, ...], ...]
    readers: tuple[Reader, ...]
    account: Callable[[Config], str | None]
    connect: Callable[[Config], Vendor]
    customise: Callable[[Api, Mapping[str, Schema]], Mapping[str, Schema]] = lambda api, known: {}
    estimates: EstimateRules = field(default_factory=EstimateRules)
    schemas: Mapping[str, Schema] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "schemas", schemas.load(self.package, self.streams))
        faults = [*_login_faults(self), *_stream_faults(self)]
        if faults:
            raise ValueError(f"{self.name}: {'; '.join(faults)}")

    @cached_property
    def streams(self) -> tuple[Stream, ...]:
        """Every stream, in the order in which they are read."""
        return tuple(stream for reader in self.readers for stream in reader.streams)

    def source(self, config: Config) -> str:
        """The tap and the account of ``config``, as SCHEMA messages name them."""
        return " ".join(filter(None, (self.name, self.account(config))))

    @property
    def all_settings(self) -> Settings:
        """The tap's own config keys and those that all taps share."""
        return common_settings.merged(self.settings)


def _login_faults(tap: Tap) -> Iterator[str]:
    for key in sorted({key for group in tap.logins for key in group}):
        if key not in tap.all_settings:
            yield f"the login key {key} is not declared in settings"


def _stream_faults(tap: Tap) -> Iterator[str]:
    names = [stream.name for stream in tap.streams]
    for name in sorted(tap.estimates.streams.keys() - {*names}):
        yield f"there is no stream {name} to estimate"
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield f"two streams are called {name}"
    for stream in tap.streams:
        properties = tap.schemas[stream.name].get("properties", {})
        for name in sorted({*stream.automatic, *stream.unselected} - properties.keys()):
            yield f"{stream.name}: the schema has no field {name}"
        paths = {path_of(breadcrumb) for breadcrumb, _ in nodes(tap.schemas[stream.name])}
        for path in sorted(stream.text_fields - paths):
            yield f"{stream.name}: the schema has no text field {path}"
        if stream.parent is not None and stream.parent not in names:
            yield f"{stream.name}: there is no parent stream {stream.parent}"
