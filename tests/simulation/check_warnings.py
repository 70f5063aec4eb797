"""After a run: warnings follow from signals, all were delivered, the snapshot is fresh."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

from faust.types import TP

from config import names
from models.messages.envelope import decode
from models.messages.line_health import AgentPlace, LineHealth, PartHealth
from models.messages.receipts import Receipt
from models.messages.warnings import CityWarning
from models.situation.snapshot import Snapshot
from models.warnings.events import event_id
from models.warnings.life.states import is_shown, is_told
from streams.host.fields import STATE, unseal
from streams.host.processor import Record, Send
from streams.host.refused import apply_record
from tests.simulation.check_commands import check_commands
from tests.simulation.check_readings import is_doubtful, late_at_ingest
from tests.simulation.conditions import Changes, by_signals
from tests.simulation.readable import readable
from tests.simulation.recount import recount_readings
from tests.simulation.world import World

OLD_MS: Final = 60_000  # models.warnings.outbox


def check_warnings(world: World) -> Iterator[str]:
    """Give what is wrong, one sentence each."""
    if world.is_order_lost:
        return
    problems: list[str] = []
    changes = changes_of(world, problems)
    yield from problems
    yield from _differences(by_signals(_recomputed(world)), by_signals(changes))
    yield from check_commands(world, changes)
    dropped = _dropped(world, changes)
    yield from _undelivered(world, {k: v for k, v in changes.items() if k not in dropped})
    yield from _snapshot(world, changes, dropped)


def changes_of(world: World, problems: list[str]) -> Changes:
    """Read the topic `warnings`; a repeat that says something else is a problem."""
    found: Changes = {}
    for change in readable(world.broker.values(names.WARNINGS), names.WARNINGS, CityWarning):
        key = change.id, change.revision
        if found.setdefault(key, change) != change:
            problems.append(f"revision {key} of a warning has two contents")
    return found


def _recomputed(world: World) -> Changes:
    """Take the topic `signals` through a fresh agent, from its first record to its last."""
    [spec] = [spec for spec in world.pace.city.agents if spec.name == "warn"]
    agent, found = spec.make(0), Changes()
    for offset, value in enumerate(world.broker.values(names.SIGNALS)):
        for effect in apply_record("warn", agent, Record(names.SIGNALS, 0, offset, value)):
            if isinstance(effect, Send) and effect.topic == names.WARNINGS:
                change = decode(CityWarning, effect.value)
                found[change.id, change.revision] = change
    return found


def _differences(expected: Changes, found: Changes) -> Iterator[str]:
    for key in sorted(expected.keys() | found.keys()):
        if key not in found:
            yield f"change {key} of a warning follows from the signals and was never sent"
        elif key not in expected:
            yield f"change {key} of a warning follows from nothing"
        elif expected[key] != found[key]:
            yield f"change {key} of a warning is not what follows from the signals"


def _dropped(world: World, changes: Changes) -> set[tuple[str, int]]:
    """Changes nobody hears of any more: their warning ended before the outbox was first saved."""
    fields = world.redis.hashes[names.checkpoint_key("deliver", 0).encode()]
    since_ms = int(unseal(STATE + b"since", fields[STATE + b"since"]))
    first_ms: dict[tuple[str, int], int] = {}
    for record in world.broker.logs[TP(names.WARNINGS, 0)]:
        for change in readable([record.value], names.WARNINGS, CityWarning):
            first_ms.setdefault((change.id, change.revision), record.at_ms)
    delivered = _delivered(world)
    over = {change.id: change.revision for change in changes.values() if change.cleared_ms}
    return {
        (name, revision)
        for (name, revision), change in changes.items()
        if is_told(change)
        and revision < over.get(name, 0)
        and first_ms[name, revision] < since_ms - OLD_MS
        and (name, revision) not in delivered
    }


def _delivered(world: World) -> set[tuple[str, int]]:
    return {
        (receipt.warning, receipt.revision)
        for receipt in readable(world.broker.values(names.RECEIPTS), names.RECEIPTS, Receipt)
        if receipt.delivered
    }


def _undelivered(world: World, changes: Changes) -> Iterator[str]:
    """Each change reached its receiver, with the same body each time, and has its receipt."""
    delivered = _delivered(world)
    for key, change in changes.items():
        bodies = world.receiver.accepted.get(event_id(change), [])
        if not is_told(change):
            if bodies:
                yield f"change {key} is kept back and was delivered"
        elif not bodies:
            yield f"change {key} never reached its receiver"
        elif key not in delivered:
            yield f"change {key} was delivered and has no receipt"
        elif len(set(bodies)) > 1:
            yield f"change {key} was delivered with {len(set(bodies))} bodies"
        elif json.loads(bodies[0])["data"]["id"] != change.id:
            yield f"change {key} was delivered under another id"


def _snapshot(world: World, changes: Changes, dropped: set[tuple[str, int]]) -> Iterator[str]:
    """The newest snapshot is of now, and its figures are those of the topics."""
    data = world.redis.strings.get(names.SNAPSHOT.encode())
    if data is None:
        yield "there is no snapshot"
        return
    snapshot = Snapshot.from_bytes(data)
    age_ms = world.wall_ms() - snapshot.written_ms
    if not 0 <= age_ms <= 2 * world.pace.pulse_ms:
        yield f"the snapshot is {age_ms / 1000:.0f} s old"
    yield from _line(world)
    for figure, expected in _figures(world, changes, len(dropped)).items():
        if snapshot.figures[figure] != expected:
            yield f"{figure} of the snapshot is {snapshot.figures[figure]:g}, not {expected}"


def _line(world: World) -> Iterator[str]:
    """Some worker reported on each part of the line, the last time that nothing waits there."""
    newest: dict[tuple[str, int], PartHealth] = {}
    agents: dict[str, AgentPlace] = {}
    for report in readable(world.broker.values(names.LINE), names.LINE, LineHealth):
        agents = report.agents
        newest |= {(part.agent, part.partition): part for part in report.parts}
    wanted = {(name, n) for name, place in agents.items() for n in range(place.partitions)}
    if not wanted or wanted - set(newest):
        yield f"no worker reported on {sorted(wanted - set(newest))} of {len(wanted)} parts"
    for (agent, number), part in sorted(newest.items()):
        # What is said again and again may have been said anew.
        if waiting := set(part.waiting) - {names.LINE, names.HEALTH, names.SUMMARIES}:
            yield f"{sorted(waiting)} waits for {agent} {number} although all is quiet"


def _figures(world: World, changes: Changes, dropped: int) -> dict[str, Any]:
    readings = recount_readings(world.broker).readings
    newest = {name: change for (name, _), change in sorted(changes.items())}.values()
    figures = {
        "readings_in": len({(one.event or one.place, one.metric) for one in readings})
        - late_at_ingest(world),
        "warnings_opened": len({name for name, _ in changes}),
        "deliveries": sum(map(is_told, changes.values())) - dropped,
        "undelivered": 0,
        "lag_raw_records": 0,
        "warnings_open": sum(map(is_shown, newest)),
    }
    if is_doubtful(world):
        del figures["readings_in"]
    return figures
