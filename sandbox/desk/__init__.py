"""The Desk.com API v2 over a made-up account.

    with serve(Account(seed=1, cases=500), Options(era="2014")) as server:
        requests.get(server.url + "/api/v2/cases", auth=OAuth1(*server.oauth))

Facts are cited by the vendor sheet's sources: D (dev.desk.com), S (support.desk.com), REC (replies that the official Ruby client
recorded, 2013 to 2016), NG16 (records of 2016 in an agent desktop library), PHP (desk-php's service description).
"""

from __future__ import annotations

from sandbox.desk.account import Account
from sandbox.desk.app import DeskApp
from sandbox.desk.options import Options
from sandbox.faults import Fault
from sandbox.server import Server

__all__ = ["Account", "DeskServer", "Fault", "Options", "serve"]


class DeskServer(Server[DeskApp]):
    """The common server, with the way to log in at hand."""

    @property
    def oauth(self) -> tuple[str, str, str, str]:
        """Consumer key and secret, token and token secret."""
        strings = self.app.login.strings
        return (
            strings["consumer_key"],
            strings["consumer_secret"],
            strings["token"],
            strings["token_secret"],
        )


def serve(account: Account, options: Options | None = None, port: int = 0) -> DeskServer:
    """A server for the account; it listens at once and answers from ``start()`` or ``with`` on. Port 0 = any free one."""
    return DeskServer(DeskApp(account, options), port)
