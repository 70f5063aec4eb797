"""After a run: signals and warnings equal those of a backtest of the same readings.

A backtest takes each reading once, in the order of event time, and has neither faults nor a wall
clock. A pane is judged once: where one was corrected after it had closed, the two may differ from
there on, so only what came before is compared. Rules that go by the wall clock or by cases are left
out.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, TypeVar

import msgspec

from config import names
from models.feeds.raw import RawMessage
from models.messages.panes import ReadingPane
from models.messages.signals import Signal, SignalBatch
from models.messages.warnings import CityWarning, Suppression
from ops.backtest.backtest import Backtest
from tests.simulation.check_readings import counted_readings, is_doubtful
from tests.simulation.conditions import Changes, by_signals
from tests.simulation.readable import readable
from tests.simulation.recount import Reading
from tests.simulation.world import World

RULES: Final = ("dust", "limit", "quiet")  # that go by event time
_COMPARED: Final = tuple(f"{rule}." for rule in RULES)
_LAST_MS: Final = 2**62

Key = TypeVar("Key", bound=tuple[str, int])
Batches = dict[tuple[str, int], SignalBatch]  # by rule and end of what was judged


def check_backtest(world: World) -> Iterator[str]:
    """Give what is wrong, one sentence each."""
    if is_doubtful(world):
        return
    city, sent = world.pace.city, list[bytes]()

    def observe(topic: str, _: bytes, value: bytes) -> None:
        if topic == names.SIGNALS:
            sent.append(value)

    backtest = Backtest(city.catalog, city.settings, "dust", observe)
    backtest.run(messages(counted_readings(world)))
    until_ms = first_correction_ms(world)
    expected = _until(batches(sent), until_ms)
    world.compared = len(expected)
    found = _until(batches(world.broker.values(names.SIGNALS)), until_ms)
    yield from _differ("judgement", expected, found)
    if until_ms == _LAST_MS and not world.is_order_lost:
        every = [change for life in backtest.warnings.values() for change in life]
        told = changes(readable(world.broker.values(names.WARNINGS), names.WARNINGS, CityWarning))
        others = _inhibited(told)
        yield from _differ("warning", _without(others, changes(every)), _without(others, told))


def messages(readings: Sequence[Reading]) -> list[RawMessage]:
    """Write each reading as a message of its own, in the order of event time."""
    return sorted(
        RawMessage(
            ts_ms=reading.ts_ms,
            key=reading.sensor,
            value=json.dumps(
                {
                    "sensor": reading.sensor,
                    "metric": reading.metric,
                    "value": reading.tenths / 10,
                    "ts": reading.ts_ms,
                }
            ).encode(),
        )
        for reading in readings
    )


def first_correction_ms(world: World) -> int:
    """Find the earliest pane that was corrected; a time far ahead where none was."""
    corrected = (
        pane.header.start_ms
        for pane in readable(world.broker.values(names.PANES), names.PANES, ReadingPane)
        if pane.header.revision
    )
    return min(corrected, default=_LAST_MS)


def batches(values: Iterable[bytes]) -> Batches:
    """Read the signals of the rules compared, apart from when readings came in."""
    found: Batches = {}
    for batch in readable(values, names.SIGNALS, SignalBatch):
        if batch.feed == "dust" and batch.rule in ("", *RULES):
            signals = [_timeless(signal) for signal in batch.signals]
            timeless = msgspec.structs.replace(batch, signals=signals)
            found[batch.rule, batch.tick_ms] = timeless
    return found


def changes(every: Iterable[CityWarning]) -> Changes:
    """Sort the changes of the rules compared, apart from when readings came in."""
    return by_signals(
        {
            (change.id, change.revision): msgspec.structs.replace(
                change, ingested_ms=0, evidence=[_timeless(one) for one in change.evidence]
            )
            for change in every
            if change.rule in RULES
        }
    )


def _inhibited(told: Changes) -> set[str]:
    """Name the warnings that a rule inhibited which is left out here: it goes by the wall clock."""
    return {
        change.id
        for change in told.values()
        if change.suppressed is Suppression.INHIBITED
        and not change.inhibited_by.startswith(_COMPARED)
    }


def _without(left_out: set[str], found: Changes) -> Changes:
    return {key: change for key, change in found.items() if key[0] not in left_out}


def _until(found: Batches, until_ms: int) -> Batches:
    return {key: batch for key, batch in found.items() if batch.tick_ms <= until_ms}


def _timeless(signal: Signal) -> Signal:
    return msgspec.structs.replace(signal, ingested_ms=0)


def _differ(
    what: str, expected: Mapping[Key, object], found: Mapping[Key, object]
) -> Iterator[str]:
    for key in sorted(expected.keys() | found.keys()):
        if expected.get(key) != found.get(key):
            yield f"{what} {key} is {found.get(key)}, and {expected.get(key)} in a backtest"
