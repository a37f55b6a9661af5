"""The Zendesk Support API over a made-up account.

with serve(Account(seed=1, tickets=500), Options(plan="professional")) as server:
    requests.get(server.url + "/api/v2/tickets", auth=(email + "/token", api_token))
"""

from __future__ import annotations

from sandbox.faults import Fault
from sandbox.server import Server
from sandbox.zendesk_support.account import Account
from sandbox.zendesk_support.api import ZendeskSupport
from sandbox.zendesk_support.options import Options

__all__ = ["Account", "Fault", "Options", "ZendeskSupportServer", "serve"]


class ZendeskSupportServer(Server[ZendeskSupport]):
    """The common server with this vendor's things at hand."""

    def __enter__(self) -> ZendeskSupportServer:
        self.start()
        return self

    @property
    def account(self) -> Account:
        """The account, open to ``account.changes`` and ``account.rows``."""
        return self.app.account

    @property
    def options(self) -> Options:
        """The settings, which may be changed at any time."""
        return self.app.options

    @property
    def credentials(self) -> dict[str, str]:
        """Each way to log in: email and api_token; access_token; client_id, client_secret, refresh_token. And the subdomain."""
        return self.app.credentials()


def serve(account: Account, options: Options | None = None, port: int = 0) -> ZendeskSupportServer:
    """A server for the account; it listens at once and answers from ``start()`` or ``with`` on. Port 0 = any free one."""
    return ZendeskSupportServer(ZendeskSupport(account, options or Options()), port)
