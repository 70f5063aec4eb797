"""Delivers warnings to a webhook: signed, repeatable, and each try with its receipt.

The receiver checks `X-Gridpulse-Signature: v1=<hex>`, the HMAC-SHA256 (RFC 2104) over
`<X-Gridpulse-Timestamp>.<body>` with the shared secret, and drops repeats by `Idempotency-Key`.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Final
from urllib.parse import urlsplit

import httpx

from models.messages.warnings import CityWarning, Receipt, decode_warning

TRIES: Final = 3
_TIMEOUT: Final = httpx.Timeout(5.0, connect=3.0)
_PAUSES_S: Final = (0.5, 2.0)
_WORTH_ANOTHER_TRY: Final = frozenset({408, 425, 429, *range(500, 600)})


def signature(secret: str, timestamp_s: int, body: bytes) -> str:
    """Sign a body for `X-Gridpulse-Signature`.

    Examples
    --------
    >>> signature("key", 1700000000, b"{}")[:13]
    'v1=9d713ed406'
    """
    signed = b"%d.%s" % (timestamp_s, body)
    return "v1=" + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


def without_secrets(url: str) -> str:
    """Keep scheme, host, port and path of a URL: what a receipt may show.

    Examples
    --------
    >>> without_secrets("https://user:pw@desk.example:8443/in?token=x#y")
    'https://desk.example:8443/in'
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    host = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{host}{f':{parts.port}' if parts.port else ''}{parts.path}"


class WebhookSink:
    """Posts warnings to one receiver; with an empty URL it does nothing.

    Parameters
    ----------
    url, secret : str
        Receiver, and key of the signature.
    client : httpx.AsyncClient, optional
        Given by tests.
    sleep, clock : callable
        Given by tests; the clock gives epoch seconds.
    """

    def __init__(
        self,
        url: str,
        secret: str,
        *,
        client: httpx.AsyncClient | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._url = url
        self._secret = secret
        self._client = client
        self._sleep = sleep
        self._clock = clock

    async def deliver(self, warning: bytes) -> Sequence[Receipt]:
        """Post one change of a warning, up to `TRIES` times; one receipt a try.

        An answer that another try would not change (a redirect, which is not followed, or a
        refusal) ends the tries.
        """
        if not self._url:
            return ()
        told = decode_warning(warning)
        receipts: list[Receipt] = []
        for attempt in range(1, TRIES + 1):
            receipt = await self._post(told, warning, attempt)
            receipts.append(receipt)
            final = receipt.status and receipt.status not in _WORTH_ANOTHER_TRY
            if receipt.delivered or final or attempt == TRIES:
                break
            await self._sleep(_PAUSES_S[attempt - 1])
        return receipts

    async def close(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.aclose()

    async def _post(self, told: CityWarning, body: bytes, attempt: int) -> Receipt:
        sent_s = self._clock()
        status, detail = await self._ask(self._headers(told, body, int(sent_s)), body)
        return Receipt(
            warning=told.id,
            revision=told.revision,
            channel="webhook",
            receiver=without_secrets(self._url),
            attempt=attempt,
            delivered=200 <= status < 300,
            status=status,
            detail=detail,
            sent_ms=int(sent_s * 1000),
            answered_ms=int(self._clock() * 1000),
        )

    def _headers(self, told: CityWarning, body: bytes, timestamp_s: int) -> dict[str, str]:
        return {
            "Content-Type": "application/json",
            "Idempotency-Key": f"{told.id}.{told.revision}",
            "X-Gridpulse-Timestamp": str(timestamp_s),
            "X-Gridpulse-Signature": signature(self._secret, timestamp_s, body),
        }

    async def _ask(self, headers: dict[str, str], body: bytes) -> tuple[int, str]:
        """Post once; gives the HTTP status (0: none came) and a word on it, free of secrets."""
        if self._client is None:
            self._client = httpx.AsyncClient(timeout=_TIMEOUT, follow_redirects=False)
        try:
            answer = await self._client.post(self._url, content=body, headers=headers)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return 0, type(error).__name__
        return answer.status_code, answer.reason_phrase
