"""Connections to S3 that break, stall or end early: another is made, for the same version."""

from __future__ import annotations

import gzip
import hashlib
import io
import re
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from urllib3.exceptions import SSLError as TlsError

from jobs.errors import ReadTimeout, SourceChanged, Unavailable
from jobs.rows import Facts
from jobs.storage.retry import Retries
from jobs.storage.s3 import S3Store
from jobs.storage.s3_body import ResumedBody
from jobs.storage.settings import StoreSettings
from tests.rgw import Rgw

PLAIN = StoreSettings(retries=Retries(first_wait=0.01))


class Breaking(BaseHTTPRequestHandler):
    """An S3 server of one object, whose first connections end early."""

    protocol_version = "HTTP/1.1"
    data = bytes(range(256)) * 2000
    etag = '"one"'
    breaks = 0  # how many answers are cut
    cut = 100_000  # bytes that come before it
    ranges = True  # whether it knows them
    asked: tuple[tuple[str | None, str | None], ...] = ()

    def do_GET(self) -> None:
        kind = type(self)
        start = int(
            re.findall(r"bytes=(\d+)-", self.headers.get("Range", "bytes=0-") if self.ranges else "bytes=0-")[0]
        )
        kind.asked = (*kind.asked, (self.headers.get("Range"), self.headers.get("If-Match")))
        if self.headers.get("If-Match", self.etag) != self.etag:
            self.send_response(412)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        body = self.data[start:]
        kind.breaks -= 1
        self._answer(body[: self.cut] if kind.breaks >= 0 else body, len(body))
        if kind.breaks >= 0:
            self.close_connection = True

    def _answer(self, body: bytes, size: int) -> None:
        start = len(self.data) - size
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(self.data) - 1}/{len(self.data)}")
        self.send_header("Content-Length", str(size))
        self.send_header("ETag", self.etag)
        self.send_header("Last-Modified", "Mon, 01 Jan 2024 00:00:00 GMT")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        return


@pytest.fixture
def breaking(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Breaking]]:
    kind = type("Breaking", (Breaking,), {})
    server = ThreadingHTTPServer(("127.0.0.1", 0), kind)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    for name, value in Rgw(f"http://127.0.0.1:{server.server_port}", "any", "any").env().items():
        monkeypatch.setenv(name, value)
    yield kind
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_body_that_breaks_is_asked_for_again_in_the_same_version(breaking: type[Breaking]) -> None:
    breaking.breaks = 2
    sizes: list[int] = []
    assert S3Store(PLAIN).read("s3://bucket/x", Facts(), sizes.append).data == breaking.data
    assert sizes == [len(breaking.data)]
    assert breaking.asked == ((None, None), (None, '"one"'), (None, '"one"'))


def test_a_body_that_always_breaks_is_a_timeout(breaking: type[Breaking]) -> None:
    breaking.breaks = 1000
    with pytest.raises(ReadTimeout, match="READ_TIMEOUT"):
        S3Store(PLAIN).read("s3://bucket/x")
    breaking.breaks, breaking.cut = 1000, 0
    with pytest.raises(ReadTimeout, match="byte 0"):
        S3Store(PLAIN).open("s3://bucket/x").read()


def test_a_body_that_breaks_and_then_is_another_version_is_a_change(breaking: type[Breaking]) -> None:
    breaking.breaks = 1

    def change(size: int) -> None:
        breaking.etag = '"two"'

    with pytest.raises(SourceChanged):
        S3Store(PLAIN).read("s3://bucket/x", Facts(), change)


def test_a_stream_goes_on_where_it_broke(breaking: type[Breaking]) -> None:
    breaking.data = gzip.compress(bytes(range(256)) * 4000 + hashlib.sha256().digest() * 9, 0)
    breaking.breaks = 4
    with S3Store(PLAIN).open("s3://bucket/x") as stream, gzip.open(stream) as plain:
        assert plain.read() == gzip.decompress(breaking.data)
    assert breaking.asked[1] == ("bytes=100000-", '"one"')


def test_a_server_that_knows_no_ranges_gives_no_bytes_twice(breaking: type[Breaking]) -> None:
    breaking.breaks, breaking.ranges = 1, False
    with S3Store(PLAIN).open("s3://bucket/x") as stream, pytest.raises(Unavailable, match="another part"):
        stream.read()


class CutTls:
    """A body over TLS whose connection is cut: botocore hands on what urllib3 raises, as it is."""

    def read1(self, amt: int | None = None) -> bytes:
        raise TlsError("EOF occurred in violation of protocol")

    def close(self) -> None:
        return


def test_a_stream_goes_on_where_tls_broke() -> None:
    asked: list[int] = []

    def reopen(offset: int) -> io.BytesIO:
        asked.append(offset)
        return io.BytesIO(b"colour"[offset:])

    body = ResumedBody("s3://bucket/x", 6, CutTls(), reopen, lambda _: True, 60)
    assert io.BufferedReader(body).read() == b"colour"
    assert asked == [0]


@pytest.mark.timeout(60)
def test_a_server_that_says_nothing_is_a_timeout(breaking: type[Breaking], monkeypatch: pytest.MonkeyPatch) -> None:
    quiet = threading.Event()
    monkeypatch.setattr(breaking, "do_GET", lambda _: quiet.wait(30))
    try:
        with pytest.raises(ReadTimeout, match="ReadTimeoutError"):
            S3Store(replace(PLAIN, read_timeout=0.1)).read("s3://bucket/x")
    finally:
        quiet.set()
