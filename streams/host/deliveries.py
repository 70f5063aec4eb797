"""Tries to deliver beside the line: a receiver that never answers holds nothing up."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, Protocol

from config.names import RECEIPTS
from models.messages.envelope import encode
from models.messages.receipts import Receipt
from models.messages.warnings import CityWarning
from streams import logs
from streams.health import Metrics
from streams.host.processor import Deliver

AT_ONCE: Final = 4  # tries at a time, by receiver

Try = tuple[str, int, str]  # warning, revision and receiver
Produce = Callable[[str, bytes, bytes], Awaitable[Awaitable[Any]]]

log = logs.get(__name__)


class Receiver(Protocol):
    """Where warnings go; see `streams.sinks.webhook`."""

    async def post(self, warning: CityWarning, attempt: int) -> Receipt:
        """Try once; whatever comes of it is in the receipt."""
        ...

    async def close(self) -> None:
        """Close the connections."""
        ...


class Deliveries:
    """The tries that are on their way; each ends with a receipt on the topic `receipts`.

    The outbox bounds how many wait here. A try that is lost with the process is made up for by it.

    Parameters
    ----------
    receivers : mapping of str to Receiver
        By name.
    produce : callable
        (topic, key, value) → future of the broker's acknowledgement.
    metrics : Metrics
    """

    def __init__(
        self, receivers: Mapping[str, Receiver], produce: Produce, metrics: Metrics
    ) -> None:
        self._receivers = receivers
        self._produce = produce
        self._metrics = metrics
        self._turns = {name: asyncio.Semaphore(AT_ONCE) for name in receivers}
        self._running: dict[Try, asyncio.Task[None]] = {}

    def begin(self, effect: Deliver) -> None:
        """Begin a try and return; one that is on its way already is not begun again."""
        each = (effect.warning.id, effect.warning.revision, effect.receiver)
        if each in self._running or effect.receiver not in self._receivers:
            return
        task = asyncio.ensure_future(self._try(effect))
        self._running[each] = task
        task.add_done_callback(lambda _: self._running.pop(each, None))

    async def close(self) -> None:
        """End what is on its way: the outbox hands it out again."""
        running = list(self._running.values())
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    async def _try(self, effect: Deliver) -> None:
        try:
            async with self._turns[effect.receiver]:
                receipt = await self._receivers[effect.receiver].post(
                    effect.warning, effect.attempt
                )
            self._metrics.deliveries.labels(_result(receipt)).inc()
            await (await self._produce(RECEIPTS, effect.key, encode(receipt)))
        except Exception:  # without a receipt the outbox tries again
            log.exception("a delivery came to no receipt", receiver=effect.receiver)


def _result(receipt: Receipt) -> str:
    return "delivered" if receipt.delivered else "failed"
