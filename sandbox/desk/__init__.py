"""The Desk.com API v2 over a made-up account.

    with serve(Account(seed=1, cases=500), Options(era="2014")) as server:
        requests.get(server.url + "/api/v2/cases", auth=OAuth1(*server.app.login.oauth))

The short names of sources (D, S, REC, NG16, PHP and so on) are explained in sandbox/SOURCES.md.
"""

from __future__ import annotations

from sandbox.desk.account import Account
from sandbox.desk.api import DeskApp
from sandbox.desk.options import Options
from sandbox.server import Server

__all__ = ["Account", "DeskServer", "Options", "serve"]

DeskServer = Server[DeskApp]


def serve(account: Account, options: Options | None = None, port: int = 0) -> DeskServer:
    """Return a server that answers from ``start()`` or ``with`` on. Port 0 is any free one."""
    return DeskServer(DeskApp(account, options), port)
