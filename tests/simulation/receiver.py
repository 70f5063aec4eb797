"""Who receives warnings: it may be slow, refuse, or not be there."""

from __future__ import annotations

import asyncio
from random import Random

import httpx

from tests.simulation.loop import SimLoop


class Receiver:
    """An HTTP server that keeps what it accepted.

    Attributes
    ----------
    mode : str
        `well`, `slow`, `broken` (5xx), `away`, or `mute`: it accepts, and the answer is lost.
    accepted : dict of str to list of bytes
        Bodies by `Idempotency-Key`.
    """

    def __init__(self, loop: SimLoop, rng: Random) -> None:
        self.mode = "well"
        self.accepted: dict[str, list[bytes]] = {}
        self._loop = loop
        self._rng = rng

    async def answer(self, request: httpx.Request) -> httpx.Response:
        """Take one request."""
        await asyncio.sleep(self._rng.uniform(0.01, 0.2))
        if self.mode == "away":
            msg = "refused"
            raise httpx.ConnectError(msg, request=request)
        if self.mode == "broken":
            return httpx.Response(503, stream=httpx.ByteStream(b""))
        self.accepted.setdefault(request.headers["Idempotency-Key"], []).append(request.content)
        if self.mode == "mute" or (self.mode == "slow" and self._rng.random() < 0.5):
            await asyncio.sleep(5)
            msg = "no answer"
            raise httpx.ReadTimeout(msg, request=request)
        if self.mode == "slow":
            await asyncio.sleep(self._rng.uniform(0, 5))
        return httpx.Response(200, stream=httpx.ByteStream(b""))
