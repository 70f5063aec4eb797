"""Warnings, commands and their steps, as the tests of a life need them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from config.roster import DUTY_LEVELS, DutyShift, Post, Roster
from models.messages.commands import AnyAction, Command, Role
from models.messages.warnings import CityWarning, Level, Suppression, WarningChange
from models.timing.calendar import day_table
from models.warnings.escalation import DutyRoster
from models.warnings.life.record import Change, WarningRecord
from models.warnings.life.step import Ask, RuleCondition, Stepped, Timer, step

ROSTER = Roster(
    source="invented",
    acknowledge_minutes={"blue": 60, "yellow": 30, "orange": 15, "red": 5},
    rounds=2,
    shifts={"always": DutyShift(hours="00:00-24:00")},
    posts={
        name: Post(
            level=name,
            title={"zh": "岗", "en": name},
            shifts=("always",),
            valid_from=date(2000, 1, 1),
        )
        for name in DUTY_LEVELS
    },
)
DUTY = DutyRoster(ROSTER, ZoneInfo("Asia/Shanghai"), day_table("none"))
STREET = "110101001"
X, Y = f"dust.{STREET}.20140408T234500Z", f"dust.{STREET}.20140409T120000Z"
NOW_MS = 1_718_000_000_000


def warning(
    change: WarningChange = WarningChange.RAISED,
    level: Level = Level.YELLOW,
    *,
    name: str = X,
    suppressed: Suppression = Suppression.NONE,
    latches: bool = False,
    **more: Any,
) -> CityWarning:
    """What the rule's signals did, as the throttle gives it."""
    return CityWarning(
        id=name,
        revision=0,
        rule="dust",
        change=change,
        level=level,
        feed="dust",
        metric="pm10",
        area=STREET,
        cells=[],
        raised_ms=1,
        updated_ms=2,
        cleared_ms=3 if change is WarningChange.CLEARED else 0,
        suppressed=suppressed,
        latches=latches,
        **more,
    )


def command(
    action: AnyAction,
    revision: int,
    *,
    name: str = X,
    role: Role = Role.OPERATOR,
    text: str = "seen on site",
    number: int = 0,
) -> Command:
    return Command(
        id=f"c{number}",
        warning=name,
        revision=revision,
        actor="li",
        role=role,
        text=text,
        sent_ms=NOW_MS,
        action=action,
    )


def asked(record: WarningRecord, action: AnyAction, **more: Any) -> Stepped:
    """Ask for something with the newest revision in view."""
    revision = more.pop("revision", record.warning.revision)
    now_ms = more.pop("now_ms", NOW_MS)
    return step(record, Ask(command(action, revision, **more), now_ms))


def after(
    *events: CityWarning | AnyAction | Timer, record: WarningRecord | None = None
) -> WarningRecord:
    """Give the state after events, none of which may be refused."""
    for event in events:
        if isinstance(event, CityWarning):
            stepped = step(record, RuleCondition(event))
        elif isinstance(event, Timer):
            stepped = step(record, event)
        else:
            assert record is not None
            stepped = asked(record, event, role=Role.COMMANDER)
        assert stepped.refused is None, stepped.refused
        record = stepped.record
    assert record is not None
    return record


def told(changes: Sequence[Change]) -> list[tuple[str, int, str]]:
    """Id, revision and change of each."""
    return [(c.warning.id, c.warning.revision, c.warning.change.value) for c in changes]


def saved(record: WarningRecord) -> WarningRecord:
    """Give a record as a checkpoint gives it back."""
    return msgspec.msgpack.decode(msgspec.msgpack.encode(record), type=WarningRecord)
