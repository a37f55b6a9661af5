"""The Zendesk Chat API over a made-up account: both bases, tokens, the limit, refusals."""

from sandbox.app import App, Receipt
from sandbox.errors import Errors, Refusal
from sandbox.routes import Route
from sandbox.table import Row
from sandbox.wire import Reply, Request, json_reply
from sandbox.zendesk_chat.account import Account
from sandbox.zendesk_chat.call import Call
from sandbox.zendesk_chat.changes import Changes
from sandbox.zendesk_chat.endpoints import ROUTES
from sandbox.zendesk_chat.options import Options

BASES = {"new": "/api/v2/chat/", "old": "/api/v2/"}
TOKENS = {"/oauth2/chat/token": "new", "/oauth2/token": "old"}
TOKEN = "token"  # noqa: S105
SUBDOMAIN = "acme"


class ZendeskChat(App[Account, Options, Changes]):
    """The app that the common server serves."""

    def __init__(self, account: Account, options: Options) -> None:
        super().__init__(account, options, Changes(account), Errors(__file__))
        self._exports = 0

    def credentials(self) -> dict[str, str]:
        """Returns what a tap needs for each way to log in, with the refresh token of now."""
        return {"subdomain": SUBDOMAIN, **self.account.tokens.credentials()}

    def rows(self, stream: str) -> list[Row]:
        """Returns every row of a stream as its endpoint shows it."""
        return self.account.rows(stream, self.options.plan)

    def respond(self, request: Request, instead: Reply | None, receipt: Receipt) -> Reply:
        """Returns the reply. Token requests and refused tokens cost nothing (inferred)."""
        base, receipt.endpoint = _parsed(request.path)
        if base not in ("new", "old") or self.options.bases not in ("both", base):
            raise Refusal(404)
        if receipt.endpoint == TOKEN:
            if request.method != "POST":
                raise Refusal(405)
            return instead or self.account.tokens.grant(request.body, self.options)
        if not self.account.tokens.use(request.headers.get("authorization", "")):
            raise Refusal(401)
        self._spend(receipt)
        return instead or self._run(request, receipt.endpoint)

    def _spend(self, receipt: Receipt) -> None:
        """Counts a request against the limit, which may refuse it."""
        options = self.options
        if options.limit == 0:
            return
        taken = self.count({"": (options.limit, 1)}, options.window_start)
        if options.rate_headers:
            receipt.headers["X-Rate-Limit"] = str(options.limit)
            receipt.headers["X-Rate-Limit-Remaining"] = str(taken.left[""])
        if taken.refusing:
            receipt.headers["Retry-After"] = str(taken.resets[""])
            raise Refusal(429)
        receipt.credits = 1

    def _run(self, request: Request, endpoint: str) -> Reply:
        self._exports += endpoint == "incremental/chats"
        call = Call(request, self.account, self.changes, self.options, self._exports)
        return json_reply(self._route(request, endpoint).read(call))

    def _route(self, request: Request, endpoint: str) -> Route:
        """Returns the endpoint, if the plan and the role allow it and the API has it."""
        options, route = self.options, ROUTES.get(endpoint)
        is_closed = route is not None and "for_agents" not in route.spec
        if options.plan == "lite" or (is_closed and options.role != "administrator"):
            raise Refusal(403)
        if route is None:
            raise Refusal(404)
        if request.method != "GET":
            raise Refusal(405)
        if not options.has(route.spec.get("feature", "")):
            raise Refusal(options.missing_feature)
        return route


def _parsed(path: str) -> tuple[str, str]:
    """Returns the base ("new", "old" or "") and the endpoint below it."""
    if path in TOKENS:
        return TOKENS[path], TOKEN
    base = next((name for name, root in BASES.items() if path.startswith(root)), "")
    return base, path.removeprefix(BASES.get(base, "")).rstrip("/")
