"""The Zendesk Chat API over a made-up account. sandbox/README.md shows how to use it."""

from sandbox.server import Server
from sandbox.zendesk_chat.account import Account
from sandbox.zendesk_chat.api import ZendeskChat
from sandbox.zendesk_chat.options import Options

__all__ = ["Account", "Options", "ZendeskChat", "ZendeskChatServer", "serve"]

ZendeskChatServer = Server[ZendeskChat]


def serve(account: Account, options: Options | None = None, port: int = 0) -> ZendeskChatServer:
    """Returns a server that answers from ``start()`` or ``with`` on. Port 0 is any free one."""
    return ZendeskChatServer(ZendeskChat(account, options or Options()), port)
