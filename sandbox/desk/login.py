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
        """Whether the request's Authorization header is right; a signed one is right once."""
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
        if (
            given is None
            or not given.keys() >= _WANTED
            or given.get("oauth_version", "1.0") != "1.0"
        ):
            return False
        mine = self.strings
        if (given["oauth_consumer_key"], given["oauth_token"]) != (
            mine["consumer_key"],
            mine["token"],
        ):
            return False
        if given["oauth_signature_method"] != "HMAC-SHA1" or not given["oauth_timestamp"].isdigit():
            return False
        if abs(int(given["oauth_timestamp"]) - now) > self._options.clock_skew:
            return False
        query = (
            request.query_text
            if self._options.plus_is_space
            else request.query_text.replace("+", "%2B")
        )
        text = base_string(
            request.method, scheme, request.headers.get("host", ""), request.path, query, given
        )
        key = f"{escaped(mine['consumer_secret'])}&{escaped(mine['token_secret'])}"
        signature = base64.b64encode(hmac.new(key.encode(), text.encode(), sha1).digest()).decode()
        if not hmac.compare_digest(signature, given["oauth_signature"]):
            return False
        use = (given["oauth_timestamp"], given["oauth_nonce"])
        with self._lock:
            if use in self._used:
                return False
            self._used.add(use)
        return True


def escaped(text: str) -> str:
    """RFC 5849, section 3.6."""
    return quote(text, safe="~")


def base_string(
    method: str, scheme: str, host: str, path: str, query: str, oauth: dict[str, str]
) -> str:
    """RFC 5849, section 3.4.1, for a request without a form."""
    where = host.lower().removesuffix(_PORTS[scheme])
    params = [pair for pair in oauth.items() if pair[0] not in ("oauth_signature", "realm")]
    params += parse_qsl(query, keep_blank_values=True)
    pairs = sorted((escaped(name), escaped(value)) for name, value in params)
    normal = "&".join(f"{name}={value}" for name, value in pairs)
    return "&".join(
        map(escaped, (method.upper(), f"{scheme}://{where}{quote(path, safe='/~')}", normal))
    )


def _header(text: str) -> dict[str, str] | None:
    """The parameters of an OAuth header; None if one is given twice or quoted wrongly."""
    found: dict[str, str] = {}
    for part in text.split(","):
        name, equals, value = part.strip().partition("=")
        if not equals or len(value) < 2 or value[0] + value[-1] != '""' or unquote(name) in found:
            return None
        found[unquote(name)] = unquote(value[1:-1])
    return found
