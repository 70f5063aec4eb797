"""What every request passes before it reaches Dash: known paths, sizes, well-formed callbacks.

Dash answers any path with the page, and a malformed callback with an internal error. The guard
lets through only what the page asks for, and gives everything else one status and one sentence.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from http import HTTPStatus
from typing import Any, Final

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LARGEST_BODY: Final = 256 * 1024  # a tick is a few kilobytes
CALLBACK: Final = "/_dash-update-component"
SUITES: Final = "/_dash-component-suites/"
PATHS: Final = frozenset(
    {"/live", "/ready", "/metrics", "/_dash-layout", "/_dash-dependencies", CALLBACK}
)
FOLDERS: Final = ("/assets/", SUITES, "/push/", "/part/", "/moment/")

CheckBody = Callable[[bytes], bytes]
"""Body of a callback → the body that Dash gets; raises `ValueError` with a sentence."""


class RequestRefused(Exception):
    """A request that is not passed on, with its status and one sentence."""

    def __init__(self, status: HTTPStatus, why: str) -> None:
        super().__init__(why)
        self.status = status


class Guard:
    """ASGI application in front of another.

    Parameters
    ----------
    app : ASGI application
    paths : collection of str
        Paths that are known beside `PATHS`: those of the pages.
    check : callable
        Checks the body of a callback.
    headers : mapping of str to str
        Headers of every answer.
    """

    def __init__(
        self,
        app: ASGIApp,
        paths: Collection[str],
        check: CheckBody,
        headers: Mapping[str, str],
    ) -> None:
        self._app = app
        self._paths = PATHS.union(paths)
        self._check = check
        self._headers = [(name.lower().encode(), text.encode()) for name, text in headers.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer why not."""
        if scope["type"] != "http":
            return  # no web sockets; nothing to start or to end
        answer = self._answering(scope["path"], send)
        try:
            passed, get = await self._passed(scope, receive)
        except RequestRefused as refused:
            await PlainTextResponse(f"{refused}\n", refused.status)(scope, receive, answer)
            return
        await self._app(passed, get, answer)

    async def _passed(self, scope: Scope, receive: Receive) -> tuple[Scope, Receive]:
        """Give the request as it is passed on; raises `RequestRefused`."""
        path, method = scope["path"], scope["method"]
        if not (path in self._paths or path.startswith(FOLDERS)):
            raise RequestRefused(HTTPStatus.NOT_FOUND, "there is no such page")
        if method not in (("POST",) if path == CALLBACK else ("GET", "HEAD")):
            raise RequestRefused(HTTPStatus.METHOD_NOT_ALLOWED, f"{path} does not know {method}")
        if path != CALLBACK:  # the server leaves out the body of an answer to HEAD
            return {**scope, "method": "GET"}, receive
        try:
            body = self._check(await _body(scope, receive))
        except ValueError as error:
            raise RequestRefused(
                HTTPStatus.BAD_REQUEST, f"not a valid callback: {error}"
            ) from error
        return scope, _replay(body)

    def _answering(self, path: str, send: Send) -> Send:
        """Add our headers to each answer; an asset that Dash does not know is not found."""

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *self._headers]
                if path.startswith(SUITES) and message["status"] >= HTTPStatus.BAD_REQUEST:
                    message["status"] = int(HTTPStatus.NOT_FOUND)
                if path == CALLBACK and message["status"] == HTTPStatus.OK:
                    message["headers"].append((b"content-type", b"application/json"))
            await send(message)

        return answer


async def _body(scope: Scope, receive: Receive) -> bytes:
    """Read a body that is not too large."""
    headers: dict[bytes, bytes] = dict(scope["headers"])
    told = headers.get(b"content-length", b"0")
    if told.isdigit() and int(told) > LARGEST_BODY:
        raise _too_large()
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise RequestRefused(HTTPStatus.BAD_REQUEST, "the request ended early")
        body += message.get("body", b"")
        if len(body) > LARGEST_BODY:
            raise _too_large()
        if not message.get("more_body", False):
            return bytes(body)


def _too_large() -> RequestRefused:
    limit = f"expected at most {LARGEST_BODY} bytes"
    return RequestRefused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"the request is too large: {limit}")


def _replay(body: bytes) -> Receive:
    """Give a body that was read already, then the end of the connection."""
    messages: list[dict[str, Any]] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Message:
        return messages.pop() if messages else {"type": "http.disconnect"}

    return receive
