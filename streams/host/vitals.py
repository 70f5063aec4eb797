"""What a worker says of itself every few seconds: that its loop turns, what it holds, its lag."""

from __future__ import annotations

import asyncio
from typing import Any

from streams import logs
from streams.health import Health
from streams.host.transport import Assignee, CheckpointApp
from streams.sinks.redis import RedisSink

log = logs.get(__name__)


class Vitals:
    """Heartbeat of one worker.

    Parameters
    ----------
    app : CheckpointApp
        Its consumer knows the ends of the topics.
    host : Assignee
        Says what is held, and how far it is read.
    health : Health
    sink : RedisSink
    worker : str
        Name of this process.
    pulse_s : float
        Between two beats.
    """

    def __init__(
        self,
        app: CheckpointApp,
        host: Assignee,
        health: Health,
        sink: RedisSink,
        worker: str,
        pulse_s: float,
    ) -> None:
        self._app = app
        self._host = host
        self._health = health
        self._sink = sink
        self._worker = worker
        self._pulse_s = pulse_s

    async def run(self) -> None:
        """Beat until the host is closed."""
        while not self._host.is_closed:
            self._health.beat()
            try:
                self._measure_lag()
                await self._sink.sign_of_life(
                    self._worker, self._host.held_count, self._health.problems()
                )
            except Exception as error:  # a rebalance, or Redis away: the next time
                log.info("no sign of life given", error=str(error))
            await asyncio.sleep(self._pulse_s)

    def _measure_lag(self) -> None:
        consumer: Any = self._app.consumer
        assigned = consumer.assignment()
        for tp, offset in self._host.positions().items():
            end = consumer.highwater(tp) if tp in assigned else None
            if end is not None:
                lag = self._health.metrics.lag.labels(tp.topic, str(tp.partition))
                lag.set(max(0, end - offset))
