"""What the server's settings allow. Everything may be changed while it runs."""

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Literal

from sandbox.app import BaseOptions

Era = Literal["2013", "2014", "2016"]


@dataclass
class Options(BaseOptions):
    """Settings of the Desk.com sandbox. Lists are texts with commas; paths are shell patterns.

    era: 2013 has no ids, no counts and no page in envelopes; 2014 has ids on cases and customers;
        2016 has all that was recorded (REC)
    limit: requests a clock minute; 0 = no limit, and no rate headers
    since: whether since_* include the moment or id named (PHP says not, EXP saw it so)
    page_limit: the last page of limited lists
    beyond: what a page beyond the last one is: an error, an empty page, or the last one again
    ignored: search parameters that are silently ignored, such as since_id or sort_field
    refused: search parameters that are answered with 422
    embeds: whether embed is honoured
    unembeddable: names that embed answers with 422
    role: an agent meets 403 on what administrators may read only
    forbidden: paths that answer 403
    missing: paths that answer 404
    clock_skew: greatest difference in seconds between a signature's timestamp and the clock
    plus_is_space: whether "+" in a query is a space for the signature
    churn: before every so-many-th search of cases one case is updated; 0 = never
    shuffled: whether rows that changed in one second come in a new order at each request
    vanishing: how many articles go, the first of them each time that a later page is asked for
    last_linked: no page after this one is linked as the next one; 0 = all are
    hollow: paths whose collections are empty, whatever links to them count
    dated: whether replies bear a Date
    largest_page: instead of an endpoint's own largest page (100; 1000 for users and groups)
    """

    era: Era = "2016"
    limit: int = 300
    since: Literal["inclusive", "exclusive"] = "exclusive"
    page_limit: int = 500
    beyond: Literal["error", "empty", "silent"] = "error"
    ignored: str = ""
    refused: str = ""
    embeds: bool = True
    unembeddable: str = ""
    role: Literal["admin", "agent"] = "admin"
    forbidden: str = ""
    missing: str = ""
    clock_skew: int = 300
    plus_is_space: bool = True
    churn: int = 0
    shuffled: bool = False
    vanishing: int = 0
    last_linked: int = 0
    hollow: str = ""
    dated: bool = True
    largest_page: int | None = None


def matches(name: str, patterns: str) -> bool:
    """Returns whether a name or path fits one of the patterns, which are a text with commas."""
    return any(fnmatchcase(name, pattern) for pattern in patterns.split(",") if pattern)
