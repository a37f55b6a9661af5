"""A made-up Desk.com account of any size: the same seed and size give the same rows."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from threading import RLock

from sandbox.app import clock_from
from sandbox.desk import office
from sandbox.desk.changes import Changes
from sandbox.desk.fields import values
from sandbox.desk.hal import to, to_one
from sandbox.desk.records import Records
from sandbox.desk.threads import Threads
from sandbox.dice import Dice
from sandbox.table import Row
from sandbox.times import DAY, HOUR, seconds_of, stamp
from sandbox.words import SUBJECTS, company, paragraph, person, slug

EPOCH = datetime(2020, 3, 1, tzinfo=UTC)
YEARS_BACK = 2
TYPES = {"email": "email", "tweet": "twitter", "phone_call": "phone", "chat": "chat", "qna": "qna"}
FIRST = {
    "email": "email",
    "tweet": "tweet",
    "phone_call": "phone_call",
    "chat": "chat",
    "qna": "community_question",
}


class Account:
    """Everything in the account. ``changes`` changes it; whoever reads or changes holds ``lock``.

    All built rows lie in the two years up to ``epoch``; later changes get the time of ``clock``. ``burst`` cases and as many
    customers (if there are so many) share one updated_at second. Every fiftieth case was purged; ids are not dense.
    """

    def __init__(
        self,
        seed: int = 1,
        cases: int = 1_000,
        *,
        burst: int = 0,
        epoch: datetime = EPOCH,
        clock: Callable[[], datetime] | None = None,
    ) -> None:
        self.seed = seed
        self.clock = clock or clock_from(epoch)
        self.lock = RLock()
        self.version = 0  # goes up with every change
        end = seconds_of(epoch)
        self._start = start = end - YEARS_BACK * 365 * DAY
        self._created: dict[int, int] = {}
        updated: dict[int, int] = {}
        number = 0
        while len(updated) < cases:
            number += 1
            if number % 50 == 0:
                continue
            dice = Dice("case", seed, number)
            created = (
                start + dice.below(700 * DAY)
                if number % 7 == 0
                else start + number * 700 * DAY // (cases * 51 // 50 + 1)
            )
            self._created[number] = created
            updated[number] = (
                end - 7 * DAY if len(updated) < burst else min(end, created + dice.below(25 * DAY))
            )
        size = math.sqrt(cases / 1_000)
        self.users = office.users(seed, max(3, round(12 * size)), start)
        self.groups = office.groups(max(2, round(5 * size)))
        self.companies = office.companies(seed, max(3, cases * 6 // 100), start)
        self.articles = office.articles(seed, max(3, cases // 50), start)
        self.topics = office.topics(start)
        self.settings = office.settings(start)
        customers = max(10, cases * 2 // 5)
        self._customers = customers
        joined = {
            id: start + Dice("joined", seed, id).below(720 * DAY) for id in range(1, customers + 1)
        }
        self.customers = Records(
            {id: end - 8 * DAY if id <= burst else min(end, joined[id] + DAY) for id in joined},
            self._customer,
        )
        self._joined = joined
        self.cases = Records(updated, self._case)
        self.threads = Threads(seed, len(self.users), self.customer_of, self._created, updated)
        self.feedbacks = [self._feedback(case) for case in updated if case % 10 == 3]
        self.changes = Changes(self)

    def now(self) -> int:
        """The clock's time in whole seconds."""
        return seconds_of(self.clock())

    def customer_of(self, case: int) -> int:
        """The customer who opened a case."""
        return Dice("asker", self.seed, case).below(self._customers) + 1

    def members(self, group: int) -> list[Row]:
        """The users of a group."""
        return [user for user in self.users if office.is_member(self.seed, user["id"], group)]

    def groups_of(self, user: int) -> list[Row]:
        """The groups of a user."""
        return [group for group in self.groups if office.is_member(self.seed, user, group["id"])]

    def _case(self, id: int) -> Row:
        dice = Dice("case row", self.seed, id)
        created, updated = self._created.get(id, self.cases.updated[id]), self.cases.updated[id]
        channel = self.threads.channel(id)
        replies, notes, attachments = self.threads.counts(id)
        labels = sorted({dice.below(len(office.LABELS)) + 1 for _ in range(dice.below(3))})
        user = dice.below(len(self.users)) + 1 if dice.chance(60) else None
        group = dice.below(len(self.groups)) + 1 if dice.chance(80) else None
        opened = stamp(created + HOUR) if user else None
        status = dice.pick(("new", "open", "pending", "resolved", "closed", "deleted"))
        resolved = stamp(updated) if status in ("resolved", "closed") else None
        text = paragraph(dice, 1)
        return {
            "id": id,
            "external_id": f"X-{id}" if id % 20 == 0 else None,
            "blurb": f"{text}\0" if id == 2 else text,
            "subject": dice.pick(SUBJECTS),
            "priority": dice.below(10) + 1,
            "locked_until": None,
            "description": None if dice.chance(50) else paragraph(dice, 1),
            "status": status,
            "type": TYPES[channel],
            "labels": [office.LABELS[label - 1] for label in labels],
            "label_ids": labels,
            "language": dice.pick((None, "en", "de", "en_us")),
            "active_at": stamp(updated) if user else None,
            "changed_at": stamp(updated),
            "created_at": stamp(created),
            "received_at": stamp(created),
            "first_opened_at": opened,
            "opened_at": opened,
            "first_resolved_at": resolved,
            "resolved_at": resolved,
            "custom_fields": values("ticket", dice, created),
            "active_attachments_count": attachments,
            "active_notes_count": notes,
            "has_pending_interactions": False,
            "has_failed_interactions": False,
            "route_status": dice.pick(("available", "scheduled", "added")),
            "_links": {
                "self": to(f"cases/{id}", "case"),
                "message": to(f"cases/{id}/message", FIRST[channel]),
                "customer": to(f"customers/{self.customer_of(id)}", "customer"),
                "labels": to(f"cases/{id}/labels", "label"),
                "assigned_user": to_one("users", "user", user),
                "assigned_group": to_one("groups", "group", group),
                "locked_by": None,
                "history": to(f"cases/{id}/history", "history"),
                "case_links": to(f"cases/{id}/links", "case_link", len(self.threads.links(id))),
                "macro_preview": to(f"cases/{id}/macros/preview", "macro_preview"),
                "replies": to(f"cases/{id}/replies", "reply", replies),
                "draft": to(f"cases/{id}/replies/draft", "reply"),
                "notes": to(f"cases/{id}/notes", "note", notes),
                "attachments": to(f"cases/{id}/attachments", "attachment", attachments),
                "feedbacks": to(f"cases/{id}/feedbacks", "feedback")
                if id % 10 == 3 and id in self._created
                else None,
            },
        }

    def _customer(self, id: int) -> Row:
        dice = Dice("customer", self.seed, id)
        name, employer = person(dice), dice.below(len(self.companies)) + 1 if id % 3 else None
        moment = self._joined.get(id, self.customers.updated[id])
        return {
            "id": id,
            "first_name": name.split()[0],
            "last_name": name.split()[-1],
            "display_name": name,
            "company": company(dice) if employer else None,
            "company_name": None,
            "title": None,
            "avatar": f"https://gravatar.example/c{id}.png",
            "uid": None,
            "external_id": f"crm-{id}" if id % 20 == 0 else None,
            "background": None,
            "language": None,
            "locked_until": None,
            "created_at": stamp(moment),
            "custom_fields": values("customer", dice, moment),
            "emails": [{"type": "home", "value": f"{slug(name)}@customer.example"}],
            "phone_numbers": [],
            "addresses": [{"type": "work", "value": "1 High Street\nSpringfield"}]
            if id % 2
            else [],
            "access_private_portal": False,
            "access_company_cases": False,
            "label_ids": [],
            "opportunity_value": None,
            "_links": {
                "self": to(f"customers/{id}", "customer"),
                "cases": to(f"customers/{id}/cases", "case", 1),
                "company": to_one("companies", "company", employer),
                "facebook_user": None,
                "twitter_user": to_one("twitter_users", "twitter_user", 1 if id == 1 else None),
                "labels": to(f"customers/{id}/labels", "label"),
                "locked_by": {"class": "site", "href": None} if id % 9 == 0 else None,
            },
        }

    def _feedback(self, case: int) -> Row:
        dice = Dice("feedback", self.seed, case)
        moment = stamp(self._created[case] + DAY)
        return {
            "id": case,
            "rating": dice.below(5),
            "rating_type": dice.pick(("yes_no", "four_star")),
            "additional_feedback": dice.pick((None, "Danke! 🎉")),
            "created_at": moment,
            "updated_at": moment,
            "_links": {
                "self": to(f"feedbacks/{case}", "feedback"),
                "case": to(f"cases/{case}", "case"),
                "user": to_one("users", "user", dice.below(len(self.users)) + 1),
            },
        }

    def translations(self, kind: str, parent: Row) -> list[Row]:
        """Those of an article or topic."""
        number = int(parent["_links"]["self"]["href"].rpartition("/")[2])
        return office.translations(
            kind, number, str(parent.get("subject") or parent.get("name")), self._start
        )

    def tweets(self) -> list[Row]:
        """Those of the one Twitter account."""
        return office.tweets(self._start)

    def rows(self, stream: str) -> list[Row]:
        """Every row of a stream as the API of 2016 shows it, for comparison with what a client read.

        Children of cases come with their parents' ``case_id``, memberships as user_id, id and name.
        """
        with self.lock:
            return list(self._rows(stream))

    def _rows(self, stream: str) -> Iterator[Row]:
        cases = self.cases.ids()
        threads = self.threads
        children: dict[str, Callable[[int], list[Row]]] = {
            "replies": threads.replies,
            "notes": threads.notes,
            "attachments": threads.attachments,
            "case_links": threads.links,
            "case_history": threads.history,
        }
        if stream in children:
            return ({**row, "case_id": case} for case in cases for row in children[stream](case))
        if stream == "messages":
            return ({**threads.message(case), "case_id": case} for case in cases)
        if stream == "drafts":
            drafts = ((case, threads.draft(case)) for case in cases)
            return ({**draft, "case_id": case} for case, draft in drafts if draft)
        if stream in ("cases", "customers"):
            records = self.cases if stream == "cases" else self.customers
            return map(records.row, records.ids())
        if stream == "user_groups":
            return (
                {"user_id": user["id"], "id": group["id"], "name": group["name"]}
                for group in self.groups
                for user in self.members(group["id"])
            )
        if stream in ("article_translations", "topic_translations"):
            kind = stream.partition("_")[0]
            parents = self.articles if kind == "article" else self.topics
            return (row for parent in parents for row in self.translations(kind, parent))
        if stream == "macro_actions":
            return (row for number in (1, 2) for row in office.actions(number))
        if stream == "tweets":
            return iter(self.tweets())
        if stream == "system_message":
            return iter([office.SYSTEM_MESSAGE])
        own = {"users", "groups", "companies", "articles", "topics", "feedbacks"}
        if stream in own:
            return iter(getattr(self, stream))
        boxes = {
            "inbound_mailboxes": "mailboxes/inbound",
            "outbound_mailboxes": "mailboxes/outbound",
        }
        return iter(self.settings[boxes.get(stream, stream)])
