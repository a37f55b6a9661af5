"""OAuth 1.0a (RFC 5849, HMAC-SHA1) and Basic, as a careful server checks them."""

from __future__ import annotations

import base64
import binascii
import hmac
from hashlib import sha1
from threading import Lock
from urllib.parse import parse_qsl, quote, unquote

from sandbox.desk.options import Options
from sandbox.dice import Dice
from sandbox.wire import Request

_PORTS = {"http": ":80", "https": ":443"}
_WANTED = {
    "oauth_consumer_key",
    "oauth_token",
    "oauth_signature_method",
    "oauth_timestamp",
    "oauth_nonce",
    "oauth_signature",
}


def _secret(seed: int, name: str) -> str:
    return f"{Dice(name, seed).below(36**20):020x}"


class Login:
    """One agent's credentials, and the nonces that were used up."""

    def __init__(self, seed: int, options: Options) -> None:
        self._options = options
        self._lock = Lock()
        self._used: set[tuple[str, str]] = set()
        self.strings = {
            name: _secret(seed, name)
            for name in ("consumer_key", "consumer_secret", "token", "token_secret", "password")
        } | {"email": "agent@acme.example"}

    def accepts(self, request: Request, now: int, scheme: str = "http") -> bool:
        """Return whether the Authorization header is right; a signed one is right once."""
        kind, _, value = request.headers.get("authorization", "").partition(" ")
        if kind.lower() == "basic":
            return self._basic(value)
        return kind.lower() == "oauth" and self._signed(request, value, now, scheme)

    def _basic(self, value: str) -> bool:
        try:
            email, _, password = base64.b64decode(value, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return False
        return email == self.strings["email"] and password == self.strings["password"]

    def _signed(self, request: Request, header: str, now: int, scheme: str) -> bool:
        given = _header(header)
        if not self._is_mine(given) or not self._is_near(given["oauth_timestamp"], now):
            return False
        query = request.query_text
        if not self._options.plus_is_space:
            query = query.replace("+", "%2B")
        host = request.headers.get("host", "")
        text = base_string(request.method, scheme, host, request.path, query, given)
        if not hmac.compare_digest(self._signature(text), given["oauth_signature"]):
            return False
        return self._is_new(given["oauth_timestamp"], given["oauth_nonce"])

    def _is_mine(self, given: dict[str, str]) -> bool:
        """Return whether all is there and names this client and token."""
        return (
            given.keys() >= _WANTED
            and given.get("oauth_version", "1.0") == "1.0"
            and given["oauth_signature_method"] == "HMAC-SHA1"
            and given["oauth_consumer_key"] == self.strings["consumer_key"]
            and given["oauth_token"] == self.strings["token"]
        )

    def _is_near(self, timestamp: str, now: int) -> bool:
        return timestamp.isdigit() and abs(int(timestamp) - now) <= self._options.clock_skew

    def _signature(self, text: str) -> str:
        secrets = (self.strings["consumer_secret"], self.strings["token_secret"])
        key = "&".join(map(escaped, secrets))
        return base64.b64encode(hmac.new(key.encode(), text.encode(), sha1).digest()).decode()

    def _is_new(self, timestamp: str, nonce: str) -> bool:
        with self._lock:
            if (timestamp, nonce) in self._used:
                return False
            self._used.add((timestamp, nonce))
        return True


def escaped(text: str) -> str:
    """RFC 5849, section 3.6."""
    return quote(text, safe="~")


def base_string(
    method: str, scheme: str, host: str, path: str, query: str, oauth: dict[str, str]
) -> str:
    """RFC 5849, section 3.4.1, for a request without a form."""
    where = host.lower().removesuffix(_PORTS[scheme])
    signed = [pair for pair in oauth.items() if pair[0] not in ("oauth_signature", "realm")]
    params = signed + parse_qsl(query, keep_blank_values=True)
    pairs = sorted((escaped(name), escaped(value)) for name, value in params)
    normal = "&".join(f"{name}={value}" for name, value in pairs)
    return "&".join(
        map(escaped, (method.upper(), f"{scheme}://{where}{quote(path, safe='/~')}", normal))
    )


def _header(text: str) -> dict[str, str]:
    """Return the parameters of an OAuth header; {} if one is given twice or quoted wrongly."""
    found: dict[str, str] = {}
    for part in text.split(","):
        name, equals, value = part.strip().partition("=")
        is_quoted = len(value) >= 2 and value[0] + value[-1] == '""'
        if not equals or not is_quoted or unquote(name) in found:
            return {}
        found[unquote(name)] = unquote(value[1:-1])
    return found
