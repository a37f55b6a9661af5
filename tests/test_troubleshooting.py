"""Each message that docs/troubleshooting.md explains is seen in a run, as it stands there."""

from __future__ import annotations

import io
import json
import os
import re
import socket
import sys
from collections.abc import Callable
from contextlib import redirect_stderr
from pathlib import Path
from typing import Any

import pytest

from helpdesk_sync.command import run as helpdesk_sync
from sandbox import freshdesk, zendesk_support
from sandbox.faults import Kind
from singer_to_sqlite.errors import LoadError
from singer_to_sqlite.load import load
from singer_to_sqlite.settings import Settings
from tap_common.conclusion import concluded
from tap_common.report import RunReport
from tests.command import ran
from tests.freshdesk.conftest import Helpdesk, settings
from tests.harness import ROOT, execute, unread
from tests.inprocess import Logged
from tests.tap_common.servers import serving_untrusted_tls

LOGIN = {"api_key": "key", "domain": "acme", "retry_seconds": 1}
"""For runs that end before they reach an account."""
MESSAGES = re.findall(
    r"^\| `([^`]+)` \|", (ROOT / "docs/troubleshooting.md").read_text("utf-8"), re.MULTILINE
)


def said(config: Any = LOGIN, package: str = "tap_freshdesk", **files: Any) -> str:
    """What a command says that is called in a folder with these files, such as ``state``."""
    arguments = []
    for name, content in {"config": config, **files}.items():
        text = content if isinstance(content, str | bytes) else json.dumps(content)
        data = text.encode() if isinstance(text, str) else text
        Path(f"{name}.json").write_bytes(data)
        arguments += [f"--{name}", f"{name}.json"]
    return ran(package, *arguments).err


def account(*streams: str, kind: Kind | None = None, **given: Any) -> str:
    """What a run over ``streams`` of Freshdesk says, and over roles, in which nothing goes wrong.

    ``given`` describes a fault of this ``kind``; without a kind, these are options of the account.
    """
    desk = Helpdesk(tickets=20, **({} if kind else given))
    if kind:
        desk.fault(kind, **given)
    return desk.run("roles", *streams).err


def wrong_key() -> str:
    with freshdesk.serve(freshdesk.Account(tickets=5), freshdesk.Options(limit=0)) as server:
        return said({**settings(server), "api_key": "wrong"})


def no_such_host() -> str:
    def unknown(*_: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    with pytest.MonkeyPatch.context() as system:
        system.setattr(socket, "getaddrinfo", unknown)
        return said()


def untrusted_certificate() -> str:
    with serving_untrusted_tls() as url:
        return said({**LOGIN, "base_url": url.rstrip("/")})


def used_refresh_token() -> str:
    options = zendesk_support.Options(limit=0)
    with zendesk_support.serve(zendesk_support.Account(tickets=5), options) as server:
        known = server.app.credentials()
        login = {key: known[key] for key in ("subdomain", "client_id", "client_secret")}
        login |= {"refresh_token": "used before", "base_url": server.url}
        return said(login, "tap_zendesk_support")


def config_from_a_pipe() -> str:
    """The config comes from a command, as in ``--config <(decrypt config.gpg)``."""
    login = {"client_id": "taps", "client_secret": "secret 1", "refresh_token": "token 1"}
    reader, writer = os.pipe()
    with os.fdopen(reader), os.fdopen(writer, "w") as pipe:
        pipe.write(json.dumps({**login, "subdomain": "acme"}))
        pipe.close()
        Path("config.json").symlink_to(f"/dev/fd/{reader}")
        return ran("tap_zendesk_support", "--config", "config.json").err


def two_accounts_in_one_file() -> str:
    heard: list[str] = []
    for source in ("tap-freshdesk acme", "tap-freshdesk other"):
        schema = {"type": "object", "properties": {"id": {"type": "integer"}}}
        message = {"type": "SCHEMA", "stream": "tickets", "schema": schema, "source": source}
        line = json.dumps({**message, "key_properties": ["id"]}).encode()
        try:
            load(io.BytesIO(line), Settings("helpdesk.db"), lambda _: None, heard.append)
        except LoadError as error:
            heard.append(str(error))
    return "\n".join(heard)


def internal_error() -> str:
    def work() -> int:
        raise ZeroDivisionError

    err = io.StringIO()
    with Logged(err):
        concluded(work, RunReport("tap-freshdesk"))
    return err.getvalue()


def full_disk() -> str:
    return execute(["sh", "-c", f"{sys.executable} -m tap_freshdesk --about > /dev/full"]).err


def closed_pipe() -> str:
    with freshdesk.serve(freshdesk.Account(tickets=5), freshdesk.Options(limit=0)) as server:
        Path("config.json").write_text(json.dumps(settings(server)), "utf-8")
        path = str(Path("config.json").absolute())
        return unread([sys.executable, "-m", "tap_freshdesk", "--config", path]).err


def another_target() -> str:
    Path("target.json").write_text('{"target": "singer-to-sqlite"}', "utf-8")
    Path("state.json").write_text('{"bookmarks": {}}', "utf-8")
    with redirect_stderr(io.StringIO()) as err:
        helpdesk_sync(["--log", "log", ".", "tap-freshdesk", "target-postgres"])
    return err.getvalue()


def misspelt_field() -> str:
    catalog = Helpdesk(tickets=1).tap.catalog("tickets")
    choice = {"breadcrumb": ["properties", "subjct"], "metadata": {"selected": False}}
    catalog["streams"][0]["metadata"].append(choice)
    return said(catalog=catalog)


FOREIGN = {"streams": [{"tap_stream_id": "x", "schema": {"properties": {}, "selected": True}}]}
OTHER = {"tap": "tap-freshdesk", "account": "other.freshdesk.com", "bookmarks": {}}
ODD = {"bookmarks": {"tickets": {"live": "yesterday"}}}
GROUPS = {"path": "*/groups"}
SCENES: dict[str, Callable[[], str]] = {
    "config: missing api_key": lambda: said({"domain": "acme"}),
    "config: domain is": lambda: said({**LOGIN, "domain": "acme.com"}),
    "config: ... is UTF-16": lambda: said(json.dumps(LOGIN).encode("utf-16")),
    "config: personal_data": lambda: said({**LOGIN, "personal_data": "hash"}),
    "select:": lambda: said({**LOGIN, "select": ["tikets"]}),
    "no reply from": no_such_host,
    "no trusted TLS": untrusted_certificate,
    "HTTP 401": wrong_key,
    "the vendor gives no access token": used_refresh_token,
    "config: config.json can't be written": config_from_a_pipe,
    "agents:": lambda: account("agents", kind="status", status=403, path="*/agents*"),
    "time_entries:": lambda: account("time_entries", plan="growth"),
    "groups: ... failed: groups: HTTP": lambda: account(
        "groups", kind="status", status=500, **GROUPS
    ),
    "groups: ... failed: groups: redirected": lambda: account("groups", kind="redirect", **GROUPS),
    "waiting until": lambda: account("tickets", "conversations", limit=20),
    "groups: the schema": lambda: account("groups", kind="value", field="new", value=1, **GROUPS),
    "groups: values": lambda: account("groups", kind="value", field="name", value={}, **GROUPS),
    "catalog: stream x": lambda: said(catalog=FOREIGN),
    "catalog: tickets": misspelt_field,
    "state: state.json is empty": lambda: said(state=""),
    "state: state.json holds no": lambda: said(state={"tickets": {}}),
    "state: state.json holds several": lambda: said(state='{"bookmarks": {}}\n{"bookmarks": {}}\n'),
    "state: ... not a date-time": lambda: said(state=ODD),
    "state: it belongs": lambda: said(state=OTHER),
    "state.json says": another_target,
    "stream 'tickets'": two_accounts_in_one_file,
    "stdout:": full_disk,
    "the reader closed": closed_pipe,
    "internal error": internal_error,
}
"""What makes a run say the message that begins so."""


def pattern(message: str) -> str:
    """Matches a line that holds ``message``, whose dots stand for any text."""
    text = re.escape(message).replace(r"\.\.\.", ".*")
    return re.sub(r"\d\d:\d\d:\d\d|\d+(?=\\ attempts)", r"[\\d:]+", text)


def test_each_scene_is_about_one_message_of_the_document() -> None:
    begins = [(begin, text) for begin in SCENES for text in MESSAGES if text.startswith(begin)]
    assert sorted(text for _, text in begins) == sorted(MESSAGES)
    assert sorted(begin for begin, _ in begins) == sorted(SCENES)


@pytest.mark.process
@pytest.mark.parametrize("message", MESSAGES)
def test_a_run_says_what_the_document_quotes(
    message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    scene = next(run for begin, run in SCENES.items() if message.startswith(begin))
    heard = scene()
    assert re.search(pattern(message), heard), heard
