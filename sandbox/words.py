"""Made-up people, companies and texts, some of them outside ASCII and outside the Basic
Multilingual Plane.
"""

from __future__ import annotations

import re
import unicodedata

from sandbox.dice import Dice


def _words(text: str) -> list[str]:
    return text.split()


FIRST_NAMES = _words(
    "Ada Amara Anders Anjali Beatriz Bram Chidi Chloé Dario Dilnoza Eero Elif Émile Fatima "
    "Femke Gábor Giulia Hana "
    "Hassan Ingrid Ioana Jakub João Kaito Keiko Kwame Lars Leilani Łucja Mateus Meera Mirela "
    "Ngọc Nils Noor "
    "Olamide Ömer Pilar Quentin Rosa Ruairí Samira Søren Tariq Tomáš Uxía Valentina Wren Ximena "
    "Yael Yusuf Zoë "
    "Иван Ольга 美咲 大翔 李娜 أحمد"
)
LAST_NAMES = _words(
    "Abara Achterberg Bakshi Bellandi Çelik Cordeiro Dahl Dvořák Eklund Farouk Fontaine Garrido "
    "Grünwald Haddad "
    "Hjelm Ibarra Jansen Kaya Kim Kowalczyk Laurent Lindqvist Mäkinen Mbeki Moreau Nakamura "
    "Nguyễn Novak Núñez "
    "O'Farrell Okafor Ortiz Papadakis Petrović Quispe Rahman Rossi Şahin Saarinen Sokolov "
    "Straßer Takeda Tanaka "
    "Ürkmez Vasquez Wójcik Xu Yildiz Zhang Иванов 田中 王"
)
TRADES = _words(
    "Amber Birch Cobalt Delta Ember Fjord Granite Harbour Indigo Juniper Kestrel Lantern Meadow "
    "Nimbus Orchard "
    "Pebble Quarry Ridge Saffron Tundra Umbra Velvet Willow Zenith Müller Água Škoda Ørsted"
)
KINDS = _words(
    "Analytics Bakery Cycles Devices Energy Foods Gardens Health Imports Journeys Kitchens Labs "
    "Motors Optics Paper"
)
ENDINGS = ("GmbH", "Ltd", "Inc.", "S.A.", "B.V.", "& Söhne", "LLC", "株式会社")
SUBJECTS = (
    "Parcel has not arrived",
    "Cannot log in since this morning",
    "Invoice shows the wrong address",
    'Question about the "large" plan',
    "Refund for a doubled payment",
    "Grüße aus Köln: Lieferung fehlt",
    "Le colis est arrivé cassé 😞",
    "App crashes when exporting a report",
    "请问如何更改密码",
    "Please cancel my subscription",
    "Two-factor code never comes",
    "Discount code <SPRING> refused",
    "Change of delivery date",
    "Feature request: dark mode 🌙",
    "Cannot upload an attachment",
    "Missing part in the box, order #4411",
)
SENTENCES = (
    "Thank you for getting back to us so quickly.",
    "The order was placed last week and the status has not changed since.",
    "I tried it in two browsers & on the phone, with the same result.",
    "Could you please look into it?",
    "We have asked the warehouse to check the shelf by hand.",
    "Wir melden uns, sobald die Ware geprüft ist.",
    "Das wäre großartig, vielen Dank!",
    "Merci de me répondre avant la fin de la semaine.",
    "A screenshot of the message is attached.",
    "The amount on the invoice is 1.249,00 € instead of 1.149,00 €.",
    "お手数をおかけしますが、よろしくお願いいたします。",
    "This has been going on for three days now 😡",
    "It works again, wonderful 🎉👩‍💻",
    'Nothing in the log file, apart from one line that says "timeout".',
    "I have moved this to the team that looks after payments.",
    "Is there a way to export more than 10,000 lines at once?",
    "Пожалуйста, сообщите номер заказа.",
    "The tracking page shows C:\\temp\\label.pdf, which cannot be right.",
    "We changed the setting; please sign out and in again.",
    "No hurry, next month is fine.",
    "شكرا جزيلا على المساعدة.",
    "The second parcel came, the first one is still missing.",
    "My colleague sees the same thing on her machine.",
    "If a < b then the total is wrong, otherwise it is right.",
)
TAGS = (
    "urgent",
    "billing",
    "vip",
    "rücksendung",
    "beta",
    "follow up",
    "emoji-🎈",
    "eu-west",
    "churn-risk",
    "bug",
)
JOBS = ("Buyer", "Engineer", "Head of Operations", "Geschäftsführerin", "Accountant", "Student", "")
ZONES = ("Eastern Time (US & Canada)", "Berlin", "Chennai", "Tokyo", "UTC", "Brasilia")
LANGUAGES = ("en", "de", "fr", "pt-BR", "ja-JP", "ar")


def person(dice: Dice) -> str:
    """A person's full name."""
    return f"{dice.pick(FIRST_NAMES)} {dice.pick(LAST_NAMES)}"


def company(dice: Dice) -> str:
    """A company's name."""
    return f"{dice.pick(TRADES)} {dice.pick(KINDS)} {dice.pick(ENDINGS)}"


def phone(dice: Dice) -> str:
    """A telephone number from the ranges kept for fiction."""
    return f"+1 555 01{dice.below(100):02d} {dice.below(1000):03d}"


def paragraph(dice: Dice, sentences: int) -> str:
    """A plain text of so many sentences."""
    return " ".join([dice.pick(SENTENCES) for _ in range(sentences)])


def html(text: str) -> str:
    """The text as a mail client would send it."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return (
        f'<div style="font-family:Helvetica,Arial,sans-serif"><p dir="ltr">{escaped}</p><br></div>'
    )


def slug(text: str) -> str:
    """Lower-case ASCII letters, digits and dots only; ``x`` where nothing is left."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", ".", plain).strip(".") or "x"
