"""Users, groups, settings, and the support centre: small tables, made whole."""

from __future__ import annotations

from sandbox.desk.fields import definitions
from sandbox.desk.hal import to, to_one
from sandbox.dice import Dice
from sandbox.table import Row
from sandbox.times import DAY, stamp
from sandbox.words import SUBJECTS, company, html, paragraph, person

_BODIES = ("email", "chat", "web_callback", "twitter", "qna", "phone", "facebook")
LOCALES = ("en", "de")


def users(seed: int, count: int, start: int) -> list[Row]:
    """The agents; the first one is who asks."""
    rows = []
    for number in range(1, count + 1):
        dice = Dice("user", seed, number)
        name = person(dice)
        rows.append(
            {
                "id": number,
                "name": name,
                "public_name": name.split()[0],
                "email": f"agent{number}@acme.example",
                "email_verified": True,
                "avatar": f"https://gravatar.example/{number}.png",
                "level": "siteadmin" if number == 1 else dice.pick(("agent", "flexagent")),
                "created_at": stamp(start),
                "updated_at": stamp(start + number * DAY),
                "current_login_at": stamp(start + 300 * DAY) if number % 3 else None,
                "last_login_at": None,
                "available": None,
                "_links": {
                    "self": to(f"users/{number}", "user"),
                    "preferences": to(f"users/{number}/preferences", "user_preference"),
                    "searches": to(f"users/{number}/searches", "search"),
                    "groups": to(f"users/{number}/groups", "group"),
                    "macros": to(f"users/{number}/macros", "macro"),
                    "filters": to(f"users/{number}/filters", "filter"),
                    "integration_urls": to(f"users/{number}/integration_urls", "integration_url"),
                },
            }
        )
    return rows


def groups(count: int) -> list[Row]:
    """The groups."""
    return [
        {
            "id": number,
            "name": f"Gruppe {number}",
            "position": number,
            "_links": {
                "self": to(f"groups/{number}", "group"),
                "users": to(f"groups/{number}/users", "user"),
                "filters": to(f"groups/{number}/filters", "filter"),
            },
        }
        for number in range(1, count + 1)
    ]


def is_member(seed: int, user: int, group: int) -> bool:
    """Who is in which group."""
    return Dice("member", seed, user, group).chance(40)


def topics(start: int) -> list[Row]:
    """Topics never had an id in what was recorded."""
    return [
        {
            "name": name,
            "description": None,
            "position": number,
            "allow_questions": number == 1,
            "in_support_center": None if number == 2 else True,
            "created_at": stamp(start),
            "updated_at": stamp(start),
            "_links": {
                "self": to(f"topics/{number}", "topic"),
                "articles": to(f"topics/{number}/articles", "article"),
                "translations": to(f"topics/{number}/translations", "topic_translation"),
            },
        }
        for number, name in enumerate(("General", "Rechnung", "配送"), 1)
    ]


def articles(seed: int, count: int, start: int) -> list[Row]:
    """The articles."""
    return [_article(seed, number, start) for number in range(1, count + 1)]


def _article(seed: int, number: int, start: int) -> Row:
    dice = Dice("article", seed, number)
    row: Row = {"id": number, "subject": dice.pick(SUBJECTS), "body": html(paragraph(dice, 3))}
    for name in _BODIES:
        row |= {f"body_{name}": "", f"body_{name}_auto": True}
    return row | {
        "rating": 0,
        "rating_count": 0,
        "rating_score": 0,
        "keywords": None if number % 2 else "billing, vip",
        "position": number,
        "quickcode": None,
        "in_support_center": True,
        "internal_notes": None,
        "publish_at": None if number % 4 == 0 else stamp(start),
        "locale": None,
        "available_locales": list(LOCALES),
        "public_url": f"https://acme.desk.example/customer/portal/articles/{number}",
        "created_at": stamp(start),
        "updated_at": stamp(start + number * DAY),
        "_links": {
            "self": to(f"articles/{number}", "article"),
            "topic": to_one("topics", "topic", dice.below(3) + 1),
            "translations": to(f"articles/{number}/translations", "article_translation"),
            "created_by": to_one("users", "user", 1),
            "updated_by": to_one("users", "user", 2),
            "attachments": to(f"articles/{number}/attachments", "attachment", 0),
        },
    }


def translations(kind: str, parent: int, subject: str, start: int) -> list[Row]:
    """The languages of an article or topic; their addresses end with the language."""
    return [
        {
            "locale": locale,
            "subject" if kind == "article" else "name": f"{subject} ({locale})",
            "body" if kind == "article" else "description": "",
            "outdated": False,
            "created_at": stamp(start),
            "updated_at": stamp(start),
            "_links": {
                "self": to(f"{kind}s/{parent}/translations/{locale}", f"{kind}_translation"),
                kind: to(f"{kind}s/{parent}", kind),
            },
        }
        for locale in LOCALES
    ]


def companies(seed: int, count: int, start: int) -> list[Row]:
    """The companies, with custom fields of their own."""
    return [
        {
            "id": number,
            "name": company(Dice("company", seed, number)),
            "domains": [f"company{number}.example"],
            "created_at": stamp(start),
            "updated_at": stamp(start + number),
            "custom_fields": {"seats": "7" if number % 2 else None},
            "_links": {
                "self": to(f"companies/{number}", "company"),
                "customers": to(f"companies/{number}/customers", "customer"),
                "cases": to(f"companies/{number}/cases", "case"),
            },
        }
        for number in range(1, count + 1)
    ]


def _named(path: str, kind: str, names: tuple[str, ...], start: int, **more: object) -> list[Row]:
    return [
        {
            "id": number,
            "name": name,
            **more,
            "created_at": stamp(start),
            "updated_at": stamp(start),
            "_links": {"self": to(f"{path}/{number}", kind)},
        }
        for number, name in enumerate(names, 1)
    ]


def settings(start: int) -> dict[str, list[Row]]:
    """The small tables by their endpoints."""
    owners: Row = {"group": to_one("groups", "group", 1), "user": None}
    filters = _named(
        "filters",
        "filter",
        ("Inbox", "Mine"),
        start,
        sort="priority",
        sort_direction="asc",
        position=1,
        active=True,
    )
    for row in filters:
        row["_links"] |= owners
    labels = _named(
        "labels",
        "label",
        LABELS,
        start,
        description="",
        types=["case", "macro"],
        enabled=True,
        color="default",
    )
    for row in labels:
        del row["created_at"], row["updated_at"]
    site = _named("site_settings", "site_setting", ("company_name", "closed", "hours"), start)
    for row, value in zip(site, ("Acme", False, {"from": 9, "to": 17}), strict=True):
        row["value"] = value
        del row["created_at"], row["updated_at"]
    mail = {
        "enabled": True,
        "email": "support@acme.example",
        "type": "imap",
        "hostname": "mail.acme.example",
        "port": 993,
    }
    return {
        "brands": _named("brands", "brand", ("Acme", "Škoda & Co"), start),
        "labels": labels,
        "custom_fields": definitions(),
        "filters": filters,
        "macros": _named(
            "macros",
            "macro",
            ("Close", "Escalate"),
            start,
            description=None,
            enabled=True,
            position=1,
            folders=["A"],
        ),
        "rules": _named(
            "rules", "rule", ("Auto-reply",), start, description=None, enabled=True, position=1
        ),
        "mailboxes/inbound": _named(
            "mailboxes/inbound", "inbound_mailbox", ("Support",), start, **mail, last_error=None
        ),
        "mailboxes/outbound": _named(
            "mailboxes/outbound", "outbound_mailbox", ("Support",), start, **mail, default=True
        ),
        "jobs": _named_jobs(start),
        "integration_urls": _named(
            "integration_urls",
            "integration_url",
            ("CRM",),
            start,
            description=None,
            markup="x",
            enabled=True,
        ),
        "twitter_accounts": [
            {
                "id": 1,
                "handle": "acme",
                "active": True,
                "_links": {"self": to("twitter_accounts/1", "twitter_account")},
            }
        ],
        "twitter_users": [
            {
                "id": 1,
                "handle": "ada",
                "followers_count": "123",
                "verified": False,
                "_links": {
                    "self": to("twitter_users/1", "twitter_user"),
                    "customer": to("customers/1", "customer"),
                },
            }
        ],
        "facebook_users": [
            {
                "id": 1,
                "profile_url": "https://facebook.example/1",
                "image_url": None,
                "_links": {
                    "self": to("facebook_users/1", "facebook_user"),
                    "customer": to("customers/1", "customer"),
                },
            }
        ],
        "site_settings": site,
    }


LABELS = ("urgent", "billing", "vip", "rücksendung", "spam")


def _named_jobs(start: int) -> list[Row]:
    return [
        {
            "type": "bulk_case_update",
            "status_message": "Completed",
            "progress": 100,
            "created_at": stamp(start),
            "completed_at": stamp(start),
            "last_error": None,
            "_links": {"self": to("jobs/1", "job"), "user": to("users/1", "user")},
        }
    ]


def actions(macro: int) -> list[Row]:
    """What a macro does."""
    return [
        {
            "type": kind,
            "value": value,
            "enabled": True,
            "_links": {"self": to(f"macros/{macro}/actions/{number}", "macro_action")},
        }
        for number, (kind, value) in enumerate(
            (("set-case-description", "closed"), ("set-case-priority", 4)), 1
        )
    ]


def tweets(start: int) -> list[Row]:
    """Those of the one Twitter account."""
    return [
        {
            "id": 9,
            "body": "Hello 🌙",
            "direction": "in",
            "status": "received",
            "type": "mention",
            "to": "acme",
            "from": "ada",
            "twitter_status_id": "100000000000000009",
            "created_at": stamp(start),
            "updated_at": stamp(start),
            "_links": {
                "self": to("twitter_accounts/1/tweets/9", "tweet"),
                "case": to("cases/1", "case"),
                "customer": None,
                "sent_by": None,
            },
        }
    ]


SYSTEM_MESSAGE: Row = {
    "message": "Back at noon",
    "in_support_center": False,
    "_links": {"self": to("system_message", "system_message")},
}
