"""One seed's world: servers, processes, traffic and faults, run from beginning to end."""

from __future__ import annotations

import asyncio
import errno
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from functools import partial
from random import Random
from typing import Final

import httpx
from faust.types import TP

from config.names import RECEIPTS, SIGNALS, WARNINGS
from models.messages.receipts import Receipt
from models.messages.subscriptions import Channel
from models.messages.topics import topics_of
from streams.clock import Clock
from streams.host.processor import Archive, Compact
from streams.sinks.webhook import WebhookSink
from tests.simulation.broker import SimBroker
from tests.simulation.city import is_of_matters
from tests.simulation.conditions import any_unanswered
from tests.simulation.faults import Faults
from tests.simulation.ingests import IngestGroup, start_ingest
from tests.simulation.loop import SimLoop, SimProcess, empty_context
from tests.simulation.operators import Operators
from tests.simulation.pace import draw_pace
from tests.simulation.readable import readable
from tests.simulation.receiver import Receiver
from tests.simulation.redis import SimRedis
from tests.simulation.redis_clients import AsyncClient, SyncClient
from tests.simulation.traffic import CASES, DUST, Traffic
from tests.simulation.workers import Worker, WorkerGroup, WorkerWorld

BEGIN_MS: Final = 1_709_510_400_000  # 2024-03-04 08:00 in Shanghai
FINISH_PULSES: Final = 3  # the outbox holds back, delivers, is counted
# What nobody acknowledges goes higher five times, each after 8 minutes and at most a pulse.
ESCALATIONS: Final = 5
ESCALATE_S: Final = 8 * 60.0
SCHEDULE_S: Final = 77 * 3600.0  # of the tries to deliver


@dataclass
class Disk:
    """The archive: what was written, and whether there is room.

    Attributes
    ----------
    done : Counter of str
        What went wrong.
    parts : dict
        Rows by (dataset, day, part).
    """

    is_full: bool = False
    done: Counter[str] = field(default_factory=Counter)
    parts: dict[tuple[str, str, str], bytes] = field(default_factory=dict)

    async def carry_out(self, effect: Archive | Compact) -> None:
        """Write, or fail as a full disk does."""
        await asyncio.sleep(0.01)
        if self.is_full:
            self.done["write to a full disk"] += 1
            raise OSError(errno.ENOSPC, "No space left on device")
        if isinstance(effect, Archive):
            self.parts[effect.dataset, effect.day, effect.part] = effect.rows


class World:
    """Everything that one seed decides.

    Parameters
    ----------
    seed : int
    hours : float
        Of traffic; the world then has time to settle without any fault.
    only : collection of str
        Kinds of faults; see `Faults`.

    Attributes
    ----------
    compared : int
        Judgements that could be compared with those of a backtest.
    """

    def __init__(self, seed: int, hours: float, only: Collection[str] = ()) -> None:
        self.seed = seed
        rng = self.rng("world")
        self.hours = hours
        self.compared = 0
        self.loop = SimLoop(self.rng("order"))
        asyncio.events._set_running_loop(self.loop)
        self.pace = draw_pace(hours, self.rng("pace"))
        self.settings = replace(
            self.pace.city.settings,
            idle_s=rng.choice((60.0, 900.0, 1800.0)),
            checkpoint_s=self.pace.checkpoint_s,
        )
        self.begin_ms = BEGIN_MS + 3_600_000 * rng.randrange(24)
        partitions = self.pace.city.partitions
        raw = {DUST: partitions, CASES: partitions}
        street = dict.fromkeys(topics_of("street"), partitions)
        district = dict.fromkeys(topics_of("district"), 1)
        kept = dict.fromkeys(topics_of("one"), 1)
        self.broker = SimBroker(self.loop, raw | street | district | kept, self.rng("broker"))
        self.broker.begin_ms = self.begin_ms
        self.redis = SimRedis(self.loop, self.rng("redis"))
        self.disk = Disk()
        self.receiver = Receiver(self.loop, self.rng("receiver"))
        self.traffic = Traffic(hours, self.begin_ms, self.pace, self.rng("traffic"))
        raw_places = {TP(topic, n) for topic, count in raw.items() for n in range(count)}
        self.ingest_group = IngestGroup(
            self.loop,
            raw_places,
            idle_s=self.pace.idle_s,
            linger_s=self.pace.linger_s,
            rng=self.rng("ingest group"),
        )
        self.worker_group = WorkerGroup(self.loop, street, district, self.rng("worker group"))
        self.deaths: list[tuple[float, str, str]] = []
        self.ingests: list[SimProcess] = []
        self.workers: list[SimProcess] = []
        self._restart = self.rng("restarts")
        self._started = 0
        self._processes: list[SimProcess] = []
        for _ in range(rng.choice((1, 1, 2))):
            self._start_ingest()
        for _ in range(rng.choice((1, 2, 3))):
            self._start_worker()
        for sent in self.traffic.records:
            arrive = partial(
                self.broker.append, sent.topic, sent.key, sent.value, headers=sent.headers
            )
            self.loop.call_at(sent.at_s, arrive, context=empty_context())
        self.faults = Faults(self, only, self.rng("faults"))
        self.operators = Operators(self, self.rng("operators"))
        asyncio.events._set_running_loop(None)

    def rng(self, purpose: str) -> Random:
        """Give a source of chance for one purpose: what one draws is nothing to the others."""
        return Random(f"{self.seed}/{purpose}")

    @property
    def is_order_lost(self) -> bool:
        """Whether Redis lost in which order `warn` took signals, commands and escalations."""
        depends = bool(self.operators.done) or any_unanswered(self.broker.values(WARNINGS))
        return depends and bool(self.redis.done["lost write of redis"])

    @property
    def end_s(self) -> float:
        """When the traffic is over, but for what is late, and all faults."""
        return self.hours * 3600

    @property
    def last_s(self) -> float:
        """When the last raw record has come."""
        return max(self.end_s, *(sent.at_s for sent in self.traffic.records))

    def run(self) -> None:
        """Run the hours, let everything settle, then stop ingest and let the rest come to an end.

        Ingest tells a silent feed's time on and on, and by that new warnings would still be raised.
        """
        self.loop.run_until(self.last_s + self.pace.settle_s)
        longest_s = self.loop.time() + SCHEDULE_S
        while self.is_owed_a_delivery() and self.loop.time() < longest_s:
            self.loop.run_until(self.loop.time() + 3600.0)
        self._kill(self.ingests)
        self._finish()

    def _finish(self) -> None:
        """Run until for some pulses no warning has changed, nothing was delivered, nobody died."""
        quiet, known = 0, self._happened()
        for _ in range(2 * ESCALATIONS):
            self.loop.run_until(self.loop.time() + ESCALATE_S + self.pace.pulse_ms / 1000)
            known, before = self._happened(), known
            quiet = quiet + 1 if known == before else 0
            if quiet == FINISH_PULSES:
                return

    def _happened(self) -> tuple[int, ...]:
        """Count what is followed by something else sooner or later."""
        told = (len(self.broker.values(topic)) for topic in (SIGNALS, WARNINGS, RECEIPTS))
        return len(self.deaths), *told

    def is_owed_a_delivery(self) -> bool:
        """Tell whether a try failed whose change has not arrived since: its pause may be long."""
        failed: set[tuple[str, int]] = set()
        for each in readable(self.broker.values(RECEIPTS), RECEIPTS, Receipt):
            name = each.warning, each.revision
            if each.delivered:
                failed.discard(name)
            else:
                failed.add(name)
        return bool(failed)

    def wall_ms(self, process: SimProcess | None = None) -> int:
        """Wall clock, as a process sees it."""
        offset_ms = process.wall_offset_ms if process else 0
        return self.begin_ms + int(self.loop.time() * 1000) + offset_ms

    def close(self) -> None:
        """End all processes."""
        self._kill(self.ingests)
        self._kill(self.workers)
        for process in self._processes:
            process.discard()
        self.loop.close()

    @staticmethod
    def _kill(processes: list[SimProcess]) -> None:
        """End processes for good."""
        for process in processes:
            process.on_death.clear()
            process.kill()
        processes.clear()

    def session_ended(self, process: SimProcess) -> None:
        """Let the group of a paused process notice, should the pause last."""
        is_worker = process in self.workers
        group: WorkerGroup | IngestGroup = self.worker_group if is_worker else self.ingest_group
        kind = "worker" if is_worker else "ingest"

        def notice() -> None:
            if process.is_paused:
                self.faults.done[f"zombie {kind}"] += 1
                group.trigger()
                process.on_resume.append(group.trigger)

        self.loop.call_later(6.0 if is_worker else 10.0, notice, context=empty_context())

    # --- processes -----------------------------------------------------------------------------

    def _process(self, kind: str) -> tuple[SimProcess, Clock]:
        self._started += 1
        process = SimProcess(self.loop, f"{kind}-{self._started}")
        self._processes.append(process)
        return process, Clock(self.loop.time, partial(self.wall_ms, process))

    def _start_ingest(self) -> None:
        process, clock = self._process("ingest")
        process.on_death.append(partial(self._ingest_died, process))
        self.ingests.append(process)
        start_ingest(
            process,
            self.broker,
            SyncClient(self.redis, process),
            self.ingest_group,
            self.pace.city.catalog,
            self.settings,
            clock,
            self.rng(process.name),
        )

    def _ingest_died(self, process: SimProcess) -> None:
        self.ingests.remove(process)
        self._note_death(process)
        self.ingest_group.trigger()
        delay_s = self._restart.expovariate(1 / 60)
        self.loop.call_later(delay_s, self._start_ingest, context=empty_context())

    def _start_worker(self) -> None:
        process, clock = self._process("worker")
        webhook = WebhookSink(
            self.settings,
            {},
            client=httpx.AsyncClient(
                transport=httpx.MockTransport(self.receiver.answer), trust_env=False
            ),
            clock=lambda: clock.wall_ms() / 1000,
        )
        surroundings = WorkerWorld(
            clock=clock,
            channels={Channel.WEBHOOK: webhook},
            archiver=self.disk,
            district=self.pace.city.catalog.city.code,
            pulse_ms=self.pace.pulse_ms,
            life_pulse_s=self.pace.pulse_ms / 1000,
        )
        worker = Worker(
            process,
            self.broker,
            self.settings,
            [a for a in self.pace.city.agents if self.pace.has_matters or not is_of_matters(a)],
            AsyncClient(self.redis, process),
            surroundings,
            self.rng(process.name),
        )
        process.on_death.append(partial(self._worker_died, process))
        self.workers.append(process)
        self.worker_group.members.append(worker)
        self.worker_group.trigger()

    def _worker_died(self, process: SimProcess) -> None:
        self.workers.remove(process)
        self._note_death(process)
        self.worker_group.trigger()
        delay_s = self._restart.expovariate(1 / 60)
        self.loop.call_later(delay_s, self._start_worker, context=empty_context())

    def _note_death(self, process: SimProcess) -> None:
        self.deaths.append((self.loop.time(), process.name, process.last_words))
        self.broker.digest.update(f"{process.name} {process.last_words}".encode())
