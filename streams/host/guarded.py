"""A processor whose failures cost only the record behind them.

A record that raises is set aside at once; one after which ticks or checkpoints fail (`rewind`), or
which ends the process (`caution`), the second time. Where nothing but refusals comes (`brake`), or
the state itself ends the process, nothing more is taken.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from models.messages.dead_letters import Rejected
from streams import logs
from streams.health import Health
from streams.host.brake import Brake
from streams.host.caution import SAVE, TICK, Caution, Mark, Survives, place
from streams.host.effects import Outlet
from streams.host.processor import AgentSpec, Effect, Judging, Record, Send
from streams.host.refused import letters_of, refusal_of, refused
from streams.host.rewind import Load, RewindableProcessor
from streams.host.scripts import Claim

REST_S: Final = 10.0  # after a failure
_WELL_S: Final = 10.0  # without a failure, after the rest: longer than between two summaries

log = logs.get(__name__)


class Failures:
    """Failures of one partition of an agent.

    Parameters
    ----------
    agent : str
    number : int
    health : Health
        Gets a condition of readiness for as long as something fails.
    """

    def __init__(self, agent: str, number: int, health: Health) -> None:
        self._agent = agent
        self._name = f"{agent}/{number}"
        self._health = health
        self._rest_until_s = 0.0
        self.count = 0  # since all was well

    def is_resting(self, now_s: float) -> bool:
        """Tell whether nothing should be tried yet."""
        return now_s < self._rest_until_s

    def note(self, what: str, error: Exception, now_s: float) -> None:
        """Take note that a tick or a checkpoint failed."""
        self.count += 1
        self._rest_until_s = now_s + REST_S
        self._health.metrics.failures.labels(self._agent, what).inc()
        self.report(f"its {what} fails: {type(error).__name__}: {error}"[:500])

    def report(self, problem: str) -> None:
        """Make the process unready for a reason."""
        self._health.condition(self._name, problem)

    def note_success(self, now_s: float) -> None:
        """Take note that a tick went well; long enough, and all is well again."""
        if self.count and now_s >= self._rest_until_s + _WELL_S:
            self.clear()

    def clear(self) -> None:
        """Forget what failed; at the end of the partition too."""
        self.count = 0
        self._health.condition(self._name, None)


class GuardedProcessor:
    """The processor of one partition, and what is known of its failures.

    Parameters
    ----------
    spec : AgentSpec
    number : int
    load : callable
        Reads the fields of the checkpoint.
    mark : callable
        Writes a mark into the checkpoint.
    health : Health
    brake : Brake
    clock, wall_ms : callable
        Monotonic seconds, and epoch milliseconds.
    survives : callable
        Tries work that may end the process; see `streams.host.trial`.

    Attributes
    ----------
    halted : str or None
        Why nothing is taken any more until the process is started again.
    """

    def __init__(
        self,
        spec: AgentSpec,
        number: int,
        *,
        load: Load,
        mark: Mark,
        health: Health,
        brake: Brake,
        clock: Callable[[], float],
        wall_ms: Callable[[], int],
        survives: Survives,
    ) -> None:
        self.halted: str | None = None
        self._is_deadly = False
        self._spec = spec
        self._number = number
        self._mark = mark
        self._metrics = health.metrics
        self._brake = brake
        self._clock = clock
        self._wall_ms = wall_ms
        self._survives = survives
        self._state = RewindableProcessor(spec.name, lambda: spec.make(number), load)
        self._failures = Failures(spec.name, number, health)
        self._caution = Caution(Claim({}), mark, survives, clock())

    @property
    def is_journal_full(self) -> bool:
        """Whether so much was applied that the next checkpoint should not wait."""
        return self._state.is_journal_full

    @property
    def is_resting(self) -> bool:
        """Whether ticks and checkpoints wait: one has failed, or would end the process."""
        return self._is_deadly or self._failures.is_resting(self._clock())

    @property
    def judged(self) -> Mapping[str, int]:
        """How far each feed is judged, event time; empty of a processor that judges none."""
        processor = self._state.processor
        return processor.judged() if isinstance(processor, Judging) else {}

    def restore(self, claim: Claim) -> None:
        """Load the state of a checkpoint."""
        self._caution = Caution(claim, self._mark, self._survives, self._clock())
        self._state.restore(claim.fields)
        self._is_deadly = self._caution.is_state_deadly(self._state.processor, self._wall_ms())
        if self._is_deadly:
            self._halt(
                "the state in its checkpoint ends the process at every tick or checkpoint; stop "
                f"the workers and run `gridpulse checkpoints discard {self._spec.name}`"
            )

    async def apply(self, record: Record) -> Sequence[Effect]:
        """Apply a record, or set it aside; gives the effects of the one or the other."""
        effects = await self._effects_of(record)
        letters = letters_of(effects)
        self._count(letters)
        self._brake.note(record.topic, refusal_of(letters))
        if self._brake.reason is not None:
            self._halt(self._brake.reason)
        return effects

    async def tick(self, now_ms: int) -> Sequence[Effect]:
        """Give what is due by the wall clock; where that fails, what follows from the failure."""
        await self._announce(TICK)
        try:
            effects = self._state.processor.tick(now_ms)
            Outlet.check(effects)
        except Exception as error:
            return await self._fail("tick", error)
        self._failures.note_success(self._clock())
        return effects

    async def changes(self) -> tuple[Mapping[bytes, bytes | None] | None, Sequence[Effect]]:
        """Give the state fields to save; None where that fails, with what follows from it."""
        await self._announce(SAVE)
        try:
            return self._state.processor.changes(), ()
        except Exception as error:
            return None, await self._fail("checkpoint", error)

    def note_saved(self) -> None:
        """Begin anew from a checkpoint that holds the state."""
        self._state.note_saved()
        self._caution.trust()

    def close(self) -> None:
        """Take the conditions of readiness back: the partition is another's."""
        self._failures.clear()

    async def _effects_of(self, record: Record) -> Sequence[Effect]:
        """Apply a record; whatever a bad one does must not lose the others."""
        if self._caution.is_careful(self._clock()):
            await self._caution.before(place(record))
        verdict = self._caution.verdict(record, self._state.processor, self._wall_ms())
        if verdict is not None:
            return [self._set_aside(record, verdict)]
        try:
            return self._state.apply(record)
        except Exception as error:
            log.exception("a record failed", agent=self._spec.name, topic=record.topic)
            await self._state.rewind()
            return [self._set_aside(record, f"{type(error).__name__}: {error}")]

    async def _fail(self, what: str, error: Exception) -> Sequence[Effect]:
        """Take a failed tick or checkpoint back; the second time, find the record behind it."""
        name, number = self._spec.name, self._number
        log.error("failed", what=what, agent=name, number=number, exc_info=error)
        self._failures.note(what, error, self._clock())
        if self._failures.count < 2:
            await self._state.rewind()
            return ()
        culprit = await self._state.drop_culprit(self._wall_ms())
        if culprit is None:
            return ()
        effects = [self._set_aside(culprit, f"after it a {what} fails: {error!r}")]
        self._count(letters_of(effects))
        return effects

    def _set_aside(self, record: Record, why: str) -> Send:
        """Make the dead letter of a record, and log it as an error."""
        log.error(
            "record set aside",
            agent=self._spec.name,
            topic=record.topic,
            partition=record.partition,
            offset=record.offset,
            why=why[:500],
        )
        return refused(record, f"agent {self._spec.name}: {why}"[:1000])

    def _count(self, letters: Sequence[Rejected]) -> None:
        for letter in letters:
            for reason, number in (letter.counts or {letter.reason.value: 1}).items():
                self._metrics.dead_letters.labels(self._spec.name, reason).inc(number)

    async def _announce(self, what: bytes) -> None:
        """Mark what is about to be done, while there is a reason to be careful."""
        if self._caution.is_careful(self._clock()):
            await self._caution.before(what)

    def _halt(self, reason: str) -> None:
        """Take nothing more until the process is started again; the rest of it goes on."""
        if self.halted is None:
            self.halted = reason
            self._failures.report(reason)
            name = self._spec.name
            log.critical("partition halted", agent=name, number=self._number, why=reason)
