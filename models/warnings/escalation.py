"""Escalation: with whom of the duty roster a warning waits to be acknowledged, and how long.

A warning that stands and that nobody has acknowledged waits with the level of duty it has come to
(值班员 → 带班领导 → 指挥长). After the time that the roster gives its level of warning it goes one
level higher; from the commander it begins anew with the operator, and after the last round it
stays with the commander. Posts are named, people are not.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from config.catalog import Catalog
from config.hours import DAY_MIN
from config.levels import LEVEL_NAMES
from config.roster import DUTY_LEVELS, DutyShift, Post, Roster
from models.messages.warnings import CityWarning, Level, LifeState, Reason, Wait, WarningChange
from models.timing.calendar import FIRST_DAY, LAST_DAY, DayTable, day_table
from models.timing.units import MINUTE_MS

TOP: Final = len(DUTY_LEVELS) - 1
# What makes a warning wait anew though it waited already.
_ANEW: Final = frozenset(
    {WarningChange.RAISED, WarningChange.LEVEL_UP, WarningChange.ESCALATED, WarningChange.REOPENED}
)


@dataclass(frozen=True, kw_only=True, slots=True)
class OnDuty:
    """Who has duty at a time.

    Attributes
    ----------
    post : str
        Name of the post in the roster, which may stand in for another.
    shift : DutyShift
    """

    post: str
    shift: DutyShift


@dataclass(frozen=True, slots=True)
class DutyRoster:
    """The roster of a city, with its time zone and the days it works on."""

    roster: Roster
    zone: ZoneInfo
    days: DayTable

    def on_duty(self, tier: int, at_ms: int) -> OnDuty | None:
        """Give who has duty of a level at a time (wall clock); None before the roster begins.

        Of several the first in the file. Hours are read off a clock on the wall: a night on which
        clocks are set back is an hour longer.
        """
        local = datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(self.zone)
        minute, today = local.hour * 60 + local.minute, local.date()
        for name, post in self.roster.posts.items():
            if post.level != DUTY_LEVELS[min(tier, TOP)]:
                continue
            for before in (0, 1):  # the night of yesterday may not be over
                began = today - timedelta(days=before)
                shift = self._shift(post, began, minute + before * DAY_MIN)
                if shift is not None:
                    absence = post.absence(began)
                    return OnDuty(post=absence.stand_in if absence else name, shift=shift)
        return None

    def wait(self, tier: int, round_: int, level: Level, now_ms: int) -> Wait:
        """Let a warning of a level wait with a level of duty from a time on."""
        duty = self.on_duty(tier, now_ms)
        own = duty.shift.acknowledge_minutes if duty else {}
        name = LEVEL_NAMES[level - 1]
        minutes = own.get(name, self.roster.acknowledge_minutes[name])
        is_last = tier >= TOP and round_ >= self.roster.rounds - 1
        return Wait(
            duty=duty.post if duty else "",
            since_ms=now_ms,
            until_ms=0 if is_last else now_ms + minutes * MINUTE_MS,
        )

    def _shift(self, post: Post, began: date, minute: int) -> DutyShift | None:
        """Give the shift that a post began on a day and that covers a minute counted from it."""
        if not (post.holds(began) and FIRST_DAY <= began < LAST_DAY):
            return None
        kind = "working" if self.days.is_working(began) else "off"
        for shift in (self.roster.shifts[name] for name in post.shifts):
            begin, lasts = shift.span
            if shift.days in ("all", kind) and begin <= minute < begin + lasts:
                return shift
        return None


def duty_roster(catalog: Catalog) -> DutyRoster | None:
    """Give the duty roster of a city; None where it has none."""
    if catalog.roster is None:
        return None
    calendar = catalog.registry.calendar
    days = day_table(calendar.holidays, calendar.overrides)
    return DutyRoster(catalog.roster, ZoneInfo(catalog.city.timezone), days)


def waiting(warning: CityWarning, roster: DutyRoster | None, now_ms: int) -> Wait | None:
    """Say with whom a warning waits after a change, and until when.

    Parameters
    ----------
    warning : CityWarning
        With its change and state; its life still says how it waited before.
    roster : DutyRoster or None
    now_ms : int
        Wall clock; 0 where it is not known: then nothing begins to wait.
    """
    life = warning.life
    if warning.state is not LifeState.UNACKNOWLEDGED:
        return None
    if roster is None or not now_ms or (life.waits and warning.change not in _ANEW):
        return life.waits
    wait = roster.wait(life.tier, life.round, warning.level, now_ms)
    if warning.change is not WarningChange.LEVEL_UP or not (life.waits and life.waits.until_ms):
        return wait
    # It rose while it waited: never longer than it would have waited without.
    until_ms = min(life.waits.until_ms, wait.until_ms or life.waits.until_ms)
    return msgspec.structs.replace(wait, since_ms=life.waits.since_ms, until_ms=until_ms)


def escalated(warning: CityWarning) -> CityWarning:
    """Hand a warning that nobody acknowledged in time to the next level of duty."""
    life = warning.life
    is_round_over = life.tier >= TOP
    after = msgspec.structs.replace(
        life,
        tier=0 if is_round_over else life.tier + 1,
        round=life.round + is_round_over,
        acknowledged=None,
    )
    return msgspec.structs.replace(
        warning, change=WarningChange.ESCALATED, reason=Reason.UNANSWERED, life=after
    )
