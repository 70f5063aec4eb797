"""What an operator has to answer, against EEMUA 191."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from models.timing.units import DAY_MS, HOUR_MS, MINUTE_MS
from models.warnings.alarm_load import AlarmChange, figures, most_within


def change(minute: float, name: str = "w", **more: bool) -> AlarmChange:
    given_ = {"calls": False, "is_shown": True} | more
    return AlarmChange(warning=name, rule="r", area=name, at_ms=round(minute * MINUTE_MS), **given_)


def call(minute: float, name: str) -> AlarmChange:
    return change(minute, name, calls=True)


def test_nothing_is_no_load() -> None:
    assert not figures([]).is_over
    assert figures([]).called == 0


def test_seven_in_an_hour_are_too_many_wherever_the_hour_begins() -> None:
    six = [call(50 + 2 * n, str(n)) for n in range(6)]
    assert not figures(six).is_over
    found = figures([*six, call(109.9, "x")])
    assert (found.most_an_hour, found.is_over) == (7, True)
    assert figures([*six, call(110, "x")]).most_an_hour == 6
    assert found.hours_over == 0  # of the clock


def test_eleven_in_ten_minutes_are_a_flood() -> None:
    assert figures([call(n / 2, str(n)) for n in range(10)]).most_in_ten_minutes == 10
    assert figures([call(n / 2, str(n)) for n in range(11)]).is_over


def test_a_place_with_more_than_three_changes_an_hour_chatters() -> None:
    steady = [change(20 * n) for n in range(30)]
    assert figures(steady).chattering == ()
    fast = [change(19 * n) for n in range(4)]
    assert figures(fast).chattering == (("r", "w", 4),)
    assert figures([change(19 * n, is_shown=False) for n in range(4)]).chattering == ()


def test_what_stands_for_more_than_a_day_is_listed_open_or_over() -> None:
    day = DAY_MS / MINUTE_MS
    over = [call(0, "a"), change(day + 1, "a", is_over=True)]
    short = [call(0, "b"), change(day, "b", is_over=True), call(day + 5, "b")]
    open_ = [call(0, "c")]
    assert figures([*over, *short, *open_]).standing == ("a", "c")


@given(st.lists(st.integers(0, 5 * HOUR_MS), max_size=40), st.integers(1, HOUR_MS))
def test_no_window_has_more_than_the_greatest(times: list[int], width_ms: int) -> None:
    ordered = sorted(times)
    expected = max(
        (sum(begin <= at < begin + width_ms for at in ordered) for begin in ordered), default=0
    )
    assert most_within(ordered, width_ms) == expected
