"""Tells webhooks: signed, repeatable, one try a call.

A body is one CloudEvent in JSON, or a batch of those that were kept back together. It is signed as
the Standard Webhooks ask: `webhook-signature: v1,<base64>` is the HMAC-SHA256 over
`<webhook-id>.<webhook-timestamp>.<body>`. A repeat has the `webhook-id` of the first.

References
----------
Standard Webhooks, *Signature scheme*, *Webhook headers (sending metadata)*.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import hmac
import ssl
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from email.utils import parsedate_to_datetime
from typing import Final

import httpx

from config.settings import SIGN_PREFIX, Settings
from models.messages.subscriptions import Subscription
from models.messages.warnings import CityWarning
from models.timing.units import DAY_S
from models.warnings.events import EventBody, body_of
from models.warnings.reachable import ReachableHosts
from streams.sinks.channel import DEADLINE_S, Outcome
from streams.sinks.pinned import ForbiddenAddress, PinnedTransport

LARGEST_ANSWER: Final = 64 * 1024  # bytes; what follows is not read
_GONE: Final = 410
_LISTENS: Final = frozenset({429, 502, 503, 504})  # answers whose `Retry-After` counts
_KEY: Final = "whsec_"


def signing_key(secret: str) -> bytes:
    """Give the bytes of a secret: base64 after `whsec_`, any other text as it stands.

    Raises
    ------
    ValueError
        What follows `whsec_` is no base64.
    """
    if not secret.startswith(_KEY):
        return secret.encode()
    try:
        return base64.b64decode(secret.removeprefix(_KEY), validate=True)
    except binascii.Error:
        msg = "a secret that begins with whsec_ should go on in base64"
        raise ValueError(msg) from None


def signature(key: bytes, name: str, timestamp_s: int, body: bytes) -> str:
    """Sign a body for `webhook-signature`.

    Examples
    --------
    >>> signature(b"key", "msg", 1700000000, b"{}")[:13]
    'v1,9wBg2ZOJWG'
    """
    signed = b"%s.%d.%s" % (name.encode(), timestamp_s, body)
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def signed_headers(key: bytes, name: str, timestamp_s: int, body: bytes) -> dict[str, str]:
    """Give what tells a receiver whose message it is, which, and of when."""
    return {
        "User-Agent": "gridpulse",
        "webhook-id": name,
        "webhook-timestamp": str(timestamp_s),
        "webhook-signature": signature(key, name, timestamp_s, body),
    }


class WebhookSink:
    """Posts to the webhooks of all subscriptions.

    Parameters
    ----------
    settings : Settings
        Which hosts may be asked, and the key of the one webhook that they name.
    environment : mapping of str to str
        Holds the keys of the others.
    client : httpx.AsyncClient, optional
        Given by tests.
    deadline_s : float
        For a whole try, whatever the receiver does.
    clock : callable
        Epoch seconds; given by tests.
    """

    def __init__(
        self,
        settings: Settings,
        environment: Mapping[str, str],
        *,
        client: httpx.AsyncClient | None = None,
        deadline_s: float = DEADLINE_S,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._settings = settings
        self._environment = environment
        self._client = client
        self._deadline_s = deadline_s
        self._clock = clock

    async def send(self, to: Subscription, changes: Sequence[CityWarning]) -> Outcome:
        """Try once to post."""
        secret = self._settings.webhook_secret
        if to.secret:
            secret = self._environment.get(SIGN_PREFIX + to.secret, "")
        if not secret:
            return Outcome(delivered=False, detail=f"{SIGN_PREFIX}{to.secret} is not set")
        body = body_of(changes)
        try:
            headers = self._headers(signing_key(secret), body)
        except ValueError as error:
            return Outcome(delivered=False, detail=f"{SIGN_PREFIX}{to.secret}: {error}")
        return await self.post(to.address, headers, body.data)

    async def close(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.aclose()

    def _headers(self, key: bytes, body: EventBody) -> dict[str, str]:
        return {
            "Content-Type": body.content_type,
            "Accept-Encoding": "identity",
            **signed_headers(key, body.id, int(self._clock()), body.data),
        }

    async def post(self, url: str, headers: dict[str, str], body: bytes) -> Outcome:
        """Try once to post a signed body."""
        status, detail, pause_s = 0, f"no answer within {self._deadline_s:g} s", 0
        said = bytearray()
        client = self._opened()
        try:
            async with (
                asyncio.timeout(self._deadline_s),
                client.stream("POST", url, content=body, headers=headers) as answer,
            ):
                status, detail = answer.status_code, answer.reason_phrase[:200]
                pause_s = _retry_after_s(answer, self._clock())
                await _drain(answer, said)
        except TimeoutError:
            pass  # what is known by now is the answer
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            detail = detail if status else _why(error)
        return Outcome(
            delivered=200 <= status < 300,
            status=status,
            detail=detail,
            retry_after_s=pause_s,
            is_final=status == _GONE,
            is_gone=status == _GONE,
            answer=bytes(said[:LARGEST_ANSWER]),
        )

    def _opened(self) -> httpx.AsyncClient:
        if self._client is None:
            hosts = reachable_hosts(self._settings)
            self._client = httpx.AsyncClient(
                transport=PinnedTransport(hosts),
                timeout=self._deadline_s,
                follow_redirects=False,
                trust_env=False,
            )
        return self._client


def reachable_hosts(settings: Settings) -> ReachableHosts:
    """Give what webhooks may connect to; raises ValueError where the setting is not valid."""
    return ReachableHosts.parse(settings.webhook_hosts, settings.webhook_url)


def _why(error: Exception) -> str:
    """Say why nothing came, without the address: it may hold a secret."""
    causes = list(_causes(error))
    if any(isinstance(each, ForbiddenAddress) for each in causes):
        return str(error)
    tls = next((each for each in causes if isinstance(each, ssl.SSLError)), None)
    return f"TLS: {tls.args[-1]}"[:200] if tls else type(error).__name__


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _retry_after_s(answer: httpx.Response, now_s: float) -> int:
    """Read for how long the receiver asks not to be asked: seconds, or a date."""
    text = answer.headers.get("Retry-After", "").strip()
    if answer.status_code not in _LISTENS or not text or len(text) > 40:
        return 0
    if text.isascii() and text.isdigit():
        return min(int(text), DAY_S)
    try:
        return max(0, min(round(parsedate_to_datetime(text).timestamp() - now_s), DAY_S))
    except (ValueError, OverflowError):
        return 0


async def _drain(answer: httpx.Response, said: bytearray) -> None:
    """Read a little of a body, never unpacked: its connection can then be used again."""
    async for chunk in answer.aiter_raw():
        said += chunk
        if len(said) > LARGEST_ANSWER:
            return
