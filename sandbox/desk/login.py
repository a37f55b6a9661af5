"""OAuth 1.0a (RFC 5849, HMAC-SHA1) and Basic, as a careful server checks them."""

from base64 import b64encode
from types import SimpleNamespace
from urllib.parse import parse_qsl, quote

from oauthlib.oauth1.rfc5849 import signature, utils

from sandbox.chance import Dice
from sandbox.desk.options import Options
from sandbox.wire import Request

OAUTH = ("consumer_key", "consumer_secret", "token", "token_secret")
WANTED = {"oauth_timestamp", "oauth_nonce", "oauth_signature"}
UNSIGNED = ("oauth_signature", "realm")


class Login:
    """One agent's credentials, and the nonces that were used up."""

    def __init__(self, seed: int, options: Options) -> None:
        self._options = options
        self._used: set[tuple[str, str]] = set()
        self.strings = {
            name: f"{Dice(name, seed).below(36**20):020x}" for name in (*OAUTH, "password")
        }
        self.strings["email"] = "agent@acme.example"

    def accepts(self, request: Request, now: int) -> bool:
        """Returns whether the Authorization header is right; a signed one is right once."""
        header = request.headers.get("authorization", "")
        kind, _, value = header.partition(" ")
        if kind.lower() == "basic":
            own = f"{self.strings['email']}:{self.strings['password']}"
            return value == b64encode(own.encode()).decode()
        return kind.lower() == "oauth" and self._signed(request, header, now)

    def _signed(self, request: Request, header: str, now: int) -> bool:
        try:
            found = utils.parse_authorization_header(header)
        except ValueError:
            return False
        given = {name: utils.unescape(value) for name, value in found}
        if not self._is_mine(given):
            return False
        once = given["oauth_timestamp"], given["oauth_nonce"]
        is_near = once[0].isdigit() and abs(int(once[0]) - now) <= self._options.clock_skew
        if not is_near or not self._is_right(request, given):
            return False
        is_new = once not in self._used
        self._used.add(once)
        return is_new

    def _is_mine(self, given: dict[str, str]) -> bool:
        """Returns whether all is there and names this client and token."""
        return (
            given.keys() >= WANTED
            and given.get("oauth_version", "1.0") == "1.0"
            and given.get("oauth_signature_method") == "HMAC-SHA1"
            and given.get("oauth_consumer_key") == self.strings["consumer_key"]
            and given.get("oauth_token") == self.strings["token"]
        )

    def _is_right(self, request: Request, given: dict[str, str]) -> bool:
        """Returns whether the signature is that of a request without a form (section 3.4)."""
        query = request.query_text
        if not self._options.plus_is_space:
            query = query.replace("+", "%2B")
        signed = [pair for pair in given.items() if pair[0] not in UNSIGNED]
        asked = SimpleNamespace(
            params=signed + parse_qsl(query, keep_blank_values=True),
            uri=f"http://{request.headers.get('host', '')}{quote(request.path, safe='/~')}",
            http_method=request.method,
            signature=given["oauth_signature"],
        )
        secrets = self.strings["consumer_secret"], self.strings["token_secret"]
        return bool(signature.verify_hmac_sha1(asked, *secrets))
