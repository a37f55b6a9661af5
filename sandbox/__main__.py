"""``python -m sandbox VENDOR``: serve a vendor's API on loopback until told to stop."""

from __future__ import annotations

import signal
import sys
from argparse import ArgumentParser
from importlib import import_module
from threading import Event

import orjson

from sandbox.server import Server

VENDORS = {
    "desk": "sandbox.desk.cli",
    "freshdesk": "sandbox.freshdesk.cli",
    "zendesk-chat": "sandbox.zendesk_chat.cli",
    "zendesk-support": "sandbox.zendesk_support.cli",
}


def main(arguments: list[str] | None = None) -> int:
    """Parse, serve, and print one line of JSON that says where and with which credentials."""
    parser = ArgumentParser(
        "sandbox", description="A helpdesk vendor's API on loopback, with a made-up account."
    )
    commands = parser.add_subparsers(dest="vendor", required=True)
    for vendor, module in VENDORS.items():
        command = commands.add_parser(vendor)
        command.add_argument("--port", type=int, default=0, help="default: any free one")
        command.add_argument(
            "--seed", type=int, default=1, help="the same seed and size give the same account"
        )
        command.add_argument("--latency-ms", type=float, default=0, help="wait before each reply")
        command.add_argument(
            "--window-seconds",
            type=float,
            default=60,
            help="length of the rate limit's window (default 60)",
        )
        command.add_argument(
            "--fault",
            action="append",
            default=[],
            metavar="JSON",
            help="a fault, see README (repeatable)",
        )
        import_module(module).add_arguments(command)
    args = parser.parse_args(arguments)

    app = import_module(VENDORS[args.vendor]).build(args)
    app.options.update({"latency_ms": args.latency_ms, "window_seconds": args.window_seconds})
    stopped = Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    server = Server(app, args.port)
    server.faults.set(orjson.loads(text) for text in args.fault)
    with server:
        hello = {"vendor": args.vendor, "url": server.url, **app.credentials()}
        sys.stdout.write(orjson.dumps(hello).decode() + "\n")
        sys.stdout.flush()
        stopped.wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
