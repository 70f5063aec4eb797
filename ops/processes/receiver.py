"""A webhook receiver on loopback for demo and tests: checks the signature, keeps the warning."""

from __future__ import annotations

import hmac
import threading
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler

import msgspec

from models.messages.warnings import CityWarning
from streams.background_server import BackgroundServer
from streams.sinks.webhook import signature, signing_key

_LARGEST_BYTES = 1 << 20


class _Event(msgspec.Struct):
    """A CloudEvent around a change of a warning."""

    data: CityWarning


class Receiver(BackgroundServer):
    """Listens on a free port of loopback; a repeat of a `webhook-id` is taken once.

    Attributes
    ----------
    secret : str
        Key of the signatures.
    warnings : list of CityWarning
        Accepted, in the order of arrival.
    refused : int
        Requests with a wrong signature or body.
    """

    def __init__(
        self, secret: str, on_warning: Callable[[CityWarning], None] = lambda _: None
    ) -> None:
        self.warnings: list[CityWarning] = []
        self.refused = 0
        self.secret = secret
        self._on_warning = on_warning
        self._seen: set[str] = set()
        self._lock = threading.Lock()
        super().__init__(_handler(self), "127.0.0.1", 0)

    @property
    def url(self) -> str:
        """Where to post warnings."""
        return f"http://127.0.0.1:{self.port}/warnings"

    def take(self, key: str, timestamp: str, signed: str, body: bytes) -> HTTPStatus:
        """Take one request in; gives the status to answer with."""
        try:
            expected = signature(signing_key(self.secret), key, int(timestamp), body)
            warning = msgspec.json.decode(body, type=_Event).data
        except (ValueError, msgspec.MsgspecError):
            self.refused += 1
            return HTTPStatus.BAD_REQUEST
        if not hmac.compare_digest(expected, signed):
            self.refused += 1
            return HTTPStatus.UNAUTHORIZED
        with self._lock:
            if key in self._seen:
                return HTTPStatus.OK
            self._seen.add(key)
            self.warnings.append(warning)
        self._on_warning(warning)
        return HTTPStatus.OK


def _handler(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            size = int(self.headers.get("Content-Length", 0))
            body = self.rfile.read(min(size, _LARGEST_BYTES))
            names = ("webhook-id", "webhook-timestamp", "webhook-signature")
            key, timestamp, signed = (self.headers.get(name, "") for name in names)
            self.send_response(receiver.take(key, timestamp, signed, body))
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Keep the terminal for people."""

    return Handler
