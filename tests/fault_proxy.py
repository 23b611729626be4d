"""A proxy on loopback before a real S3 server, which does to requests what a table of rules says. Bounded in all it does."""

from __future__ import annotations

import os
import re
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit

PATIENCE = 20.0  # seconds that nothing here outlasts
LASTING = 1_000_000
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


@dataclass(frozen=True, slots=True)
class Rule:
    """A fault for the requests of some methods whose key is found by a pattern.

    Attributes:
        fault: one of `FAULTS`.
        methods: GET, LIST, HEAD, PUT, DELETE.
        key: a pattern, searched in the key after decoding.
        times: how often it strikes.
    """

    fault: str
    methods: tuple[str, ...]
    key: str = ""
    times: int = LASTING


@dataclass
class Proxy:
    """The proxy as tests see it: what it does next, and what it was asked.

    Attributes:
        port: where it listens.
        rules: the first that matches and is not used up strikes.
        asked: (method, key) of every request, in order.
        connections: how many were made to it.
    """

    server: str
    port: int = 0
    rules: list[Rule] = field(default_factory=list)
    asked: list[tuple[str, str]] = field(default_factory=list)
    connections: int = 0
    struck: Counter[Rule] = field(default_factory=Counter)
    over: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def set(self, *rules: Rule) -> None:
        """Other rules from now on, and nothing asked yet."""
        with self.lock:
            self.rules = list(rules)
            self.struck.clear()
            self.asked.clear()

    def add(self, rule: Rule) -> None:
        """One more, behind the others."""
        with self.lock:
            self.rules.append(rule)

    def lift(self, rule: Rule) -> None:
        """It strikes no more."""
        with self.lock:
            self.rules.remove(rule)

    def fault_for(self, method: str, key: str) -> str | None:
        with self.lock:
            self.asked.append((method, key))
            for rule in self.rules:
                if method in rule.methods and re.search(rule.key, key) and self.struck[rule] < rule.times:
                    self.struck[rule] += 1
                    return rule.fault
        return None

    def each_struck(self) -> bool:
        """Whether every rule was of use."""
        return all(self.struck[rule] for rule in self.rules)


class _Exchange(BaseHTTPRequestHandler):
    """One connection to the proxy."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    proxy: Proxy

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
            FAULTS[fault](self)

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


def _flipped(data: bytes) -> bytes:
    return data[:-1] + bytes([data[-1] ^ 1]) if data else data


def _damaged(exchange: _Exchange) -> None:
    found = exchange.forward()
    exchange.answer(Answer(found.status, found.headers, _flipped(found.body)))


def _other_body(exchange: _Exchange, body: bytes, *, own_headers: bool) -> None:
    """A 200 with another body; with the object's own ETag and the rest, or as a stranger."""
    found = exchange.forward()
    headers = found.headers if own_headers else (("Content-Type", "text/html"),)
    exchange.answer(Answer(200, headers, body).with_header("Content-Length", str(len(body))))


def _header(exchange: _Exchange, name: str, value: str) -> None:
    exchange.answer(exchange.forward().with_header(name, value))


def _lost(exchange: _Exchange) -> None:
    exchange.forward()
    exchange.reset()


def _break_upload(exchange: _Exchange) -> None:
    exchange.rfile.read(int(exchange.headers.get("Content-Length") or 0) // 2)
    exchange.reset()


def _slow(exchange: _Exchange) -> None:
    time.sleep(0.1)
    exchange.answer(exchange.forward())


_ERROR = b"<?xml version='1.0'?><Error><Code>InternalError</Code><Message>no</Message></Error>"
_PAGE = b"<html><body>please log in</body></html>"
FAULTS: dict[str, Callable[[_Exchange], None]] = {
    "slow": _slow,
    "reset": _Exchange.reset,
    "silent": _Exchange.wait,
    "500": lambda exchange: exchange.refuse(500, "InternalError"),
    "503": lambda exchange: exchange.refuse(503, "SlowDown"),
    "403": lambda exchange: exchange.refuse(403, "AccessDenied"),
    "404": lambda exchange: exchange.refuse(404, "NoSuchKey"),
    "no bucket": lambda exchange: exchange.refuse(404, "NoSuchBucket"),
    "expired": lambda exchange: exchange.refuse(400, "ExpiredToken"),
    "short": lambda exchange: exchange.cut(lambda: None),
    "short, reset": lambda exchange: exchange.cut(exchange.reset),
    "stall": lambda exchange: exchange.cut(exchange.wait),
    "trickle": _Exchange.trickle,
    "damage": _damaged,
    "error body": lambda exchange: _other_body(exchange, _ERROR, own_headers=False),
    "error body, own headers": lambda exchange: _other_body(exchange, _ERROR, own_headers=True),
    "login page": lambda exchange: _other_body(exchange, _PAGE, own_headers=False),
    "empty body": lambda exchange: _other_body(exchange, b"", own_headers=False),
    "wrong ETag": lambda exchange: _header(exchange, "ETag", '"00000000000000000000000000000000"'),
    "other ETag": lambda exchange: _header(exchange, "ETag", '"00000000000000000000000000000000-2"'),
    "odd date": lambda exchange: _header(exchange, "Last-Modified", "never"),
    "lost reply": _lost,
    "upload breaks": _break_upload,
    "upload stalls": _Exchange.take_slowly,
    "upload damaged": lambda exchange: exchange.answer(exchange.forward(_flipped)),
}

PASSING = {
    "GET": ["slow", "reset", "silent", "500", "503", "short", "short, reset", "stall", "damage", "error body",
            "error body, own headers", "login page", "empty body", "wrong ETag", "odd date"],
    "PUT": ["slow", "reset", "silent", "500", "503", "error body", "login page", "empty body", "wrong ETag", "lost reply",
            "upload breaks", "upload damaged"],
    "LIST": ["reset", "500", "short", "error body", "empty body"],
    "HEAD": ["reset", "500", "silent"],
}  # fmt: skip
"""By method, what a client should take as passing, and ask again."""


@contextmanager
def running_proxy(server: str, port: int = 0) -> Iterator[Proxy]:
    """A proxy before `server` (an URL), on a port of its own unless one is given."""
    proxy = Proxy(server)
    listening = ThreadingHTTPServer(("127.0.0.1", port), type("Exchange", (_Exchange,), {"proxy": proxy}))
    listening.daemon_threads = True
    proxy.port = listening.server_port
    thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield proxy
    finally:
        proxy.over.set()
        listening.shutdown()
        thread.join()
        listening.server_close()
