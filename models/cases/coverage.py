"""What a table of cases records, and what it lacks as a whole: reported once, not for each case."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from models.cases.plausibility import EARLIEST_MS, LONGEST_MS, implausible
from models.cases.quality import QualityFlag
from models.cases.state import LOOP, Practice, Stage
from models.cases.timeline import Step, in_order
from models.messages.case_events import EventType

LOOP_STEPS: Final = tuple(EventType(stage.value) for stage in LOOP if stage is not Stage.UNKNOWN)


@dataclass(frozen=True, kw_only=True)
class Note:
    """One thing that a whole table lacks.

    Attributes
    ----------
    code : str
    cases : int
        Cases that it concerns.
    text : str
        One sentence.
    """

    code: str
    cases: int
    text: str


def recorded_in(histories: Iterable[Sequence[Step]]) -> Practice:
    """Give the steps that any case of a table has, and whether any step names who took it."""
    steps: set[EventType] = set()
    has_actors = False
    for history in histories:
        for step in history:
            steps.add(step.type)
            has_actors |= bool(step.actor)
    return Practice(steps=frozenset(steps), actors=has_actors)


def notes_on(city: Practice, table: Practice, cases: int) -> list[Note]:
    """Say what a table lacks of what its city records.

    Parameters
    ----------
    city, table : Practice
        What the city records, and what stands in the table.
    cases : int
        Cases of the table.
    """
    notes = []
    if city.actors and not table.actors:
        text = "no step of the table names who took it"
        notes.append(Note(code=QualityFlag.MISSING_ACTOR.value, cases=cases, text=text))
    if EventType.FILED not in table.steps:
        text = "the table records no filing: a report counts as one"
        notes.append(Note(code="filing-not-recorded", cases=cases, text=text))
    lacking = [s.value for s in LOOP_STEPS if s in city.steps and s not in table.steps]
    lacking = [step for step in lacking if step != EventType.FILED.value]
    if lacking:
        text = f"no case of the table has a step {', '.join(lacking)}: none is missed"
        notes.append(Note(code=QualityFlag.STEP_SKIPPED.value, cases=cases, text=text))
    return notes


def span_of_steps(histories: Mapping[str, Sequence[Step]], latest_ms: int) -> tuple[int, int]:
    """First and last event of a table, epoch milliseconds, but for impossible dates.

    Parameters
    ----------
    histories : mapping of str to sequence of Step
        Not empty.
    latest_ms : int
        As in `models.cases.plausibility.implausible`.

    Raises
    ------
    ValueError
        No event has a possible date.
    """
    times = [step.ts_ms for steps in histories.values() for step in steps]
    first_ms, last_ms = min(times), max(times)
    if first_ms >= EARLIEST_MS and last_ms <= min(latest_ms, first_ms + LONGEST_MS):
        return first_ms, last_ms
    possible = [
        ts_ms for steps in histories.values() for ts_ms in _possible_times(steps, latest_ms)
    ]
    if not possible:
        msg = "no event has a date that can be true"
        raise ValueError(msg)
    return min(possible), max(possible)


def _possible_times(steps: Sequence[Step], latest_ms: int) -> Iterable[int]:
    ordered = in_order(steps)
    impossible = implausible(ordered, latest_ms)
    return (step.ts_ms for place, step in enumerate(ordered) if place not in impossible)
