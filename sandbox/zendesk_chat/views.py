"""A chat's row as the export, the bulk and the single view show it (sheet section 3)."""

from __future__ import annotations

from collections.abc import Sequence

from sandbox.dice import Dice
from sandbox.table import Row
from sandbox.times import stamp
from sandbox.words import SENTENCES, TAGS, paragraph, person
from sandbox.zendesk_chat.chats import Chats, Kind
from sandbox.zendesk_chat.transcripts import Talk

EXPORT_ONLY = ("update_timestamp", "deleted")
CONVERTS_EVERY = 20

_PLACES = (
    ("Köln", "Nordrhein-Westfalen", "DE", "Germany"),
    ("Orlando", "Florida", "US", "United States"),
    ("", "", "IN", "India"),
)
_BROWSERS = (("Safari", "Mac OS"), ("Chrome", "Android"), ("Firefox", "Linux"))


def converts(number: int, kind: int) -> bool:
    """Whether a chat was built with a conversion."""
    return number % CONVERTS_EVERY == 7 and kind == Kind.CHAT


class ChatViews:
    """Makes rows out of a chat's numbers and its seed. The lists of agents, departments and so on may change."""

    def __init__(
        self,
        seed: int,
        chats: Chats,
        agents: Sequence[Row],
        departments: Sequence[Row],
        goals: Sequence[Row],
    ) -> None:
        self._seed = seed
        self._chats = chats
        self._agents = [(row["id"], row["display_name"]) for row in agents]
        self._departments = list(departments)
        self._goals = list(goals)
        self._skills = [skill for row in agents[:1] for skill in row["skills"]]

    def row(self, number: int) -> Row:
        """As the export shows it."""
        chats = self._chats
        dice = Dice("chat row", self._seed, number)
        department = self._department(number)
        row: Row = {
            "id": chats.ids[number],
            "timestamp": stamp(chats.created[number]),
            "update_timestamp": stamp(chats.updated[number]),
            "deleted": number in chats.deleted,
            "department_id": department and department["id"],
            "department_name": department and department["name"],
            "visitor": self._visitor(number),
            "session": self._session(number),
            "tags": [dice.pick(TAGS) for _ in range(dice.below(3))],
            "unread": 1 if number % 97 == 5 else dice.chance(5),
            "zendesk_ticket_id": 1_000 + number if dice.chance(40) else None,
        }
        if chats.kind[number] == Kind.OFFLINE:
            row |= {
                "type": "offline_msg",
                "message": paragraph(dice, 1 + dice.below(3)),
                "webpath": [],
            }
        else:
            self._talk(row, number, dice, department)
        later = chats.later.get(number)
        if later and "history" in row:
            row["history"] = row["history"] + later
        return row | chats.patches.get(number, {})

    def plain(self, number: int) -> Row:
        """As bulk and single view show it: without what only the export has."""
        row = self.row(number)
        return {name: value for name, value in row.items() if name not in EXPORT_ONLY}

    def _department(self, number: int) -> Row | None:
        place = self._chats.department[number]
        return self._departments[place - 1] if place else None

    def _talk(self, row: Row, number: int, dice: Dice, department: Row | None) -> None:
        chats = self._chats
        start, end, first = chats.created[number], chats.ended[number], chats.agent[number]
        agents = [self._agents[first - 1]] if first else []
        if first and number % 8 == 2:
            agents.append(self._agents[first % len(self._agents)])
        answered = bool(agents)
        rating = dice.pick(("good", "good", "bad")) if answered and dice.chance(30) else None
        comment = dice.pick(SENTENCES) if rating and dice.chance(50) else None
        skills = self._skills if number % 6 == 0 else []
        talk = Talk(
            self._seed, number, start, end, row["visitor"]["name"] or "Visitor", agents, department
        )
        said = talk.messages // 2 if answered else 0
        average = dice.below(4_000) / 64
        conversions = [self.conversion(number)] if converts(number, Kind.CHAT) else []
        times = {"first": 1 + dice.below(30), "avg": average, "max": 31 + dice.below(90)}
        row |= {
            "type": "chat",
            "end_timestamp": stamp(end),
            "started_by": dice.pick(("visitor", "visitor", "agent", "trigger")),
            "duration": end - start,
            "count": {"visitor": talk.messages - said, "agent": said, "total": talk.messages},
            "response_time": times if answered else None if number % 2 else dict.fromkeys(times),
            "agent_ids": [str(agent) for agent, _ in agents],
            "agent_names": [name for _, name in agents],
            "triggered": number % 7 == 0,
            "triggered_response": number % 14 == 0 if number % 7 == 0 else None,
            "missed": not answered,
            "rating": rating,
            "comment": comment,
            "referrer_search_engine": "Google" if number % 3 == 0 else "",
            "referrer_search_terms": "acme größe" if number % 9 == 0 else None,
            "dropped": number % 41 == 40,
            "conversions": conversions,
            "engagements": talk.engagements(row["id"], rating, comment, skills),
            "history": talk.history(rating, comment, row["tags"], conversions),
            "webpath": talk.webpath(),
        }
        if number % 4 == 0:
            row |= {
                "proactive": number % 8 == 0,
                "skills_requested": skills,
                "skills_fulfilled": bool(skills),
            }

    def conversion(self, number: int, serial: int = 0, at: int | None = None) -> Row:
        """A conversion as its chat shows it."""
        chats = self._chats
        first, department = chats.agent[number], self._department(number)
        goal = self._goals[(number + serial) % len(self._goals)]
        return {
            "id": f"conversion:{chats.ids[number]}.{serial}",
            "goal_id": goal["id"],
            "goal_name": goal["name"],
            "timestamp": stamp(chats.ended[number] if at is None else at),
            "attribution": {
                "agent_id": self._agents[first - 1][0] if first else None,
                "agent_name": self._agents[first - 1][1] if first else None,
                "department_id": department and department["id"],
                "department_name": department and department["name"],
                "chat_timestamp": stamp(chats.created[number]),
            },
        }

    def _visitor(self, number: int) -> Row:
        visitor = self._chats.visitor[number]
        dice = Dice("visitor", self._seed, visitor)
        name, mail = person(dice), f"visitor.{visitor}@example.com"
        return {
            "id": f"10.{visitor}.{dice.below(10**9)}",
            "name": None if visitor % 17 == 16 else name,
            "email": "" if visitor % 5 == 4 else None if visitor % 13 == 12 else mail,
            "phone": None if visitor % 3 else f"+1 555 0199 {visitor % 1000:03d}",
            "notes": paragraph(dice, 1) if visitor % 10 == 9 else "",
        }

    def _session(self, number: int) -> Row:
        chats = self._chats
        start, end = chats.created[number], chats.ended[number]
        city, region, code, country = _PLACES[number % len(_PLACES)]
        browser, platform = _BROWSERS[number % len(_BROWSERS)]
        session: Row = {
            "id": f"{stamp(start)[2:10].replace('-', '')}.{number}.1KhqS0Nw",
            "browser": browser,
            "country_code": code,
            "country_name": country,
            "ip": f"198.51.100.{number % 256}",
            "platform": platform,
            "user_agent": f"Mozilla/5.0 ({platform}) {browser}/18.5",
            "start_date": stamp(start - 120),
            "end_date": stamp(end + 300),
        }
        if city:
            session |= {"city": city, "region": region}
        return session
