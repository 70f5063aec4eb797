"""Where and when rules apply, beside which others, and what their response plans say."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from config.events import SpecialEvent
from config.loader import load
from config.plans import Plan
from config.rule_scope import Applies, While
from config.rules import Rule
from config.settings import Settings
from models.events.mode import Mode
from models.events.mode_history import ModeHistory
from models.messages.warnings import CityWarning, Level, Reason, WarningChange
from models.rules.applicability import EVERYWHERE, RuleScope, covers, rule_scope
from models.timing.calendar import day_table
from models.warnings.rule_state import RuleState, advance
from tests.models.warnings.warning_things import (
    CELL,
    CONTEXT,
    ELSEWHERE,
    PANE_MS,
    RULE,
    START_MS,
    STREET,
    batch,
    reading,
)

ZONE = ZoneInfo("Asia/Shanghai")
CITY = rule_scope(load(Settings()), lambda _rule, _area: False)


def at(text: str) -> int:
    return round(datetime.fromisoformat(text).replace(tzinfo=ZONE).timestamp() * 1000)


def rule(**changed: Any) -> Rule:
    return RULE.model_copy(update=changed)


@pytest.mark.parametrize(
    ("applies", "text", "is_on"),
    [
        ({"hours": "08:30-18:00"}, "2024-03-05 08:30", True),
        ({"hours": "08:30-18:00"}, "2024-03-05 18:00", False),
        ({"hours": "22:00-06:00"}, "2024-03-05 05:59", True),
        ({"hours": "22:00-06:00"}, "2024-03-05 06:00", False),
        ({"days": "working"}, "2024-10-12 12:00", True),  # a Saturday worked in exchange, 调休
        ({"days": "working"}, "2024-10-01 12:00", False),  # National Day
        ({"days": "off", "hours": "22:00-06:00"}, "2024-10-13 23:00", True),  # a Sunday
        ({"days": "off", "hours": "22:00-06:00"}, "2024-10-14 05:00", True),  # its night
        ({"days": "off", "hours": "22:00-06:00"}, "2024-10-12 05:00", False),  # a Friday's night
        ({"months": (11, 12, 1, 2, 3)}, "2024-03-31 23:59", True),
        ({"months": (11, 12, 1, 2, 3)}, "2024-04-01 00:00", False),
        ({"modes": ("event",)}, "2024-03-05 12:00", False),
        ({"modes": ("normal",)}, "2024-03-05 12:00", True),
    ],
)
def test_hours_days_months_and_modes_say_when(
    applies: dict[str, Any], text: str, is_on: bool
) -> None:
    assert CITY.in_time(rule(applies=Applies(**applies)), at(text)) is is_on


def test_in_the_live_phase_of_an_event_rules_of_events_apply() -> None:
    events: list[SpecialEvent] = list(load(Settings()).events.values())
    live = [phase for event in events for phase in event.phases if phase.kind.value == "live"]
    assert live
    now_ms = round(live[0].begins.replace(tzinfo=ZONE).timestamp() * 1000)
    special = rule(applies=Applies(modes=("event",)))
    assert CITY.in_time(special, now_ms)
    assert not CITY.in_time(special, now_ms - 1)


def test_a_switch_counts_from_its_time_and_normal_leaves_the_event_on() -> None:
    city = load(Settings())
    live = [p for e in city.events.values() for p in e.phases if p.kind.value == "live"]
    inside_ms = round(live[0].begins.replace(tzinfo=ZONE).timestamp() * 1000)
    history = ModeHistory().with_switch(1, at("2024-03-05 12:00"), Mode.EMERGENCY)
    history = history.with_switch(2, at("2024-03-05 18:00"), Mode.NORMAL)
    scope = rule_scope(city, lambda _rule, _area: False, history)
    urgent, event = (rule(applies=Applies(modes=(mode,))) for mode in ("emergency", "event"))
    times = ("2024-03-05 11:59", "2024-03-05 12:00", "2024-03-05 17:59", "2024-03-05 18:00")
    assert [scope.in_time(urgent, at(text)) for text in times] == [False, True, True, False]
    assert not any(CITY.in_time(urgent, at(text)) for text in times)
    began = ModeHistory().with_switch(1, inside_ms, Mode.EMERGENCY)
    over = began.with_switch(2, inside_ms + 1, Mode.NORMAL)
    during = rule_scope(city, scope.stands, began)
    assert (during.in_time(urgent, inside_ms), during.in_time(event, inside_ms)) == (True, False)
    back = rule_scope(city, scope.stands, over)
    after_ms = inside_ms + 1
    assert (back.in_time(urgent, after_ms), back.in_time(event, after_ms)) == (False, True)


def test_a_rule_of_2013_applies_to_2013() -> None:
    old = rule(valid_from=date(2013, 1, 1), valid_to=date(2014, 1, 1))
    texts = ("2012-12-31 23:59", "2013-01-01 00:00", "2013-12-31 23:59", "2014-01-01 00:00")
    assert [CITY.in_time(old, at(text)) for text in texts] == [False, True, True, False]


def test_a_rule_watches_its_places_alone() -> None:
    mine, other = reading(0, 90), reading(0, 90, cell=ELSEWHERE)
    for areas in ((), (STREET,), (CELL,)):
        assert covers(rule(applies=Applies(areas=areas)), mine)
    assert not covers(rule(applies=Applies(areas=(STREET,))), other)


def raised_by(asked: Rule, scope: RuleScope, panes: int = 2) -> list[CityWarning]:
    state, told = RuleState(), list[CityWarning]()
    newest: dict[str, CityWarning] = {}
    for number in range(panes):
        state, changes = advance(
            state, asked, batch(number, reading(number, 90)), lambda _: CONTEXT, newest, scope
        )
        newest |= {each.area: each for each in changes}
        told += changes
    return told


@pytest.mark.parametrize(
    ("asked", "up", "warns"),
    [
        (While(every=("a", "b")), {"a", "b"}, True),
        (While(every=("a", "b")), {"a"}, False),
        (While(any=("a", "b")), {"b"}, True),
        (While(any=("a", "b")), set(), False),
        (While(none=("a",)), {"b"}, True),
        (While(none=("a",)), {"a"}, False),
        (While(every=("a",), any=("b", "c"), none=("d",)), {"a", "c"}, True),
        (While(every=("a",), any=("b", "c"), none=("d",)), {"a", "c", "d"}, False),
    ],
)
@pytest.mark.parametrize("area", [STREET, STREET[:6]])
def test_conditions_are_joined_by_and_or_and_not(
    asked: While, up: set[str], warns: bool, area: str
) -> None:
    scope = RuleScope(stands=lambda name, place: name in up and place == area)
    found = raised_by(rule(standing=asked), scope)
    assert [each.change for each in found] == ([WarningChange.RAISED] if warns else [])


def test_a_rule_whose_hours_are_over_ends_its_warning_and_says_that_nothing_is_known() -> None:
    end = datetime.fromtimestamp((START_MS + 3 * PANE_MS) / 1000, ZONE)
    asked = rule(applies=Applies(hours=f"00:00-{end:%H:%M}"))
    told = raised_by(asked, CITY, panes=4)
    assert [each.change for each in told] == [WarningChange.RAISED, WarningChange.CLEARED]
    assert told[1].reason is Reason.OUT_OF_FORCE
    assert "not known" in told[1].explanation["en"]
    assert "未知" in told[1].explanation["zh"]


def test_without_a_city_everything_applies() -> None:
    assert EVERYWHERE.in_time(RULE, 0)
    assert EVERYWHERE.plan_of(rule(plan="x"), Level.RED, 0) is None


def test_a_plan_has_the_colours_of_its_edition() -> None:
    asked = rule(plan="heavy-pollution")
    found = {
        (year, level): CITY.plan_of(asked, level, at(f"{year}-12-01"))
        for year in (2014, 2024)
        for level in Level
    }
    assert {key for key, plan in found.items() if plan and plan.has_colour} == {
        *((2014, level) for level in Level),
        *((2024, level) for level in (Level.YELLOW, Level.ORANGE, Level.RED)),
    }
    blue = found[2024, Level.BLUE]
    assert blue is not None
    assert blue.steps == []
    assert CITY.plan_of(asked, Level.RED, at("2012-01-01")) is None


def test_a_warning_carries_its_plan_cause_and_consequence_until_its_end() -> None:
    scope = RuleScope(CITY.city, CITY.plans)
    asked = rule(plan="dust-site", priority="high")
    (warning,) = raised_by(asked, scope)
    assert warning.plan is not None
    assert warning.plan.name == "dust-site"
    assert [step.within_min for step in warning.plan.steps] == [30]  # orange
    assert (warning.priority, warning.cause, warning.consequence) == (
        "high",
        asked.cause,
        asked.consequence,
    )


def test_editions_in_force_at_once_are_refused() -> None:
    step = {"do": T, "by": T, "contact": T, "within_min": 5}
    editions = [
        {"source": T, "valid_from": "2013-01-01", "colours": {"red": [step]}},
        {"source": T, "valid_from": "2014-01-01", "colours": {"red": [step]}},
    ]
    with pytest.raises(ValueError, match="in force on 2014-01-01"):
        Plan.model_validate({"name": "p", "title": T, "owner": T, "editions": editions})
    editions[1]["colours"] = {}
    with pytest.raises(ValueError, match="at least one colour"):
        Plan.model_validate({"name": "p", "title": T, "owner": T, "editions": editions[1:]})


T = {"zh": "字", "en": "word"}


def test_days_that_no_calendar_holds_are_none_of_working_or_off() -> None:
    assert CITY.city is not None
    assert not CITY.in_time(rule(applies=Applies(days="working")), -(2**40))
    assert day_table("none").official.all()
