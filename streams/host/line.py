"""What a worker says of its part of the line: records that wait, and how far feeds are judged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from faust.types import TP

from config.settings import Settings
from models.messages.bounds import LATEST_MS
from models.messages.line_health import AgentPlace, LineHealth, PartHealth
from streams.host.partition import Partition
from streams.host.processor import AgentSpec

Waits = tuple[str, int, str]  # agent, partition, topic


class LineReporter:
    """Makes the reports of one worker.

    Parameters
    ----------
    specs : sequence of AgentSpec
        All agents: what no worker holds is missed by them.
    settings : Settings
        How many partitions there are.
    worker : str
        Name of this process.
    """

    def __init__(self, specs: Sequence[AgentSpec], settings: Settings, worker: str) -> None:
        counts = {"street": settings.street_partitions, "district": settings.district_partitions}
        self._agents = {
            spec.name: AgentPlace(partitions=counts[spec.level], is_aside=spec.is_aside)
            for spec in specs
        }
        self._worker = worker
        self._since_ms: dict[Waits, int] = {}  # when something was first seen to wait

    def report(self, held: Sequence[Partition], ends: Mapping[TP, int], now_ms: int) -> LineHealth:
        """Say how everything held stands.

        Parameters
        ----------
        ends : mapping of TP to int
            End of each topic partition that is held, as the broker has it now.
        """
        before, self._since_ms = self._since_ms, {}
        parts = [self._part(partition, ends, before, now_ms) for partition in held]
        return LineHealth(
            worker=self._worker, published_ms=now_ms, agents=self._agents, parts=parts
        )

    def _part(
        self,
        partition: Partition,
        ends: Mapping[TP, int],
        before: Mapping[Waits, int],
        now_ms: int,
    ) -> PartHealth:
        name, number, read = partition.spec.name, partition.number, partition.read
        waiting: dict[str, int] = {}
        waited_ms = 0
        for topic, offset in read.next.items():
            count = ends[TP(topic, number)] - offset
            if count <= 0:
                continue
            waiting[topic] = count
            since_ms = self._since_ms[name, number, topic] = before.get(
                (name, number, topic), now_ms
            )
            applied_ms = read.applied_ms.get(topic, 0)
            # A record applied before this wait began says nothing of it.
            lay_ms = read.lay_ms[topic] if applied_ms >= since_ms else 0
            waited_ms = max(waited_ms, lay_ms, now_ms - max(since_ms, applied_ms))
        return PartHealth(
            agent=name,
            partition=number,
            waiting=waiting,
            waited_s=waited_ms / 1000,
            judged={feed: _as_time(ms) for feed, ms in partition.judged.items()},
        )


def _as_time(watermark_ms: int) -> int:
    """Give a watermark as a time; one from before the first reading is 0."""
    return min(max(watermark_ms, 0), LATEST_MS)
