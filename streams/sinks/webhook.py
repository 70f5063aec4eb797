"""Delivers warnings to a webhook: signed, repeatable, one try a call, each with its receipt.

The receiver checks `X-Gridpulse-Signature: v1=<hex>`, the HMAC-SHA256 (RFC 2104) over
`<X-Gridpulse-Timestamp>.<body>` with the shared secret, and drops repeats by `Idempotency-Key`.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Final

import httpx
import msgspec

from models.messages.receipts import Receipt
from models.messages.warnings import CityWarning
from models.warnings.identity import receiver_name

DEADLINE_S: Final = 10.0  # of a whole try: name, connection, headers and answer
LARGEST_ANSWER: Final = 64 * 1024  # bytes; what follows is not read


def signature(secret: str, timestamp_s: int, body: bytes) -> str:
    """Sign a body for `X-Gridpulse-Signature`.

    Examples
    --------
    >>> signature("key", 1700000000, b"{}")[:13]
    'v1=9d713ed406'
    """
    signed = b"%d.%s" % (timestamp_s, body)
    return "v1=" + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


class WebhookSink:
    """Posts warnings to one receiver.

    Parameters
    ----------
    url, secret : str
        Receiver, and key of the signature.
    client : httpx.AsyncClient, optional
        Given by tests.
    deadline_s : float
        For a whole try, whatever the receiver does.
    clock : callable
        Epoch seconds; given by tests.
    """

    def __init__(
        self,
        url: str,
        secret: str,
        *,
        client: httpx.AsyncClient | None = None,
        deadline_s: float = DEADLINE_S,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._url = url
        self._secret = secret
        self._client = client
        self._deadline_s = deadline_s
        self._clock = clock

    async def post(self, warning: CityWarning, attempt: int) -> Receipt:
        """Try once to post a change of a warning; whatever comes of it is in the receipt."""
        body = msgspec.json.encode(warning)
        sent_s = self._clock()
        headers = self._headers(warning, body, int(sent_s))
        status, detail = await self._ask(headers, body)
        return Receipt(
            warning=warning.id,
            revision=warning.revision,
            channel="webhook",
            receiver=receiver_name(self._url),
            attempt=attempt,
            delivered=200 <= status < 300,
            status=status,
            detail=detail,
            sent_ms=int(sent_s * 1000),
            answered_ms=int(self._clock() * 1000),
        )

    async def close(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.aclose()

    def _headers(self, change: CityWarning, body: bytes, timestamp_s: int) -> dict[str, str]:
        return {
            "Content-Type": "application/json",
            "Accept-Encoding": "identity",
            "Idempotency-Key": f"{change.id}.{change.revision}",
            "X-Gridpulse-Timestamp": str(timestamp_s),
            "X-Gridpulse-Signature": signature(self._secret, timestamp_s, body),
        }

    async def _ask(self, headers: dict[str, str], body: bytes) -> tuple[int, str]:
        """Post once; return the HTTP status (0: no answer) and a short reason without secrets."""
        status, detail = 0, f"no answer within {self._deadline_s:g} s"
        try:
            async with asyncio.timeout(self._deadline_s), self._stream(headers, body) as answer:
                status, detail = answer.status_code, answer.reason_phrase[:200]
                await _drain(answer)
        except TimeoutError:
            pass  # what is known by now is the answer
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            detail = detail if status else type(error).__name__
        return status, detail

    def _stream(
        self, headers: dict[str, str], body: bytes
    ) -> AbstractAsyncContextManager[httpx.Response]:
        if self._client is None:
            self._client = httpx.AsyncClient(timeout=self._deadline_s, follow_redirects=False)
        return self._client.stream("POST", self._url, content=body, headers=headers)


async def _drain(answer: httpx.Response) -> None:
    """Read a little of a body, never unpacked: its connection can then be used again."""
    size = 0
    async for chunk in answer.aiter_raw():
        size += len(chunk)
        if size > LARGEST_ANSWER:
            return
