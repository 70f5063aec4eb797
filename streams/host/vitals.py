"""What a worker says of itself every few seconds: that its loop turns, what it holds, its lag."""

from __future__ import annotations

import asyncio
from typing import Any

from faust.types import TP
from prometheus_client import Gauge

from streams import logs
from streams.clock import SYSTEM_CLOCK, Clock
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
        Between two heartbeats.
    clock : Clock
    """

    def __init__(
        self,
        app: CheckpointApp,
        host: Assignee,
        health: Health,
        sink: RedisSink,
        worker: str,
        pulse_s: float,
        clock: Clock = SYSTEM_CLOCK,
    ) -> None:
        self._app = app
        self._host = host
        self._health = health
        self._sink = sink
        self._worker = worker
        self._pulse_s = pulse_s
        self._clock = clock
        self._applied, self._applied_s = 0.0, clock.monotonic_s()
        self._lags: dict[TP, Gauge] = {}

    async def run(self) -> None:
        """Send heartbeats until the host is closed."""
        while not self._host.is_closed:
            self._health.heartbeat()
            try:
                await self._sink.sign_of_life(self._worker, self._report())
            except Exception as error:  # a rebalance, or Redis away: the next time
                log.info("no sign of life given", error=str(error))
            await asyncio.sleep(self._pulse_s)

    def _report(self) -> dict[str, object]:
        """Say what this worker holds, what is wrong with it, and how far behind it is."""
        problems = self._health.problems()
        return {
            "at_ms": self._clock.wall_ms(),
            "partitions": self._host.held_count,
            "problems": problems,
            "failing": {name: why for name, why in problems.items() if "/" in name},
            "lag_records": self._measure_lag(),
            "records_s": round(self._records_s(), 1),
        }

    def _records_s(self) -> float:
        """Give the records applied a second since the last report."""
        applied, now_s = self._health.applied(), self._clock.monotonic_s()
        pace = (applied - self._applied) / max(now_s - self._applied_s, 1e-3)
        self._applied, self._applied_s = applied, now_s
        return pace

    def _measure_lag(self) -> int:
        """Show the lag of each partition; gives their sum."""
        total = 0
        consumer: Any = self._app.consumer
        assigned = consumer.assignment()
        for tp, offset in self._host.positions().items():
            end = consumer.highwater(tp) if tp in assigned else None
            if end is not None:
                self._lag(tp).set(max(0, end - offset))
                total += max(0, end - offset)
        return total

    def _lag(self, tp: TP) -> Gauge:
        """Give the metric of a partition; to look it up by its labels takes longer."""
        found = self._lags.get(tp)
        if found is None:
            found = self._health.metrics.lag.labels(tp.topic, str(tp.partition))
            self._lags[tp] = found
        return found
