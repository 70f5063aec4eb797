"""A municipal platform that stands in for the real one: it takes, refuses, hangs, answers twice."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler
from typing import Any

import msgspec
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from streams.background_server import BackgroundServer

SECRET = "whsec_" + "cGxhdGZvcm0ta2V5LW9mLXRlc3Rz"


class StandIn(BackgroundServer):
    """Checks each signature by the library of Standard Webhooks; a repeated id counts once.

    Attributes
    ----------
    mood : str
        `takes`, `refuses` (422), `busy` (503), `hangs` or `twice`.
    taken : dict of str to dict
        Submissions by id, in the order of arrival.
    posts : int
        All requests, repeats among them.
    """

    def __init__(self) -> None:
        self.mood = "takes"
        self.taken: dict[str, dict[str, Any]] = {}
        self.posts = self.forged = 0
        self.released = threading.Event()
        super().__init__(_handler(self), "127.0.0.1", 0)

    def __exit__(self, *_: object) -> None:
        self.released.set()
        super().__exit__()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/figures"

    def take(self, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        self.posts += 1
        try:
            Webhook(SECRET).verify(body, headers)
        except WebhookVerificationError:
            self.forged += 1
            return 401, b"{}"
        if self.mood == "refuses":
            return 422, b"{}"
        if self.mood == "busy":
            return 503, b"{}"
        self.taken.setdefault(headers["webhook-id"], msgspec.json.decode(body))
        number = list(self.taken).index(headers["webhook-id"]) + 1
        return 200, b'{"receipt": "R-%d"}' % number


def _handler(platform: StandIn) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if platform.mood == "hangs":
                platform.released.wait(30)
                return
            headers = {name.lower(): value for name, value in self.headers.items()}
            status, answer = platform.take(headers, body)
            for _ in range(2 if platform.mood == "twice" else 1):
                self.send_response(status)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)
            self.close_connection = True

        def log_message(self, format: str, *args: object) -> None:
            """Keep quiet."""

    return Handler
