"""One connection to the proxy that misbehaves: what it can do to a request and to its answer."""

from __future__ import annotations

import os
import socket
import struct
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from tests.fault_proxy import Proxy

PATIENCE = 20.0  # seconds that nothing here outlasts
_HOP = {"connection", "transfer-encoding", "keep-alive", "date", "server"}


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server said."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def with_header(self, name: str, value: str) -> Answer:
        others = tuple(pair for pair in self.headers if pair[0].lower() != name.lower())
        return Answer(self.status, (*others, (name, value)), self.body)


class Exchange(BaseHTTPRequestHandler):
    """One connection to the proxy."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    proxy: Proxy
    faults: Mapping[str, Callable[[Exchange], None]]

    def setup(self) -> None:
        super().setup()
        with self.proxy.lock:
            self.proxy.connections += 1

    def handle(self) -> None:
        with suppress(ConnectionError):  # the client has enough, which many tests are about
            super().handle()

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        _, _, key = unquote(url.path, errors="surrogateescape").lstrip("/").partition("/")
        method = "LIST" if self.command == "GET" and not key else self.command
        fault = self.proxy.fault_for(method, key)
        if fault is None:
            self.answer(self.forward())
        else:
            self.faults[fault](self)

    do_PUT = do_HEAD = do_DELETE = do_GET  # noqa: N815 - as http.server calls them

    def sent(self) -> bytes:
        """The request's body."""
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def forward(self, damage: Callable[[bytes], bytes] = bytes) -> Answer:
        """What the server says to the request, which must be as it was signed."""
        server = urlsplit(self.proxy.server)
        connection = HTTPConnection(str(server.hostname), server.port, timeout=PATIENCE)
        try:
            connection.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in self.headers.items():
                if name.lower() not in {"connection", "expect"}:
                    connection.putheader(name, value)
            connection.endheaders(damage(self.sent()))
            reply = connection.getresponse()
            return Answer(reply.status, tuple(reply.getheaders()), reply.read())
        finally:
            connection.close()

    def answer(self, answer: Answer, upto: int | None = None) -> None:
        """The whole answer, or so many bytes of its body with its whole length stated."""
        self.send_response(answer.status)
        names = {name.lower() for name, _ in answer.headers}
        for name, value in answer.headers:
            if name.lower() not in _HOP:
                self.send_header(name, value)
        if "content-length" not in names and answer.status not in {204, 304}:
            self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body[:upto])
        self.wfile.flush()

    def refuse(self, status: int, code: str) -> None:
        """An error as S3 words it. A HEAD's has no body."""
        self.sent()
        body = b"" if self.command == "HEAD" else f"<Error><Code>{code}</Code><Message>no</Message></Error>".encode()
        self.answer(Answer(status, (("Content-Type", "application/xml"),), body))

    def reset(self) -> None:
        """Ends the connection with RST, not FIN."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        os.close(self.connection.detach())  # a shutdown before it would send FIN
        self.close_connection = True

    def cut(self, then: Callable[[], object]) -> None:
        """Half the body, and `then`."""
        found = self.forward()
        self.answer(found, len(found.body) // 2)
        then()
        self.close_connection = True

    def wait(self, seconds: float = PATIENCE) -> None:
        """Says nothing for a while, or until the proxy ends."""
        self.proxy.over.wait(min(seconds, PATIENCE))
        self.close_connection = True

    def trickle(self) -> None:
        """A byte now and then, so that no timeout between two of them strikes."""
        found = self.forward()
        self.answer(found, 0)
        for n in range(len(found.body)):
            self.wfile.write(found.body[n : n + 1])
            if self.proxy.over.wait(0.05):
                break
        self.close_connection = True

    def take_slowly(self) -> None:
        """Takes a little of the request's body now and then."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until and self.rfile.read1(32_768) and not self.proxy.over.wait(0.05):
            continue
        self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:
        return
