"""Other people's taps and sources that PyPI has, as data, and the accounts that they read.

The peers are unmodified. They insist on https and their vendor's host names. Each is installed into
.venvs/peer-* on first use.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.protocols import AIRBYTE, SINGER, Protocol

ROOT = Path(__file__).resolve().parent.parent
ACCOUNT = "acme"
SINCE = "2020-01-01T00:00:00Z"
Streams = Mapping[str, tuple[str, ...]]
"""Our streams, of which several may hold the rows of one of a peer's."""


@dataclass(frozen=True)
class Peer:
    """What to install, how it logs in, and what it cannot stand.

    The first package brings the command. ``python`` makes its environment. ``login`` makes, from
    the secret that our tap logs in with, what its config holds beside the account and the start
    date. ``streams`` maps streams to ours where the names differ. The rows of ``uncompared``
    streams have keys that only one side makes: they are counted.
    """

    packages: Sequence[str]
    login: Callable[[str], Mapping[str, Any]]
    without: frozenset[str] = frozenset()
    streams: Streams = field(default_factory=dict)
    uncompared: frozenset[str] = frozenset()
    python: str = sys.executable
    protocol: Protocol = SINGER

    @property
    def name(self) -> str:
        """The package and its version."""
        return self.packages[0].replace("==", " ")

    @property
    def command(self) -> str:
        """The command, which has the package's name without the publisher."""
        return self.name.split()[0].removeprefix("airbyte-")


@dataclass(frozen=True)
class Site:
    """A made-up account: who serves and reads it.

    ``size`` is the account's parameter for its size. ``site`` and ``login`` are our config keys for
    the account and for the secret; clients ask ``hosts``. ``options`` are what the peers need in
    order to get through. ``basic`` says what our tap sends as user and password if that is not a
    token. ``since`` is the start date.
    """

    sandbox: str
    ours: str
    size: str
    site: str
    login: tuple[str, ...]
    hosts: tuple[str, ...]
    peers: Mapping[str, Peer] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    basic: str = ""
    since: str = SINCE


def _prefixed(prefix: str, *names: str) -> Streams:
    return {name: (f"{prefix}{name}",) for name in names}


_SUPPORT: Streams = {
    **_prefixed("zendesk_", "groups", "group_memberships", "macros", "tags", "ticket_metrics"),
    "ticket_audits": ("audits",),
}
_CHAT: Streams = {
    **_prefixed("zopim_", "account", "agents", "chats", "departments", "shortcuts", "triggers"),
    "accounts": ("zopim_account",),
    "bans": ("zopim_banned_ips", "zopim_banned_visitors"),
}
_FRESHDESK = Site(
    sandbox="freshdesk",
    ours="tap-freshdesk",
    size="tickets",
    site="domain",
    login=("api_key",),
    basic="{api_key}:X",
    hosts=(f"{ACCOUNT}.freshdesk.com",),
    options={"trash_children": 200, "contacts_filter": "both"},
    peers={
        "singer": Peer(
            packages=("tap-freshdesk==1.0.1",),
            login=lambda key: {"api_key": key, "user_agent": "benchmarks"},
            without=frozenset({"satisfaction_ratings"}),
        ),
        "airbyte": Peer(
            packages=("airbyte-source-freshdesk==3.1.3", "airbyte-cdk==0.72.2"),
            login=lambda key: {"api_key": key, "domain": f"{ACCOUNT}.freshdesk.com"},
            python="python3.10",
            protocol=AIRBYTE,
        ),
    },
)
_ZENDESK_SUPPORT = Site(
    sandbox="zendesk_support",
    ours="tap-zendesk-support",
    size="tickets",
    site="subdomain",
    login=("access_token",),
    hosts=(f"{ACCOUNT}.zendesk.com",),
    peers={
        "singer": Peer(
            packages=("tap-zendesk==2.8.2",),
            login=lambda token: {"access_token": token},
            streams=_SUPPORT,
        ),
        "airbyte": Peer(
            packages=("airbyte-source-zendesk-support==4.9.1",),
            login=lambda token: {
                "credentials": {"credentials": "oauth2.0", "access_token": token},
            },
            streams=_SUPPORT,
            without=frozenset({"article_attachments"}),  # it downloads files: the sandbox has none
            protocol=AIRBYTE,
        ),
    },
)
_ZENDESK_CHAT = Site(
    sandbox="zendesk_chat",
    ours="tap-zendesk-chat",
    size="chats",
    site="subdomain",
    login=("access_token",),
    hosts=(f"{ACCOUNT}.zendesk.com", "www.zopim.com"),
    peers={
        "singer": Peer(
            packages=("tap-zendesk-chat==0.5.1",),
            login=lambda token: {"access_token": token},
            streams=_CHAT,
        ),
        "airbyte": Peer(
            packages=("airbyte-source-zendesk-chat==1.1.1",),
            login=lambda token: {
                "credentials": {"credentials": "access_token", "access_token": token},
            },
            streams=_CHAT,
            uncompared=frozenset({"agent_timeline", "routing_settings"}),
            protocol=AIRBYTE,
        ),
    },
)
_DESK = Site(
    sandbox="desk",
    ours="tap-desk",
    size="cases",
    site="site_url",
    login=("email", "password"),
    hosts=(f"{ACCOUNT}.desk.com",),
    basic="{email}:{password}",
    since="2010-01-01T00:00:00Z",
)
SITES = {
    "freshdesk": _FRESHDESK,
    "zendesk-support": _ZENDESK_SUPPORT,
    "zendesk-chat": _ZENDESK_CHAT,
    "desk": _DESK,
}


def command_of(site: str, name: str) -> Path:
    """The command of a site's peer, in an environment of its own."""
    return ROOT / ".venvs" / f"peer-{name}-{site}" / "bin" / SITES[site].peers[name].command


def install(site: str, name: str) -> None:
    """Installs a site's peer unless it is there. CalledProcessError or OSError if that fails."""
    peer, command = SITES[site].peers[name], command_of(site, name)
    if not command.exists():
        folder = command.parent.parent
        subprocess.run([peer.python, "-m", "venv", str(folder)], check=True)
        pip = [str(folder / "bin/pip"), "install", "--quiet", "setuptools<81"]
        subprocess.run([*pip, *peer.packages], check=True)
