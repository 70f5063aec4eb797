"""Tries to deliver beside the line: a receiver that never answers holds nothing up."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Any, Final

from config.names import RECEIPTS
from models.messages.envelope import encode
from models.messages.receipts import Receipt
from models.messages.subscriptions import Channel
from streams import logs
from streams.clock import Clock
from streams.health import Metrics
from streams.host.processor import Deliver
from streams.sinks.channel import ChannelSink, Outcome

AT_ONCE: Final = 4  # tries at a time, by receiver
_LONGEST_S: Final = 20.0  # of a try: channels have shorter limits of their own

Try = tuple[str, int, str]  # warning and revision of its first change, and receiver
Produce = Callable[[str, bytes, bytes], Awaitable[Awaitable[Any]]]

log = logs.get(__name__)


class Deliveries:
    """The tries that are on their way; each ends with a receipt a change on the topic `receipts`.

    The outbox bounds how many wait here. A try that is lost with the process is made up for by it.

    Parameters
    ----------
    channels : mapping of Channel to ChannelSink
    produce : callable
        (topic, key, value) → future of the broker's acknowledgement.
    metrics : Metrics
    clock : Clock
    """

    def __init__(
        self,
        channels: Mapping[Channel, ChannelSink],
        produce: Produce,
        metrics: Metrics,
        clock: Clock,
    ) -> None:
        self._channels = channels
        self._produce = produce
        self._metrics = metrics
        self._clock = clock
        self._turns: dict[str, asyncio.Semaphore] = {}
        self._running: dict[Try, asyncio.Task[None]] = {}

    def begin(self, effect: Deliver) -> None:
        """Begin a try and return; one that is on its way already is not begun again."""
        first = effect.changes[0]
        each = (first.id, first.revision, effect.to.id)
        if each in self._running:
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
        turns = self._turns.setdefault(effect.to.id, asyncio.Semaphore(AT_ONCE))
        try:
            async with turns:
                sent_ms = self._clock.wall_ms()
                outcome = await self._outcome(effect)
            self._metrics.deliveries.labels(_result(outcome)).inc()
            for receipt in _receipts(effect, outcome, sent_ms, self._clock.wall_ms()):
                await (await self._produce(RECEIPTS, effect.key, encode(receipt)))
        except Exception:  # without a receipt the outbox tries again
            log.exception("a delivery came to no receipt", receiver=effect.to.id)

    async def _outcome(self, effect: Deliver) -> Outcome:
        channel = self._channels.get(effect.to.channel)
        if channel is None:
            return Outcome(delivered=False, detail=f"no {effect.to.channel} is set up here")
        try:
            async with asyncio.timeout(_LONGEST_S):
                return await channel.send(effect.to, effect.changes)
        except TimeoutError:
            return Outcome(delivered=False, detail=f"no answer within {_LONGEST_S:g} s")


def _receipts(
    effect: Deliver, outcome: Outcome, sent_ms: int, answered_ms: int
) -> Iterator[Receipt]:
    earlier = effect.earlier or ((),) * len(effect.changes)
    for change, failed in zip(effect.changes, earlier, strict=True):
        yield Receipt(
            warning=change.id,
            revision=change.revision,
            channel=effect.to.channel,
            receiver=effect.to.id,
            attempt=effect.attempt,
            delivered=outcome.delivered,
            status=outcome.status,
            detail=outcome.detail,
            sent_ms=sent_ms,
            answered_ms=answered_ms,
            gave_up=outcome.is_final and not outcome.delivered,
            retry_after_s=outcome.retry_after_s,
            is_gone=outcome.is_gone,
            earlier=list(failed),
        )


def _result(outcome: Outcome) -> str:
    return "delivered" if outcome.delivered else "failed"
