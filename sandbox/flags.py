"""Command line flags made from a vendor's options."""

from __future__ import annotations

import inspect
import re
from argparse import ArgumentParser, BooleanOptionalAction, Namespace
from collections.abc import Callable
from dataclasses import MISSING, Field, fields
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from sandbox.app import BaseOptions

AnOptions = TypeVar("AnOptions", bound=BaseOptions)

_COMMON = {entry.name for entry in fields(BaseOptions)}
_ABOUT = re.compile(r"^(\w+): (.+(?:\n {4}.+)*)", re.MULTILINE)
_COLLECTIONS: tuple[type, ...] = (tuple, frozenset)


def add_flags(parser: ArgumentParser, options: type[BaseOptions]) -> None:
    """Add a flag for each option that the vendor adds to the common ones.

    The class's docstring explains them in lines of the form ``name: what it does``. A line that
    goes on is indented by four more blanks. KeyError for an option without an explanation.
    """
    hints = get_type_hints(options)
    explained = _ABOUT.findall(inspect.getdoc(options) or "")
    about = {name: " ".join(text.split()) for name, text in explained}
    for option in _own(options):
        flag = f"--{option.name.replace('_', '-')}"
        kind = _kind(hints[option.name])
        parser.add_argument(flag, default=_default(option), help=about[option.name], **kind)


def chosen(args: Namespace, options: type[AnOptions]) -> AnOptions:
    """Return the vendor's options with the values that the flags were given."""
    return options(**{option.name: getattr(args, option.name) for option in _own(options)})


def _own(options: type[BaseOptions]) -> list[Field[Any]]:
    return [option for option in fields(options) if option.name not in _COMMON]


def _default(option: Field[Any]) -> Any:
    if option.default_factory is not MISSING:
        return option.default_factory()
    return option.default


def _kind(hint: Any) -> dict[str, Any]:
    """Return how argparse reads a value of this type. TypeError for a type without a way."""
    if get_origin(hint) in (Union, UnionType):
        [hint] = [part for part in get_args(hint) if part is not NoneType]
    if get_origin(hint) is Literal:
        choices = get_args(hint)
        return {"choices": choices, "type": type(choices[0])}
    if hint is bool:
        return {"action": BooleanOptionalAction}
    if hint is str:
        return {"metavar": "TEXT"}
    if hint in (int, float):
        return {"type": hint, "metavar": "N"}
    if get_origin(hint) in _COLLECTIONS:
        return {"type": _several(get_origin(hint), get_args(hint)[0]), "metavar": "A,B"}
    raise TypeError(hint)


def _several(collection: Any, item: Any) -> Callable[[str], Any]:
    """Return a reader of texts such as "a,b"."""
    convert = item if item in (int, float) else str
    return lambda text: collection(convert(part) for part in text.split(",") if part)
