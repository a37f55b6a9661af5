"""The people who answer, their groups, and the companies and articles of the site."""

from __future__ import annotations

from sandbox.desk.custom import values
from sandbox.desk.hal import link
from sandbox.desk.templates import made
from sandbox.dice import Dice
from sandbox.table import Row
from sandbox.times import DAY, stamp
from sandbox.words import SUBJECTS, company, html, paragraph, person

LOCALES = ("en", "de")


class Staff:
    """Users and groups, made whole. The first user is the one whose credentials are used."""

    def __init__(self, seed: int, users: int, groups: int, start: int, end: int) -> None:
        self._seed, self._start, self._end = seed, start, end
        self.users = [self._user(number) for number in range(1, users + 1)]
        numbers = range(1, groups + 1)
        self.groups = [made("group", n, {"id": n, "position": n}, {}) for n in numbers]

    def members(self, group: int) -> list[Row]:
        """Return the users of a group."""
        return [user for user in self.users if self._is_member(user["id"], group)]

    def groups_of(self, user: int) -> list[Row]:
        """Return the groups of a user."""
        return [group for group in self.groups if self._is_member(user, group["id"])]

    def _is_member(self, user: int, group: int) -> bool:
        return Dice("member", self._seed, user, group).chance(40)

    def _user(self, id: int) -> Row:
        dice = Dice("user", self._seed, id)
        name = person(dice)
        fields = {
            "id": id,
            "name": name,
            "public_name": name.split()[0],
            "level": "siteadmin" if id == 1 else dice.pick(("agent", "flexagent")),
            "created_at": stamp(self._start),
            "updated_at": stamp(min(self._start + id * DAY, self._end)),
            "current_login_at": stamp(self._start + 300 * DAY) if id % 3 else None,
        }
        return made("user", id, fields, {})


def make_company(seed: int, id: int, start: int, definitions: list[Row]) -> Row:
    """Return a company, with custom fields of its own."""
    dice = Dice("company", seed, id)
    fields = {
        "name": company(dice),
        "domains": [f"company{id}.example"],
        "created_at": stamp(start),
        "updated_at": stamp(start + id),
        "custom_fields": values(definitions, "company", dice, start),
    }
    return made("company", id, fields, {})


def make_article(seed: int, id: int, created: int, end: int) -> Row:
    """Return an article, which was last changed some days after it was created."""
    dice = Dice("article", seed, id)
    fields = {
        "id": id,
        "subject": dice.pick(SUBJECTS),
        "body": html(paragraph(dice, 3)),
        "keywords": None if id % 2 else "billing, vip",
        "position": id,
        "publish_at": None if id % 4 == 0 else stamp(created),
        "created_at": stamp(created),
        "updated_at": stamp(min(created + id * DAY, end)),
    }
    return made("article", id, fields, {"topic": link("topics/{id} topic", id=dice.below(3) + 1)})


def translations(kind: str, parent: int, row: Row) -> list[Row]:
    """Return an article's or topic's languages. Only the addresses of a topic's name them
    (GEM-DESK).
    """
    title = "subject" if kind == "article" else "name"
    rows = []
    for locale in LOCALES:
        named = {"locale": locale} if kind == "article" else {}
        times = {name: row[name] for name in ("created_at", "updated_at")}
        fields = {**named, title: f"{row[title]} ({locale})", **times}
        rows.append(made(f"{kind}_translation", parent, fields, {}, locale))
    return rows
