"""What a worker says of itself every few seconds: that its loop turns, what it holds, its lag."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Coroutine, Mapping, Sequence
from typing import Any, Final

from faust.types import TP
from prometheus_client import Gauge

from config.names import LINE
from config.settings import Settings
from models.messages.envelope import encode
from models.messages.line_health import LineHealth
from streams import logs
from streams.health import Health
from streams.host.environment import Environment
from streams.host.line import LineReporter
from streams.host.partition import Partition
from streams.host.processor import AgentSpec
from streams.host.transport import Assignee, CheckpointApp, producer_of
from streams.sinks.redis import RedisSink

Labels = tuple[str, str, str]

_UNDER_WAY_S: Final = 0.5  # so long a record is on its way, and not waiting
_LINE_S: Final = 3.0  # for the report on the line: a sign of life must not wait for the broker

log = logs.get(__name__)


class Vitals:
    """Heartbeat of one worker.

    Parameters
    ----------
    app : CheckpointApp
        Its consumer knows the ends of the topics, its producer takes the reports on the line.
    host : Assignee
        Says what is held, and how far it is read.
    specs : sequence of AgentSpec
        All agents of the application.
    settings : Settings
    health : Health
    sink : RedisSink
    environment : Environment
        Its district gets the reports on the line; without one, none are sent.
    """

    def __init__(
        self,
        app: CheckpointApp,
        host: Assignee,
        specs: Sequence[AgentSpec],
        settings: Settings,
        health: Health,
        sink: RedisSink,
        environment: Environment,
    ) -> None:
        self._app = app
        self._host = host
        self._worker = environment.worker
        self._line = LineReporter(specs, settings, self._worker)
        self._produce = producer_of(app)
        self._health = health
        self._sink = sink
        self._key = environment.district.encode()
        self._pulse_s = environment.life_pulse_s
        self._clock = environment.clock
        self._applied, self._applied_s = 0.0, self._clock.monotonic_s()
        self._shown: dict[Gauge, set[Labels]] = {}

    async def run(self) -> None:
        """Send heartbeats until the host is closed."""
        while not self._host.is_closed:
            self._health.heartbeat()
            await self._say("no report on the line sent", self._send_line())
            await self._say("no sign of life given", self._send_life())
            await asyncio.sleep(self._pulse_s)

    async def _say(self, failed: str, saying: Coroutine[Any, Any, None]) -> None:
        """Say something; in a rebalance, or while a server is away, it is said the next time."""
        try:
            await saying
        except Exception as error:
            log.info(failed, error=str(error) or type(error).__name__)

    async def _send_life(self) -> None:
        await self._sink.sign_of_life(self._worker, self._report())

    async def _send_line(self) -> None:
        """Measure what waits, show it, and send it to the district; all in a short time."""
        async with asyncio.timeout(_LINE_S):
            held, report = await self._measure()
            self._show(held, report)
            if self._key:
                arrived = await self._produce(LINE, self._key, encode(report))
                arrived.add_done_callback(_note_arrival)

    async def _measure(self) -> tuple[list[Partition], LineHealth]:
        """Ask for the ends of the topics; while they are not known, neither is the lag."""
        try:
            wanted = list(self._host.positions())
            consumer: Any = self._app.consumer
            ends: dict[TP, int] = await consumer.ends(wanted) if wanted else {}
            await asyncio.sleep(_UNDER_WAY_S)
        except BaseException:
            for gauge in (self._health.metrics.lag, self._health.metrics.judged):
                self._set(gauge, {})
            self._health.lag = None
            raise
        held = [part for part in self._host.held() if _is_known(part, ends)]
        return held, self._line.report(held, ends, self._clock.wall_ms())

    def _show(self, held: Sequence[Partition], report: LineHealth) -> None:
        """Show the lag of each partition, and how far feeds are judged."""
        lag = Counter[str]()
        lags: dict[Labels, float] = {}
        judged: dict[Labels, float] = {}
        for partition, part in zip(held, report.parts, strict=True):
            number = str(part.partition)
            lag[part.agent] += sum(part.waiting.values())
            for topic in partition.positions:
                lags[part.agent, topic, number] = part.waiting.get(topic, 0)
            for feed, judged_ms in part.judged.items():
                judged[part.agent, number, feed] = judged_ms / 1000
        self._set(self._health.metrics.lag, lags)
        self._set(self._health.metrics.judged, judged)
        self._health.lag = dict(lag)

    def _set(self, gauge: Gauge, values: Mapping[Labels, float]) -> None:
        """Set a gauge; what it showed of partitions that are held no more, it does not show on."""
        shown = self._shown.get(gauge, set())
        for labels in shown - set(values):
            gauge.remove(*labels)
        for labels, value in values.items():
            gauge.labels(*labels).set(value)
        self._shown[gauge] = set(values)

    def _report(self) -> dict[str, object]:
        """Say what this worker holds, what is wrong with it, and how far behind it is."""
        problems, lag = self._health.problems(), self._health.lag
        return {
            "at_ms": self._clock.wall_ms(),
            "partitions": len(self._host.held()),
            "problems": problems,
            "failing": {name: why for name, why in problems.items() if "/" in name},
            "lag_records": None if lag is None else sum(lag.values()),
            "records_s": round(self._records_s(), 1),
        }

    def _records_s(self) -> float:
        """Give the records applied a second since the last report."""
        applied, now_s = self._health.applied(), self._clock.monotonic_s()
        pace = (applied - self._applied) / max(now_s - self._applied_s, 1e-3)
        self._applied, self._applied_s = applied, now_s
        return pace


def _is_known(partition: Partition, ends: Mapping[TP, int]) -> bool:
    """Tell whether the ends of all topics of a partition were asked for."""
    return all(TP(topic, partition.number) in ends for topic in partition.positions)


def _note_arrival(arrived: asyncio.Future[Any]) -> None:
    """Note a report that did not arrive: another one follows."""
    if not arrived.cancelled() and arrived.exception() is not None:
        log.info("a report on the line did not arrive", error=str(arrived.exception()))
