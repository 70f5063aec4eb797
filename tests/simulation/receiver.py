"""Who receives warnings: it may be slow, refuse, or not be there."""

from __future__ import annotations

import asyncio
from collections import Counter
from random import Random

import httpx

from tests.simulation.loop import SimLoop


class Receiver:
    """An HTTP server that keeps what it accepted.

    Attributes
    ----------
    spoiled : int
        So many of the next requests meet with a receiver that is slow, broken (5xx), away, or
        mute: it accepts, and the answer is lost.
    accepted : dict of str to list of bytes
        Bodies by `webhook-id`.
    done : Counter of str
        What the spoiled requests met with.
    """

    def __init__(self, loop: SimLoop, rng: Random) -> None:
        self.spoiled = 0
        self.accepted: dict[str, list[bytes]] = {}
        self.done: Counter[str] = Counter()
        self._loop = loop
        self._rng = rng

    async def answer(self, request: httpx.Request) -> httpx.Response:
        """Take one request."""
        await asyncio.sleep(self._rng.uniform(0.01, 0.2))
        mode = self._mode_now()
        if mode == "away":
            msg = "refused"
            raise httpx.ConnectError(msg, request=request)
        if mode == "broken":
            return httpx.Response(503, stream=httpx.ByteStream(b""))
        self.accepted.setdefault(request.headers["webhook-id"], []).append(request.content)
        if mode == "mute" or (mode == "slow" and self._rng.random() < 0.5):
            await asyncio.sleep(5)
            msg = "no answer"
            raise httpx.ReadTimeout(msg, request=request)
        if mode == "slow":
            await asyncio.sleep(self._rng.uniform(0, 5))
        return httpx.Response(200, stream=httpx.ByteStream(b""))

    def _mode_now(self) -> str:
        if not self.spoiled:
            return "well"
        self.spoiled -= 1
        mode = self._rng.choice(("slow", "broken", "away", "mute"))
        self.done[f"{mode} receiver"] += 1
        return mode
