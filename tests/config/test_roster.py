"""The duty roster: every hour has somebody, and what is wrong is told with its hour and line."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.errors import ConfigError
from config.hours import DAY_MIN, span_of
from config.loader import load
from config.roster import DUTY_LEVELS, DutyShift, Post, Roster
from config.roster_checks import first_hole
from config.settings import Settings
from tests.config.town import write_town

GOOD = """\
        source: invented
        acknowledge_minutes: {blue: 60, yellow: 30, orange: 15, red: 5}
        shifts:
          workday: {days: working, hours: "08:30-18:00"}
          weekend: {days: "off", hours: "08:30-18:00"}
          night: {hours: "18:00-08:30"}
        posts:
          desk:
            level: operator
            title: {zh: 台, en: Desk}
            shifts: [workday, weekend, night]
            valid_from: 2010-07-01
          lead:
            level: leader
            title: {zh: 班, en: Lead}
            shifts: [workday, weekend, night]
            valid_from: 2010-07-01
          head:
            level: commander
            title: {zh: 长, en: Head}
            shifts: [workday, weekend, night]
            valid_from: 2010-07-01
"""
AWAY = "            absences: [{first: 2024-05-01, until: 2024-05-04, stand_in: %s}]\n"


def read(folder: Path, roster: str) -> Roster:
    found = load(write_town(folder, roster=roster)).roster
    assert found is not None
    return found


def test_the_shipped_roster_has_somebody_at_every_hour_and_names_no_person() -> None:
    roster = load(Settings()).roster
    assert roster is not None
    assert {post.level for post in roster.posts.values()} == set(DUTY_LEVELS)
    assert all(first_hole(roster, level) is None for level in DUTY_LEVELS)


def test_a_city_may_have_no_roster(tmp_path: Path) -> None:
    assert load(write_town(tmp_path)).roster is None


@pytest.mark.parametrize(
    ("old", "new", "wrong"),
    [
        (
            'night: {hours: "18:00-08:30"}',
            'night: {hours: "19:00-08:30"}',
            "nobody of level operator is on duty at 18:00 of 2010-07-",
        ),
        (
            'night: {hours: "18:00-08:30"}',
            'night: {days: working, hours: "18:00-08:30"}',
            "(a day off)",
        ),
        ("[workday, weekend, night]", "[workday, night]", "at 08:30 of 2010-07-03 (a day off)"),
        ("level: commander", "level: leader", "nobody of level commander"),
        (
            "valid_from: 2010-07-01",
            "valid_from: 2010-07-01\n            valid_to: 2024-01-01",
            "nobody of level operator is on duty at 08:30 of 2024-01-01",
        ),
        ("[workday, weekend, night]", "[workday, evening]", "found 'evening'"),
        ('"18:00-08:30"', '"18-8"', "expected hours such as"),
        ("red: 5", "red: 50", "a higher level to wait no longer"),
        (", red: 5", "", "minutes for each of"),
        ("valid_from: 2010-07-01\n", "valid_from: 2010-07-01\n" + AWAY % "desk", "another post"),
        ("valid_from: 2010-07-01\n", "valid_from: 2010-07-01\n" + AWAY % "nobody", "another post"),
        (
            "valid_from: 2010-07-01\n",
            "valid_from: 2010-07-01\n            valid_to: 2010-07-01\n",
            "expected a date after valid_from",
        ),
    ],
)
def test_a_roster_that_cannot_be_is_refused(tmp_path: Path, old: str, new: str, wrong: str) -> None:
    assert old in GOOD
    with pytest.raises(ConfigError) as error:
        read(tmp_path, GOOD.replace(old, new, 1))
    assert wrong in str(error.value)
    assert "roster.yaml:" in str(error.value)


def test_whoever_stands_in_has_to_be_there(tmp_path: Path) -> None:
    away = GOOD.replace(
        "valid_from: 2010-07-01\n          lead",
        f"valid_from: 2010-07-01\n{AWAY % 'lead'}          lead",
    )
    assert read(tmp_path / "one", away).posts["desk"].absence(date(2024, 5, 3)) is not None
    assert read(tmp_path / "two", away).posts["desk"].absence(date(2024, 5, 4)) is None
    both = away.replace(
        "valid_from: 2010-07-01\n          head",
        f"valid_from: 2010-07-01\n{AWAY % 'head'}          head",
    )
    with pytest.raises(ConfigError, match="lead is away then too"):
        read(tmp_path / "three", both)


@pytest.mark.parametrize("text", ["", "8", "08:30", "24:00-08:00", "08:60-09:00", "a:b-c:d"])
def test_hours_that_are_none_are_refused(text: str) -> None:
    assert span_of(text) is None


MINUTE = st.integers(0, DAY_MIN - 1)


@given(
    st.lists(st.tuples(st.sampled_from(["working", "off", "all"]), MINUTE, MINUTE), max_size=4),
    st.integers(0, 13),
)
def test_a_hole_is_found_where_a_count_of_minutes_finds_one(
    hours: list[tuple[str, int, int]], worked: int
) -> None:
    """Whichever days are worked, a roster without a hole has somebody at every minute."""
    shifts = {
        f"s{n}": DutyShift(
            days=days,
            hours=f"{begin // 60:02d}:{begin % 60:02d}-{end // 60:02d}:{end % 60:02d}",
        )
        for n, (days, begin, end) in enumerate([*hours, ("all", 0, 1)])
    }
    first = date(2024, 3, 4)
    post = Post(
        level="operator", title={"zh": "岗", "en": "post"}, shifts=tuple(shifts), valid_from=first
    )
    roster = Roster(
        source="invented",
        acknowledge_minutes={"blue": 4, "yellow": 3, "orange": 2, "red": 1},
        shifts=shifts,
        posts={"post": post},
    )
    covered = set[int]()
    kinds = {0: worked & 1, 1: worked & 2, 2: worked & 4}
    for day, is_worked in kinds.items():
        for shift in shifts.values():
            begin, lasts = shift.span
            if shift.days in ("all", "working" if is_worked else "off"):
                covered.update(range(day * DAY_MIN + begin, day * DAY_MIN + begin + lasts))
    hole = first_hole(roster, "operator")
    if hole is None:
        assert covered >= set(range(3 * DAY_MIN))
    else:
        assert hole[0] - first < timedelta(days=8)
