"""Whether a rule applies: on that day and hour, in that mode, at that place, beside those rules.

A rule that no longer applies ends what it has open with a reason of its own: that its hours are
over says nothing of whether all is well.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from config.catalog import Catalog, Rule
from config.events import PhaseKind, SpecialEvent
from config.hours import DAY_MIN, span_of
from config.levels import LEVEL_NAMES
from config.plans import Plan
from models.events.mode import Mode
from models.events.mode_history import ModeHistory
from models.grid.codes import DISTRICT_DIGITS
from models.messages.signals import Signal
from models.messages.warnings import Level, MatchedPlan, PlannedStep
from models.timing.calendar import FIRST_DAY, LAST_DAY, DayTable, day_table

Stands = Callable[[str, str], bool]  # rule, area → whether its warning stands there


@dataclass(frozen=True, slots=True)
class Applicability:
    """The calendar, events, modes and zone of a city, by which its rules apply.

    Attributes
    ----------
    zone : ZoneInfo
    days : DayTable
    events : sequence of SpecialEvent
        In a live phase of one the district is in the mode `event`, if nobody switched it higher.
    history : ModeHistory
        The switches of the mode by commanders.
    """

    zone: ZoneInfo
    days: DayTable
    events: Sequence[SpecialEvent] = field(default=())
    history: ModeHistory = field(default_factory=ModeHistory)

    def in_time(self, rule: Rule, at_ms: int) -> bool:
        """Tell whether a rule is in force and applies at an event time."""
        local = datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(self.zone)
        day, applies = local.date(), rule.applies
        if not rule.is_in_force(day) or (applies.months and day.month not in applies.months):
            return False
        if applies.modes and self.mode(at_ms).value not in applies.modes:
            return False
        span = span_of(applies.hours)
        assert span is not None  # checked by the field
        minute = local.hour * 60 + local.minute
        # Hours past midnight belong to the day on which they begin, as shifts do.
        return any(
            span[0] <= minute + before * DAY_MIN < sum(span)
            and self._is_on(applies.days, day - timedelta(days=before))
            for before in (0, 1)
        )

    def mode(self, at_ms: int) -> Mode:
        """Give the mode of the district at an event time: as switched, or as an event asks.

        Who switches back to normal ends an emergency, not an event that is still on.
        """
        switched = self.history.mode_at(at_ms)
        if switched is not Mode.NORMAL:
            return switched
        now = datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(self.zone).replace(tzinfo=None)
        is_live = any(
            phase.kind is PhaseKind.LIVE and phase.begins <= now < phase.ends
            for event in self.events
            for phase in event.phases
        )
        return Mode.EVENT if is_live else Mode.NORMAL

    def _is_on(self, days: str, day: date) -> bool:
        if days == "all" or not FIRST_DAY <= day < LAST_DAY:
            return days == "all"
        return self.days.is_working(day) is (days == "working")


@dataclass(frozen=True, slots=True)
class RuleScope:
    """What a rule is asked beside its own condition; without a city everything applies.

    Attributes
    ----------
    city : Applicability or None
    plans : mapping of str to Plan
    stands : callable
        Rule, area → whether its warning stands there.
    """

    city: Applicability | None = None
    plans: Mapping[str, Plan] = field(default_factory=dict)
    stands: Stands = lambda _rule, _area: False

    def in_time(self, rule: Rule, at_ms: int) -> bool:
        """Tell whether a rule is in force and applies at an event time."""
        return self.city is None or self.city.in_time(rule, at_ms)

    def plan_of(self, rule: Rule, level: Level, at_ms: int) -> MatchedPlan | None:
        """Give what the response plan of a rule says for a level, in the edition of the day."""
        plan = self.plans.get(rule.plan)
        if plan is None or self.city is None:
            return None
        edition = plan.edition(datetime.fromtimestamp(at_ms / 1000, self.city.zone).date())
        if edition is None:
            return None
        steps = edition.colours.get(LEVEL_NAMES[level - 1], ())
        return MatchedPlan(
            name=plan.name,
            title=plan.title,
            source=edition.source,
            has_colour=bool(steps),
            steps=[PlannedStep(**step.model_dump()) for step in steps],
        )


EVERYWHERE: Final = RuleScope()


NO_SWITCH: Final = ModeHistory()


def rule_scope(catalog: Catalog, stands: Stands, history: ModeHistory = NO_SWITCH) -> RuleScope:
    """Make it for a city, with the switches of its mode so far."""
    calendar = catalog.registry.calendar
    city = Applicability(
        ZoneInfo(catalog.city.timezone),
        day_table(calendar.holidays, calendar.overrides),
        tuple(catalog.events.values()),
        history,
    )
    return RuleScope(city, catalog.plans, stands)


def covers(rule: Rule, signal: Signal) -> bool:
    """Tell whether a rule watches the place of a signal."""
    areas = rule.applies.areas
    return not areas or any(signal.area.code.startswith(area) for area in areas)


def is_joined(rule: Rule, area: str, stands: Stands) -> bool:
    """Tell whether the other rules that a rule names stand as it asks, at a street or district."""
    asked = rule.standing
    if asked is None:
        return True

    def is_up(name: str) -> bool:
        return stands(name, area) or stands(name, area[:DISTRICT_DIGITS])

    return (
        all(map(is_up, asked.every))
        and (not asked.any or any(map(is_up, asked.any)))
        and not any(map(is_up, asked.none))
    )
