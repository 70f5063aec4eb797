"""What goes wrong, and when: drawn from the seed, over before the world settles."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection
from functools import partial
from random import Random
from typing import TYPE_CHECKING, Final

from faust.types import TP

from config import names
from models.messages.topics import topics_of
from tests.simulation.loop import SimProcess, empty_context

if TYPE_CHECKING:
    from tests.simulation.world import World

WORKER_TOPICS: Final = (
    names.PANES,
    names.SUMMARIES,
    names.SIGNALS,
    names.WARNINGS,
    names.AUDIT,
    names.RESULTS,
    names.RECEIPTS,
)  # what Faust's producer writes: a retry may write it twice


HAPPENED: Final = (
    "deaths",
    "kill worker",
    "kill ingest",
    "zombie worker",
    "zombie ingest",
    "zombie that runs on",
    "rebalance workers",
    "rebalance ingest",
    "lost acknowledgement",
    "slow broker",
    "call of an absent redis",
    "lost answer of redis",
    "lost write of redis",
    "clock",
    "write to a full disk",
    "slow receiver",
    "mute receiver",
    "broken receiver",
    "away receiver",
    "torn record",
    "repeated records",
    "torn raw record",
    "delayed raw record",
    "repeated raw record",
    "impossible reading",
)  # what must come about in any hundred worlds, counted where it takes effect


KINDS: Final = (
    "kill worker",
    "kill ingest",
    "pause worker",
    "pause ingest",
    "rebalance workers",
    "rebalance ingest",
    "redis away",
    "redis loses answers",
    "redis loses newest",
    "slow broker",
    "broker loses answers",
    "worker without its group",
    "clock",
    "full disk",
    "receiver",
    "torn record",
    "repeated records",
)


class Faults:
    """Plans and does the faults of one world.

    Parameters
    ----------
    world : World
    only : collection of str
        Many faults of these kinds; empty: some of kinds that the seed chooses.
    rng : Random

    Attributes
    ----------
    done : Counter of str
        What happened, by kind.
    """

    def __init__(self, world: World, only: Collection[str], rng: Random) -> None:
        self._world = world
        self._rng = rng
        self.done: Counter[str] = Counter()
        kinds: dict[str, Callable[[], object]] = {
            "kill worker": lambda: self._kill(world.workers),
            "kill ingest": lambda: self._kill(world.ingests),
            "pause worker": lambda: self._pause(world.workers),
            "pause ingest": lambda: self._pause(world.ingests),
            "rebalance workers": world.worker_group.trigger,
            "rebalance ingest": world.ingest_group.trigger,
            "redis away": self._redis_away,
            "redis loses answers": self._redis_loses_answers,
            "redis loses newest": self._redis_loses_newest,
            "slow broker": self._slow_broker,
            "broker loses answers": self._broker_loses_answers,
            "worker without its group": self._deaf_worker,
            "clock": self._clock,
            "full disk": self._full_disk,
            "receiver": self._receiver,
            "torn record": self._torn,
            "repeated records": self._repeated,
        }
        assert tuple(kinds) == KINDS
        chosen = [kind for kind in kinds if rng.random() < rng.choice((0.2, 0.7))]
        an_hour = rng.uniform(0, 2 * world.pace.faults_an_hour)
        if only:
            chosen, an_hour = sorted(only), _MANY_AN_HOUR
        for _ in range(int(an_hour * world.hours) if chosen else 0):
            kind = rng.choice(chosen)
            self._at(rng.uniform(0, world.end_s), partial(self._do, kind, kinds[kind]))

    def _do(self, kind: str, act: Callable[[], object]) -> None:
        self.done[kind] += 1
        act()

    def _at(self, when_s: float, act: Callable[[], object]) -> None:
        self._world.loop.call_at(when_s, act, context=empty_context())

    def _after(self, delay_s: float, act: Callable[[], object]) -> None:
        """Do it after a while, and before the world settles."""
        now_s = self._world.loop.time()
        self._at(min(now_s + delay_s, max(now_s, self._world.end_s)), act)

    # --- processes -----------------------------------------------------------------------------

    def _kill(self, processes: list[SimProcess]) -> None:
        """Kill a process some steps from now, wherever it then is."""
        if processes:
            self._rng.choice(processes).fuse = self._rng.randint(1, 500)

    def _pause(self, processes: list[SimProcess]) -> None:
        """Stop a process for a while; its partitions move, and then it goes on."""
        ready = [process for process in processes if not process.is_paused]
        if ready:
            process = self._rng.choice(ready)
            process.pause()
            self._world.session_ended(process)
            longest_s = self._rng.choice((3, 30, 300, 3 * self._world.pace.pulse_ms / 1000))
            self._after(longest_s * self._rng.random(), process.resume)

    def _deaf_worker(self) -> None:
        """Let a worker run while its group goes on without it."""
        world, group = self._world, self._world.worker_group
        if len(world.workers) > 1:
            process = self._rng.choice(world.workers)
            group.deaf.add(process)
            self._after(_WORKER_SESSION_S, lambda: world.broker.on_news(go_on, raw=False))

            def go_on() -> None:
                """Deal its partitions out while it is at work, and certain of them."""
                if process in group.deaf:
                    self.done["zombie that runs on"] += 1
                    group.trigger(at_once=True)

            def hear() -> None:
                group.deaf.discard(process)
                group.trigger()

            self._after(_WORKER_SESSION_S + 3600 * self._rng.random(), hear)

    def _clock(self) -> None:
        """Set a wall clock wrong, forward or back, and right again."""
        processes = [*self._world.workers, *self._world.ingests]
        if processes:
            process = self._rng.choice(processes)
            process.wall_offset_ms = self._rng.randint(-3_600_000, 3_600_000)
            self._after(self._rng.uniform(60, 7200), lambda: setattr(process, "wall_offset_ms", 0))

    # --- servers -------------------------------------------------------------------------------

    def _redis_away(self) -> None:
        redis = self._world.redis
        redis.is_away = True
        self._after(self._rng.choice((5, 40, 100)) * self._rng.random(), self._redis_back)

    def _redis_back(self) -> None:
        self._world.redis.is_away = False

    def _redis_loses_answers(self) -> None:
        redis = self._world.redis
        redis.lost_answers = self._rng.choice((0.05, 0.3))
        self._after(self._rng.uniform(10, 1800), lambda: setattr(redis, "lost_answers", 0.0))

    def _redis_loses_newest(self) -> None:
        """Crash soon after a write, and come back as before the newest ones."""

        def crash() -> None:
            self._world.redis.lose_newest()
            self._redis_away()

        self._world.redis.crash_after(self._rng.randint(1, 50), crash)
        self._at(self._world.end_s, self._world.redis.stay)

    def _slow_broker(self) -> None:
        broker = self._world.broker
        broker.slowness = self._rng.choice((10.0, 300.0))
        self._after(self._rng.uniform(10, 900), lambda: setattr(broker, "slowness", 1.0))

    def _broker_loses_answers(self) -> None:
        broker = self._world.broker
        broker.lost_answers = self._rng.choice((0.05, 0.5))
        self._after(self._rng.uniform(10, 1800), lambda: setattr(broker, "lost_answers", 0.0))

    def _full_disk(self) -> None:
        disk = self._world.disk
        disk.is_full = True
        self._after(self._rng.uniform(600, 10_800), lambda: setattr(disk, "is_full", False))

    def _receiver(self) -> None:
        receiver = self._world.receiver
        receiver.spoiled = self._rng.randint(1, 9)
        self._at(self._world.end_s, lambda: setattr(receiver, "spoiled", 0))

    # --- records -------------------------------------------------------------------------------

    def _torn(self) -> None:
        """Write the beginning of a record once more, as a broken writer would."""
        world = self._world
        places = [tp for tp, log in world.broker.logs.items() if log and tp.topic in _INNER]
        if places:
            tp = self._rng.choice(places)
            record = world.broker.logs[tp][-1]
            value = record.value[: self._rng.randrange(len(record.value))]
            world.broker.append(tp.topic, record.key, value, tp.partition)

    def _repeated(self) -> None:
        """Write the newest records again: the producer of a worker repeats what it doubts."""
        world = self._world
        topic = self._rng.choice(WORKER_TOPICS)
        for record in world.broker.logs[TP(topic, 0)][-self._rng.randint(1, 4) :]:
            world.broker.append(topic, record.key, record.value)


_WORKER_SESSION_S: Final = 6.0
_MANY_AN_HOUR: Final = 6.0
_INNER: Final = frozenset((*topics_of("street"), *topics_of("district")))
