"""A web server for the tests: what it is asked for is counted, and some of its answers are bad."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

DATA = b"weights" * 1000


class Counting(BaseHTTPRequestHandler):
    """Serves what stands in the table, and counts; `/endless` never ends, `/cut` ends too early."""

    bodies: dict[str, bytes] = {}  # noqa: RUF012 (a fake's table)
    asked: list[str] = []  # noqa: RUF012

    def do_GET(self) -> None:
        self.asked.append(self.path)
        if self.path.startswith("/private/"):
            self._answer_private()
            return
        if self.path == "/endless":
            self.send_response(200)
            self.end_headers()
            try:
                while True:
                    self.wfile.write(b"x" * 65536)
            except OSError:
                return
        if self.path == "/cut":
            self.send_response(200)
            self.send_header("Content-Length", str(len(DATA)))
            self.end_headers()
            self.wfile.write(DATA[:100])
            return
        body = self.bodies.get(self.path)
        self.send_response(404 if body is None else 200)
        self.end_headers()
        self.wfile.write(body or b"<html>not here</html>")

    def _answer_private(self) -> None:
        """For one user alone; `away` sends on to another name of this server."""
        known = self.headers["Authorization"] == "Basic " + base64.b64encode(b"us er:p@ss").decode()
        port = self.server.server_port  # type: ignore[attr-defined]
        self.send_response(401 if not known else 302 if "away" in self.path else 200)
        self.send_header("Location", f"http://localhost:{port}/private/w?sig=s")
        self.end_headers()
        self.wfile.write(DATA)

    def log_message(self, format: str, *args: object) -> None:
        return


@pytest.fixture
def web() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Counting)
    Counting.asked.clear()
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
