"""What a person reads who logs in with something wrong: the advice names the keys that are set."""

from __future__ import annotations

from typing import Any, cast

import pytest

from tap_common.config import Config
from tap_common.errors import UsageError
from tap_common.http import Api
from tap_common.tap import Tap
from tap_desk.tap import TAP as DESK
from tap_freshdesk.tap import TAP as FRESHDESK
from tap_zendesk_chat.tap import TAP as CHAT
from tap_zendesk_support.tap import TAP as SUPPORT
from tests.clock import SimulatedClock
from tests.inprocess import Offline
from tests.tap_common.script import Said, Script

EXPIRED = "the token may have expired or been revoked"


class Refused(Offline):
    """A tap whose vendor gives tokens to everybody and then answers each request with a 401."""

    def __init__(self, tap: Tap, config: dict[str, Any]) -> None:
        dated = {"start_date": "2026-01-01", **config}
        super().__init__(tap, cast(Any, None), dated, SimulatedClock())

    def api_for(self, settings: Config) -> Api:
        script = Script(lambda path, params: answer(path), self.clock)
        return Api(self.tap.connect(settings), settings, adapter=script, clock=self.clock)


def answer(path: str) -> Said:
    if "oauth" in path:
        return Said(body={"access_token": "fresh", "expires_in": 3600})
    return Said(401, {"message": "Who are you?"})


@pytest.mark.parametrize(
    ("tap", "config", "advice"),
    [
        (FRESHDESK, {"domain": "acme", "api_key": "k"}, "check api_key and domain"),
        (
            DESK,
            {
                "site_url": "acme",
                "consumer_key": "k",
                "consumer_secret": "s",
                "token": "t",
                "token_secret": "u",
            },
            "check consumer_key, consumer_secret, token, token_secret, site_url and this machine's "
            "clock",
        ),
        (
            DESK,
            {"site_url": "acme", "email": "ann@acme.example", "password": "p"},
            "check email, password and site_url",
        ),
        (
            SUPPORT,
            {"subdomain": "acme", "email": "ann@acme.example", "api_token": "t"},
            "check email, api_token and subdomain (API tokens end on 2027-04-30: use OAuth)",
        ),
        (
            SUPPORT,
            {"subdomain": "acme", "access_token": "t"},
            f"check access_token and subdomain ({EXPIRED})",
        ),
        (
            SUPPORT,
            {"subdomain": "acme", "client_id": "c", "client_secret": "s"},
            f"check client_id, client_secret and subdomain ({EXPIRED})",
        ),
        (CHAT, {"access_token": "t"}, f"check access_token; {EXPIRED}"),
        (
            CHAT,
            {"access_token": "t", "subdomain": "acme"},
            f"check access_token and subdomain; {EXPIRED}",
        ),
        (
            CHAT,
            {"client_id": "c", "client_secret": "s", "subdomain": "acme"},
            f"check client_id, client_secret and subdomain; {EXPIRED}",
        ),
    ],
)
def test_refused_credentials_are_named_by_their_keys(
    tap: Tap, config: dict[str, Any], advice: str
) -> None:
    run = Refused(tap, config).run()
    (complaint,) = [line for line in run.err.splitlines() if line.startswith("CRITICAL")]
    assert run.code == 4
    said, _, rest = complaint.partition(f": {advice}; ")
    assert said == "CRITICAL HTTP 401: Who are you?"
    assert rest.endswith("exit 4")


@pytest.mark.parametrize(
    ("tap", "config", "message"),
    [
        (FRESHDESK, {}, "missing api_key and domain"),
        (FRESHDESK, {"domain": "acme"}, "missing api_key"),
        (
            DESK,
            {},
            "missing site_url and a login (consumer_key, consumer_secret, token and token_secret, "
            "or email and password)",
        ),
        (DESK, {"site_url": "acme", "email": "ann@acme.example"}, "missing password"),
        (
            SUPPORT,
            {"subdomain": "acme"},
            "missing a login (client_id and client_secret, or access_token, or email and "
            "api_token)",
        ),
        (SUPPORT, {"subdomain": "acme", "client_id": "c"}, "missing client_secret"),
        (
            SUPPORT,
            {"subdomain": "acme", "refresh_token": "r"},
            "missing client_id and client_secret",
        ),
        (SUPPORT, {"access_token": "t"}, "missing subdomain"),
        (SUPPORT, {"subdomain": "acme", "email": "ann@acme.example"}, "missing api_token"),
        (
            CHAT,
            {"subdomain": "acme"},
            "missing a login (client_id and client_secret, or access_token)",
        ),
    ],
)
def test_an_incomplete_login_asks_for_what_it_lacks(
    tap: Tap, config: dict[str, Any], message: str
) -> None:
    with pytest.raises(UsageError) as caught:
        Refused(tap, config).settings()
    assert str(caught.value) == f"config: {message}"


def test_an_email_that_ends_in_token_is_told() -> None:
    config = {"subdomain": "acme", "email": "ann@acme.example/token", "api_token": "t"}
    run = Refused(SUPPORT, config).run()
    assert (run.code, run.err) == (
        2,
        "CRITICAL config: email ends in /token: write the address alone, since the tap adds that "
        "ending; exit 2\n",
    )
