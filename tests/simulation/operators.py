"""People at work: commands for the warnings there are, some on revisions long past, some twice."""

from __future__ import annotations

from collections import Counter
from functools import partial
from random import Random
from typing import TYPE_CHECKING, Final

from config import names
from models.messages.commands import (
    Accept,
    Acknowledge,
    AnyAction,
    Assign,
    Close,
    CloseCause,
    Command,
    Comment,
    Escalate,
    OutOfService,
    Role,
    Shelve,
    Unshelve,
)
from models.messages.envelope import encode
from models.messages.warnings import CityWarning
from tests.simulation.loop import empty_context
from tests.simulation.readable import readable

if TYPE_CHECKING:
    from tests.simulation.world import World

ACTIONS: Final[tuple[AnyAction, ...]] = (
    Acknowledge(),
    Acknowledge(),
    Accept(),
    Assign(to=Role.BUREAU),
    Comment(),
    Escalate(),
    Shelve(minutes=20),
    Unshelve(),
    OutOfService(minutes=30),
    Close(cause=CloseCause.RESOLVED),
)
_IN_VIEW: Final = 6  # revisions of warnings that an operator may still have in view


class Operators:
    """The operators of one world; in half of the worlds there are none.

    Attributes
    ----------
    done : Counter of str
        Commands sent, and repeats.
    """

    def __init__(self, world: World, rng: Random) -> None:
        self._world = world
        self._rng = rng
        self.done: Counter[str] = Counter()
        for _ in range(rng.choice((0, 0, 30, 90))):
            at_s = rng.uniform(0, world.hours * 3600)
            world.loop.call_at(at_s, partial(self._act), context=empty_context())

    def _act(self) -> None:
        """Ask for something, where there is a warning to ask it of."""
        values = self._world.broker.values(names.WARNINGS)
        told = list(readable(values[-_IN_VIEW:], names.WARNINGS, CityWarning))
        if not told:
            return
        seen = told[-1] if self._rng.random() < 0.7 else self._rng.choice(told)
        self.done["command"] += 1
        value = encode(self._command(seen))
        for _ in range(2 if self._rng.random() < 0.1 else 1):
            self._world.broker.append(names.COMMANDS, b"110101", value)

    def _command(self, seen: CityWarning) -> Command:
        return Command(
            id=f"op-{self.done['command']}",
            warning=seen.id,
            revision=seen.revision,
            actor=self._rng.choice(("li", "wang")),
            role=self._rng.choice((Role.OPERATOR, Role.OPERATOR, Role.COMMANDER, Role.VIEWER)),
            text="on site",
            sent_ms=self._world.wall_ms(),
            action=self._rng.choice(ACTIONS),
        )
