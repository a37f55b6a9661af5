"""The Freshdesk API v2 over a made-up account: log-in, limits, checks and paging (DOCS)."""

from base64 import b64decode
from binascii import Error as NotBase64

from sandbox.app import App, Receipt
from sandbox.changes import Churn
from sandbox.errors import Errors, Refusal
from sandbox.freshdesk.account import Account
from sandbox.freshdesk.call import DEFAULT_PER_PAGE, Call, invalid, parameters_of, read_args
from sandbox.freshdesk.changes import Changes
from sandbox.freshdesk.endpoints import ROUTES
from sandbox.freshdesk.options import PLANS, Options
from sandbox.table import Listing, Row
from sandbox.wire import Reply, Request, json_reply

BASE = "/api/v2/"


class Freshdesk(App[Account, Options, Changes]):
    """The app that the common server serves."""

    def __init__(self, account: Account, options: Options) -> None:
        super().__init__(account, options, Changes(account), Errors(__file__))
        self._churn, self._calls = Churn(account.seed), 0

    def credentials(self) -> dict[str, str]:
        """Returns the API key and the account's name."""
        return {"api_key": self.account.api_key, "domain": "acme"}

    def rows(self, stream: str) -> list[Row]:
        """Returns every row that a client can reach, given the option trash_children."""
        return self.account.rows(stream, trash=self.options.trash_children == 200)

    def respond(self, request: Request, instead: Reply | None, receipt: Receipt) -> Reply:
        """Returns the reply. Refused requests count against the quota as well (DOCS)."""
        receipt.headers["X-Freshdesk-Api-Version"] = "latest=v2; requested=v2"
        try:
            call = self._admitted(request, receipt)
        except Refusal:
            self._spend(1, "", receipt)
            if instead is None:
                raise
            return instead
        self._spend(call.credits, call.spec.get("bucket", ""), receipt)
        return instead or self._run(call, request, receipt.endpoint)

    def _admitted(self, request: Request, receipt: Receipt) -> Call:
        """Returns the call that a request asks for. Refuses what it may not have."""
        path = request.path.removeprefix(BASE)
        receipt.endpoint, ids = ROUTES.find(path) if path != request.path else ("", [])
        spec = self._allowed(request, receipt.endpoint)
        names = (*parameters_of(spec), *self.options.time_filters(receipt.endpoint))
        args = read_args(request.query, names, spec.get("choices", {}))
        if self.options.since == "exclusive":
            args |= {name: args[name] + 1 for name in args if name.endswith("_since")}
        about = spec, self.account, self.changes, self.options, self._churn
        return Call(*about, self._calls + 1, ids, args)

    def _allowed(self, request: Request, endpoint: str) -> Row:
        """Returns the endpoint's entry, if the request may have its answer."""
        if not self._logged_in(request):
            raise Refusal(401)
        if not _accepts_json(request.headers.get("accept", "*/*")):
            raise Refusal(406)
        if endpoint not in ROUTES:
            raise Refusal(404)
        spec = ROUTES[endpoint].spec
        if request.method != "GET":
            raise Refusal(405)
        if "admin" in spec and self.options.role != "admin":
            raise Refusal(403)
        if "feature" in spec and not self.options.has(spec["feature"]):
            raise Refusal("require_feature", feature=spec["feature"].capitalize())
        return spec

    def _logged_in(self, request: Request) -> bool:
        """Basic with the API key as user and anything as password (DOCS)."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        try:
            user = b64decode(token, validate=True).decode("latin-1").partition(":")[0]
        except NotBase64:
            return False
        return scheme.lower() == "basic" and user == self.account.api_key

    def _spend(self, cost: int, bucket: str, receipt: Receipt) -> None:
        """Counts credits for all keys of the account together; refused requests use none."""
        plan, options = PLANS[self.options.plan], self.options
        receipt.credits = cost
        if options.limit == 0:
            return
        total = options.limit or plan["calls"]
        wanted = {"": (total, cost)}
        own = options.contact_list_limit if bucket == "contacts" else None
        sublimit = plan["lists"] if own is None else own
        if bucket and sublimit:
            wanted[bucket] = (sublimit, cost if options.sublimit_counts == "credits" else 1)
        taken = self.count(wanted, options.window_start)
        receipt.credits = 0 if taken.refusing else cost
        receipt.headers |= {
            "X-RateLimit-Total": str(total),
            "X-RateLimit-Remaining": str(taken.left[""]),
            "X-RateLimit-Used-CurrentRequest": str(receipt.credits),
        }
        if taken.refusing:
            wait = max(taken.resets[name] for name in taken.refusing)
            receipt.headers["Retry-After"] = str(wait)
            raise Refusal(429)

    def _run(self, call: Call, request: Request, endpoint: str) -> Reply:
        self._calls += 1
        options, page = self.options, call.args.get("page", 1)
        size = call.args.get("per_page") or call.args.get("page_size", DEFAULT_PER_PAGE)
        if endpoint == "tickets" and page > options.page_cap:
            most = f"You cannot access tickets beyond the {options.page_cap}th page."
            raise invalid("page", f"{most} Please provide a smaller page number.")
        if parameters_of(call.spec) and size > options.largest_page:
            raise Refusal(504)
        answer = ROUTES[endpoint].read(call)
        if not isinstance(answer, Listing):
            return json_reply(answer)
        size = min(size, options.cut_to)
        shown = answer.page(page, size)
        for name in call.names:
            self._churn.delivered(name, shown.keys)
        reply = json_reply(list(shown))
        if page * size < len(answer) and options.link:
            reply.headers["Link"] = options.link.format(url=request.link({"page": page + 1}))
        return reply


def _accepts_json(accept: str) -> bool:
    kinds = {part.partition(";")[0].strip() for part in accept.split(",")}
    return not kinds.isdisjoint(("application/json", "application/*", "*/*", ""))
