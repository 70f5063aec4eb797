"""A watch over drops through days of a district: what it tells, when, and how it ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date

import numpy as np
import pytest

from config.catalog import DropRule
from models.messages.signals import CountSignal, Scope
from models.monitors.case_history import CaseHistory
from models.monitors.counts.baseline import BaselineCache
from models.monitors.counts.monitor import HELD_DAYS, CountMonitor
from models.timing.calendar import EPOCH, day_table
from models.timing.days import date_of, weekday_of
from models.timing.evaluation_schedule import EVALUATION_HOURS, evaluation_of
from models.timing.holidays import Holidays
from models.warnings.explain import explain
from tests.models.monitors.counted_cases import ZONE, case_history, take_all
from tests.models.monitors.signals_of import only
from tests.streams.agents.district import dongcheng

CHINA = Holidays(day_table("china"))
FIRST = (date(2023, 9, 1) - EPOCH).days
DROP_DAY = (date(2024, 5, 15) - EPOCH).days  # a Wednesday
HOLIDAY = (date(2024, 5, 1) - EPOCH).days
HOME, BESIDE, SPARSE = "110101001", "110101002", "110101003"
USUAL = {HOME: 40.0, BESIDE: 30.0, SPARSE: 0.5}

Counts = Mapping[str, float]
Change = Callable[[int, dict[str, float]], dict[str, float]]


def rule() -> DropRule:
    (found,) = (each for each in dongcheng().rules.values() if isinstance(each, DropRule))
    return found


def expected(day: int) -> dict[str, float]:
    """A weekend has a third of the cases, a holiday half."""
    is_off = CHINA.shares(day, day + 1)[0, 0] > 0
    share = 0.5 if is_off else 1 / 3 if weekday_of(day) >= 5 else 1.0
    return {street: mean * share for street, mean in USUAL.items()}


def told(
    change: Change, until: int = DROP_DAY + 1, *, leaves_silence: bool = True, restart: int = 0
) -> dict[int, list[CountSignal]]:
    """Live through days; gives what was told at each closing look since shortly before the drop."""
    random, history = np.random.default_rng(8), case_history()
    watch = CountMonitor(rule(), ZONE, CHINA, BaselineCache(), leaves_silence=leaves_silence)
    found: dict[int, list[CountSignal]] = {}
    for day in range(FIRST, until):
        means = change(day, expected(day)) if day >= DROP_DAY else expected(day)
        counts = {street: int(random.poisson(mean)) for street, mean in means.items()}
        take_all(history, day, {(int(s + "001001"), "E0102"): n for s, n in counts.items() if n})
        if day == restart:
            watch = reborn(watch, history)
        for batch in looks(watch, day, history):
            found[day] = batch
    return {day: batch for day, batch in found.items() if day >= HOLIDAY - 7}


def looks(watch: CountMonitor, day: int, history: CaseHistory) -> Iterator[list[CountSignal]]:
    for place in range(len(EVALUATION_HOURS)):
        evaluation = evaluation_of(day * len(EVALUATION_HOURS) + place, ZONE, 0)
        batch = watch.evaluate(evaluation, history, {day} if place == 0 else set())
        assert (batch is not None) == evaluation.is_closing, "a day so far proves no drop"
        if batch is not None:
            yield only(CountSignal, batch.signals)


def reborn(watch: CountMonitor, history: CaseHistory) -> CountMonitor:
    fields = {name: data for name, data in watch.changes().items() if data is not None}
    again = CountMonitor(rule(), ZONE, CHINA, BaselineCache(), leaves_silence=True)
    again.restore(fields, history)
    return again


def scaled(street: str, share: float, days: int = 1) -> Change:
    """Let a street have a share of its cases, for some days from the drop on."""

    def change(day: int, means: dict[str, float]) -> dict[str, float]:
        return {**means, street: means[street] * share} if day < DROP_DAY + days else means

    return change


def flagged(found: Mapping[int, list[CountSignal]]) -> dict[int, set[tuple[str, str]]]:
    every = {
        day: {(a.area.code, a.group) for a in batch if a.active} for day, batch in found.items()
    }
    return {day: subjects for day, subjects in every.items() if subjects}


@pytest.fixture(scope="module")
def drop() -> dict[int, list[CountSignal]]:
    return told(scaled(HOME, 0.2), DROP_DAY + 3)


def test_usual_weeks_with_weekends_and_a_holiday_are_no_drop() -> None:
    assert flagged(told(lambda _, means: means, DROP_DAY + 8)) == {}


def test_a_drop_of_a_dense_street_is_told_on_its_day_and_over_the_day_after(
    drop: dict[int, list[CountSignal]],
) -> None:
    assert set(flagged(drop)) == {DROP_DAY}
    assert {cell[:9] for cell, _ in flagged(drop)[DROP_DAY]} == {HOME}
    assert [a.active for a in drop[DROP_DAY + 1]] == [False] * len(drop[DROP_DAY])
    assert drop[DROP_DAY + 2] == []


def test_its_evidence_says_what_is_missing_and_what_it_was_compared_with(
    drop: dict[int, list[CountSignal]],
) -> None:
    (found,) = (a for a in drop[DROP_DAY] if a.subject == f"{HOME}/all")
    seen = found.evidence
    assert found.direction == "below"
    assert found.severity >= 100
    assert seen.observed < seen.low < seen.expected < seen.high
    assert seen.expected == pytest.approx(40, rel=0.15)
    assert seen.clears_at == seen.low
    assert seen.leading["E0102"] == pytest.approx(40 - seen.observed, abs=12)
    assert found.cells == []
    assert (seen.since, found.scope) == (date_of(FIRST).isoformat(), Scope.LOCAL)
    assert "2024-04-20" <= seen.until < date_of(DROP_DAY).isoformat()
    assert (seen.others, seen.others_n) == ([BESIDE, SPARSE], 2)


def test_it_is_explained_in_both_languages(drop: dict[int, list[CountSignal]]) -> None:
    (found,) = (a for a in drop[DROP_DAY] if a.subject == f"{HOME}/all")
    street = {"zh": "景山街道", "en": "Jingshan"}
    texts = explain(found, names={BESIDE: street})
    assert "全部案件当日仅" in texts["zh"]
    assert "对照本处2023—2024年" in texts["zh"]
    assert f"景山街道、{SPARSE}2个街道" in texts["zh"]
    assert "案件少不等于问题少" in texts["zh"]
    assert "usually at least" in texts["en"]
    assert "(2023 to 2024) and with 2 other streets (Jingshan, 110101003)" in texts["en"]
    assert "fewer cases do not mean fewer problems" in texts["en"]


def test_a_drop_everywhere_is_told_of_the_district() -> None:
    found = told(lambda _, means: {street: mean * 0.4 for street, mean in means.items()})
    signals = {(a.area.code, a.group): a for a in found[DROP_DAY] if a.active}
    assert {a.scope for a in signals.values()} == {Scope.REGIONAL}
    assert "全区同时下降" in explain(signals["110101", "all"])["zh"]


def test_a_street_without_any_case_is_a_drop_only_where_nobody_misses_it() -> None:
    assert flagged(told(scaled(HOME, 0.0))) == {}
    assert (HOME, "all") in flagged(told(scaled(HOME, 0.0), leaves_silence=False))[DROP_DAY]


def test_a_drop_that_turns_into_silence_is_held_for_a_week_and_then_not_mentioned() -> None:
    def change(day: int, means: dict[str, float]) -> dict[str, float]:
        return {**means, HOME: 4.0 if day == DROP_DAY else 0.0}

    found = told(change, DROP_DAY + HELD_DAYS + 3)
    first = {a.subject: a for a in found[DROP_DAY]}
    assert f"{HOME}/all" in first
    for day in range(DROP_DAY + 1, DROP_DAY + HELD_DAYS + 1):
        assert {a.subject: a for a in found[day]} == first, day
    assert found[DROP_DAY + HELD_DAYS + 1] == [], "neither a drop nor usual again"


def test_a_restart_changes_nothing(drop: dict[int, list[CountSignal]]) -> None:
    assert told(scaled(HOME, 0.2), DROP_DAY + 3, restart=DROP_DAY + 1) == drop
