"""The Desk.com API v2 over a made-up account. sandbox/README.md shows how to use it."""

from sandbox.desk.account import Account
from sandbox.desk.api import DeskApp
from sandbox.desk.options import Options
from sandbox.server import Server

__all__ = ["Account", "DeskServer", "Options", "serve"]

DeskServer = Server[DeskApp]


def serve(account: Account, options: Options | None = None, port: int = 0) -> DeskServer:
    """Returns a server that answers from ``start()`` or ``with`` on. Port 0 is any free one."""
    return DeskServer(DeskApp(account, options), port)
