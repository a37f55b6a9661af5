"""``python -m sandbox VENDOR``: serve a vendor's API on loopback until told to stop."""

import signal
import sys
from argparse import ArgumentParser
from importlib import import_module
from threading import Event

import orjson

from sandbox.flags import add_flags, made_of

VENDORS = ("desk", "freshdesk", "zendesk-chat", "zendesk-support")


def main(arguments: list[str] | None = None) -> int:
    """Parses, serves, and prints one line of JSON that says where and with which credentials."""
    parser = ArgumentParser(
        "sandbox", description="A helpdesk vendor's API on loopback, with a made-up account."
    )
    commands = parser.add_subparsers(dest="vendor", required=True)
    packages = {name: import_module(f"sandbox.{name.replace('-', '_')}") for name in VENDORS}
    for name, package in packages.items():
        command = commands.add_parser(name)
        command.add_argument("--port", type=int, default=0, help="default: any free one")
        about = "a fault, see README (repeatable)"
        command.add_argument("--fault", action="append", default=[], metavar="JSON", help=about)
        add_flags(command, package.Account)
        add_flags(command, package.Options)
    args = parser.parse_args(arguments)

    vendor = packages[args.vendor]
    account, options = made_of(args, vendor.Account), made_of(args, vendor.Options)
    stopped = Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    server = vendor.serve(account, options, args.port)
    server.faults.set(orjson.loads(text) for text in args.fault)
    with server:
        hello = {"vendor": args.vendor, "url": server.url, **server.credentials}
        sys.stdout.write(orjson.dumps(hello).decode() + "\n")
        sys.stdout.flush()
        stopped.wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
