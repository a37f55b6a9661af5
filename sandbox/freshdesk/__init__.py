"""The Freshdesk API v2 over a made-up account. sandbox/README.md shows how to use it."""

from sandbox.freshdesk.account import Account
from sandbox.freshdesk.api import Freshdesk
from sandbox.freshdesk.options import Options
from sandbox.server import Server

__all__ = ["Account", "Freshdesk", "FreshdeskServer", "Options", "serve"]

FreshdeskServer = Server[Freshdesk]


def serve(account: Account, options: Options | None = None, port: int = 0) -> FreshdeskServer:
    """Returns a server that answers from ``start()`` or ``with`` on. Port 0 is any free one."""
    return FreshdeskServer(Freshdesk(account, options or Options()), port)
