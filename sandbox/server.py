"""The HTTP server that all vendors share: a thread a connection, keep-alive, one send a reply."""

import socket
import struct
from contextlib import suppress
from threading import Event, Lock, Thread
from typing import Any, BinaryIO, Generic, Self, TypeVar, cast

from sandbox.app import App
from sandbox.control import PREFIX, Control
from sandbox.faults import BEFORE_ANSWER, Fault, Faults
from sandbox.log import RequestLog
from sandbox.wire import Reply, Request, read_request, written

AnApp = TypeVar("AnApp", bound=App[Any, Any, Any])

_DRIPS = 20
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class Server(Generic[AnApp]):
    """Serves one vendor's app on loopback, from ``start`` to ``stop`` or as a context manager.

    Its ``account``, ``options``, ``changes`` and ``faults`` may be used while it runs.
    """

    def __init__(self, app: AnApp, port: int = 0) -> None:
        self.app = app
        self.account: Any = app.account
        self.options: Any = app.options
        self.changes: Any = app.changes
        self.faults = Faults()
        self.log = RequestLog(app.options.log_size)
        self._control = Control(app, self.faults, self.log)
        self._listener = socket.create_server(("127.0.0.1", port), backlog=256)
        self._stopping = Event()
        self._lock = Lock()
        self._connections: set[socket.socket] = set()
        self.port = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Begins to serve, in a daemon thread."""
        Thread(target=self._accept, name="sandbox", daemon=True).start()

    def stop(self) -> None:
        """Stops at once, cutting off whatever is under way."""
        self._stopping.set()
        with suppress(OSError):
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
        self._listener.close()
        with self._lock:
            connections = list(self._connections)
        for connection in connections:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    @property
    def credentials(self) -> dict[str, str]:
        """What each way to log in needs now."""
        return self.app.credentials()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()

    def _accept(self) -> None:
        while not self._stopping.is_set():
            with suppress(OSError):
                connection, _ = self._listener.accept()
                Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with self._lock:
            self._connections.add(connection)
        try:
            with connection, connection.makefile("rb") as reader, suppress(OSError):
                stream = cast(BinaryIO, reader)
                while not self._stopping.is_set() and (request := read_request(stream)) is not None:
                    if not self._exchange(connection, request):
                        break
        finally:
            with self._lock:
                self._connections.discard(connection)

    def _exchange(self, connection: socket.socket, request: Request) -> bool:
        """Answers one request; False when the connection is to be closed."""
        if request.path.startswith(PREFIX):
            connection.sendall(written(self._control.answer(request)))
            return request.keep_alive
        fault = self.faults.match(request)
        self._pause(self.app.options.latency_ms / 1000)
        if fault is not None and fault.kind in BEFORE_ANSWER:
            self.note(request, Reply(0), fault)
            return self._never_answer(connection, fault)
        reply = self.reply_to(request, fault)
        return self._send(connection, reply, fault) and request.keep_alive

    def reply_to(self, request: Request, fault: Fault | None = None) -> Reply:
        """The app's reply to ``request``, or what ``fault`` makes of it. It is noted in the log."""
        if fault is None:
            reply = self.app.answer(request)
        else:
            reply = self.app.answer(request, fault.reply(self.app.error(fault.status)))
            if reply.status == 200:
                fault.spoil(reply)
        self.note(request, reply, fault)
        return reply

    def _never_answer(self, connection: socket.socket, fault: Fault) -> bool:
        if fault.kind == "hang":
            connection.settimeout(fault.seconds)
            with suppress(TimeoutError):
                connection.recv(1, socket.MSG_PEEK)
        else:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        return False

    def _send(self, connection: socket.socket, reply: Reply, fault: Fault | None) -> bool:
        """Sends the reply; False if it isn't whole."""
        whole = written(reply)
        if fault is not None and fault.kind == "truncated":
            connection.sendall(whole[: -max(1, len(reply.body) // 2)])
            return False
        if fault is None or fault.kind != "drip":
            connection.sendall(whole)
            return True
        size = len(whole) // _DRIPS + 1
        for start in range(0, len(whole), size):
            self._pause((fault.seconds or 1) / _DRIPS)
            connection.sendall(whole[start : start + size])
        return True

    def _pause(self, seconds: float) -> None:
        if seconds > 0:
            self._stopping.wait(seconds)

    def note(self, request: Request, reply: Reply, fault: Fault | None = None) -> None:
        """Adds a request and its reply to the log."""
        kind = fault.kind if fault else ""
        self.log.add(request, reply, kind, self.app.options.window_seconds)
