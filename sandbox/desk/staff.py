"""The people who answer, their groups, and the companies and articles of the site."""

from sandbox.account import Scale
from sandbox.chance import Dice, company, person
from sandbox.desk.hal import made
from sandbox.table import Row
from sandbox.times import DAY, stamp


class Staff:
    """Users and groups, made whole. The first user is the one whose credentials are used."""

    def __init__(self, scale: Scale) -> None:
        self._scale = scale
        self.users = [self._user(id) for id in range(1, scale.agents + 1)]
        self.groups = [made("group", Dice(), id=id) for id in range(1, scale.groups + 1)]

    def members(self, group: int) -> list[Row]:
        """Returns the users of a group."""
        return [user for user in self.users if self._is_member(user["id"], group)]

    def groups_of(self, user: int) -> list[Row]:
        """Returns the groups of a user."""
        return [group for group in self.groups if self._is_member(user, group["id"])]

    def _is_member(self, user: int, group: int) -> bool:
        return Dice("member", self._scale.seed, user, group).chance(40)

    def _user(self, id: int) -> Row:
        dice = Dice("user", self._scale.seed, id)
        name = person(dice)
        return made(
            "user",
            dice,
            {"level": "siteadmin"} if id == 1 else {},
            id=id,
            name=name,
            public_name=name.split()[0],
            created_at=stamp(self._scale.start),
            updated_at=stamp(min(self._scale.start + id * DAY, self._scale.end)),
            current_login_at=stamp(self._scale.start + 300 * DAY) if id % 3 else None,
        )


def make_company(scale: Scale, id: int) -> Row:
    """Returns a company, with custom fields of its own."""
    dice, start = Dice("company", scale.seed, id), scale.start
    times = {"created_at": stamp(start), "updated_at": stamp(start + id)}
    day = stamp(start // DAY * DAY)
    return made("company", dice, id=id, name=company(dice), day=day, **times)


def make_article(seed: int, id: int, created: int, end: int) -> Row:
    """Returns an article, which was last changed some days after it was created."""
    updated = min(created + id * DAY, end)
    times = {"created_at": stamp(created), "updated_at": stamp(updated)}
    return made("article", Dice("article", seed, id), id=id, **times)


def translations(kind: str, id: int, row: Row) -> list[Row]:
    """Returns an article's or topic's languages; the latter's are named in links (GEM-DESK)."""
    about = {**row, "id": id, "title": row["subject" if kind == "article" else "name"]}
    template = f"{kind}_translation"
    return [made(template, Dice(), **{**about, "locale": locale}) for locale in ("en", "de")]
