"""The Zendesk Support API over a made-up account. sandbox/README.md shows how to use it."""

from sandbox.server import Server
from sandbox.zendesk_support.account import Account
from sandbox.zendesk_support.api import ZendeskSupport
from sandbox.zendesk_support.options import Options

__all__ = ["Account", "Options", "ZendeskSupportServer", "serve"]


ZendeskSupportServer = Server[ZendeskSupport]


def serve(account: Account, options: Options | None = None, port: int = 0) -> ZendeskSupportServer:
    """Returns a server for the account, which answers from ``start()`` or ``with`` on."""
    return ZendeskSupportServer(ZendeskSupport(account, options or Options()), port)
