"""A proxy on loopback before a real S3 server, which does to requests what a table of rules says. Bounded in all it does."""

from __future__ import annotations

import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import ThreadingHTTPServer

from tests.exchange import Answer, Exchange

LASTING = 1_000_000


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


def _flipped(data: bytes) -> bytes:
    return data[:-1] + bytes([data[-1] ^ 1]) if data else data


def _damaged(exchange: Exchange) -> None:
    found = exchange.forward()
    exchange.answer(Answer(found.status, found.headers, _flipped(found.body)))


def _other_body(exchange: Exchange, body: bytes, *, own_headers: bool) -> None:
    """A 200 with another body; with the object's own ETag and the rest, or as a stranger."""
    found = exchange.forward()
    headers = found.headers if own_headers else (("Content-Type", "text/html"),)
    exchange.answer(Answer(200, headers, body).with_header("Content-Length", str(len(body))))


def _header(exchange: Exchange, name: str, value: str) -> None:
    exchange.answer(exchange.forward().with_header(name, value))


def _lost(exchange: Exchange) -> None:
    exchange.forward()
    exchange.reset()


def _break_upload(exchange: Exchange) -> None:
    exchange.rfile.read(int(exchange.headers.get("Content-Length") or 0) // 2)
    exchange.reset()


def _slow(exchange: Exchange) -> None:
    time.sleep(0.1)
    exchange.answer(exchange.forward())


_ERROR = b"<?xml version='1.0'?><Error><Code>InternalError</Code><Message>no</Message></Error>"
_PAGE = b"<html><body>please log in</body></html>"
FAULTS: dict[str, Callable[[Exchange], None]] = {
    "slow": _slow,
    "reset": Exchange.reset,
    "silent": Exchange.wait,
    "500": lambda exchange: exchange.refuse(500, "InternalError"),
    "503": lambda exchange: exchange.refuse(503, "SlowDown"),
    "403": lambda exchange: exchange.refuse(403, "AccessDenied"),
    "404": lambda exchange: exchange.refuse(404, "NoSuchKey"),
    "no bucket": lambda exchange: exchange.refuse(404, "NoSuchBucket"),
    "expired": lambda exchange: exchange.refuse(400, "ExpiredToken"),
    "short": lambda exchange: exchange.cut(lambda: None),
    "short, reset": lambda exchange: exchange.cut(exchange.reset),
    "stall": lambda exchange: exchange.cut(exchange.wait),
    "trickle": Exchange.trickle,
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
    "upload stalls": Exchange.take_slowly,
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
    listening = ThreadingHTTPServer(
        ("127.0.0.1", port), type("Faulty", (Exchange,), {"proxy": proxy, "faults": FAULTS})
    )
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
