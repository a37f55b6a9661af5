"""A vendor's host names on loopback, for clients that insist on them and on https; in a network and
mount namespace of its own.

A relay with a throw-away certificate passes everything on to the sandbox.
"""

from __future__ import annotations

import asyncio
import os
import ssl
import subprocess
import threading
from collections.abc import Sequence
from pathlib import Path


def prepared(folder: Path, hosts: Sequence[str]) -> None:
    """Writes what ``lead`` needs into ``folder``: cert.pem, which vouches for itself, key.pem and
    hosts.
    """
    names = ",".join(f"DNS:{host}" for host in hosts)
    new = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "2",
        "-subj",
        f"/CN={hosts[0]}",
    ]
    files = [
        "-addext",
        f"subjectAltName={names}",
        "-keyout",
        str(folder / "key.pem"),
        "-out",
        str(folder / "cert.pem"),
    ]
    subprocess.run([*new, *files], check=True, capture_output=True)
    (folder / "hosts").write_text(
        "".join(f"127.0.0.1 {host}\n" for host in ("localhost", *hosts)), "utf-8"
    )


def lead(folder: Path, port: int) -> None:
    """In the namespaces: lets the names lead to loopback, where https (443) and http (80) are
    passed on to ``port``.
    """
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    subprocess.run(["mount", "--bind", str(folder / "hosts"), "/etc/hosts"], check=True)
    _relay(folder, port)


def trusted(command: Path, folder: Path) -> None:
    """Makes a command's libraries trust our certificate alone: some ask the environment for a
    bundle, some only their own.
    """
    os.environ.update(
        dict.fromkeys(("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"), str(folder / "cert.pem"))
    )
    (bundle,) = command.parent.parent.glob("lib/python3*/site-packages/certifi/cacert.pem")
    subprocess.run(["mount", "--bind", str(folder / "cert.pem"), str(bundle)], check=True)


def _relay(folder: Path, port: int) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    listening = threading.Event()

    async def pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(1 << 16):
                writer.write(data)
                await writer.drain()
        except OSError:
            pass
        finally:
            writer.close()

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.gather(pipe(reader, inner_writer), pipe(inner_reader, writer))

    async def serve() -> None:
        secure = await asyncio.start_server(relay, "127.0.0.1", 443, ssl=context)
        plain = await asyncio.start_server(relay, "127.0.0.1", 80)
        listening.set()
        await asyncio.gather(secure.serve_forever(), plain.serve_forever())

    threading.Thread(target=lambda: asyncio.run(serve()), daemon=True).start()
    listening.wait()
