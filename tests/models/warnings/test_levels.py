"""Which level a signal reaches and which it holds, for each kind of signal, at each boundary."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from config.catalog import ClusterRule, LimitRule, Rule, SilenceRule
from config.levels import LEAST_DAYS
from models.messages.evidence import SilenceEvidence
from models.messages.signals import (
    ClusterSignal,
    CountSignal,
    Signal,
    SilenceSignal,
)
from models.warnings.levels import NOTHING, Rating, level_at, rating
from models.warnings.rule_state import listens_to, severity_of
from tests.models.warnings.test_explain import COMMON, cluster, count
from tests.models.warnings.test_inhibition import silence_rule
from tests.models.warnings.test_lifecycle import drop_rule
from tests.models.warnings.warning_things import LIMIT, RULE, over, reading

BLUE, YELLOW, ORANGE, RED = 1, 2, 3, 4
LEARNED = {"blue": 40, "yellow": 80, "orange": 90, "red": 140}
SILENCE: SilenceRule = silence_rule("sensors").model_copy(
    update={"levels": {"blue": 1.0, "red": 4.0}, "release": 0.5}
)
CLUSTERS = ClusterRule(
    **{**RULE.model_dump(), "kind": "clusters", "detector": "scan", "metric": "cases"}
    | {"minimum": 8}
)


def silent(hours: float, severity: float, gaps: int = 20, *, active: bool = True) -> SilenceSignal:
    is_rare = severity >= LEAST_DAYS
    seen = SilenceEvidence(hours=hours, usual=5.0, longest=10.0, gaps=gaps, is_rare=is_rare)
    fields: dict[str, Any] = {"evidence": seen, "severity": severity, "active": active}
    return SilenceSignal(**(COMMON | fields))


def cases(observed: float, severity: float, direction: str = "above") -> CountSignal:
    return count({"observed": observed, "expected": 60.0}, severity=severity, direction=direction)


def gathered(observed: float, severity: float) -> ClusterSignal:
    return msgspec.structs.replace(cluster({"observed": observed}), severity=severity)


@pytest.mark.parametrize(
    ("severity", "newest", "reached", "holds"),
    [
        (140.0, 0.0, RED, RED),
        (139.9, 0.0, ORANGE, RED),  # 70 holds red
        (69.9, 0.0, YELLOW, ORANGE),
        (40.0, 0.0, BLUE, YELLOW),
        (39.9, 0.0, 0, YELLOW),
        (19.9, 0.0, 0, 0),
        (0.0, 20.0, 0, BLUE),  # held by the newest pane alone
        (60.0, 10.0, YELLOW, ORANGE),
    ],
)
def test_a_reading_is_rated_by_its_run_and_held_by_its_newest_pane(
    severity: float, newest: float, reached: int, holds: int
) -> None:
    assert rating(RULE, reading(0, severity, newest=newest)) == Rating(reached, holds)


@pytest.mark.parametrize(
    "often",
    [
        reading(0, LEAST_DAYS - 0.001),
        cases(200, LEAST_DAYS - 0.001),
        gathered(9, LEAST_DAYS - 0.001),
    ],
)
def test_what_chance_brings_more_often_than_the_least_holds_but_does_not_reach(
    often: Signal,
) -> None:
    low = {"levels": {"blue": 1.0, "red": 29.0}}
    rule = (CLUSTERS if isinstance(often, ClusterSignal) else RULE).model_copy(update=low)
    assert rating(rule, often) == Rating(0, RED)
    rare = msgspec.structs.replace(often, severity=LEAST_DAYS)
    assert rating(rule, rare) == Rating(RED, RED)


@pytest.mark.parametrize(
    ("signal", "rule", "is_rated"),
    [
        (cases(50, 90), RULE, True),
        (cases(49.9, 90), RULE, False),
        (cases(50, 90, "below"), drop_rule(), True),  # ten of sixty are missing
        (cases(50.1, 90, "below"), drop_rule(), False),
        (cases(9, 90), drop_rule(), False),
        (gathered(8, 90), CLUSTERS, True),
        (gathered(7, 90), CLUSTERS, False),
    ],
)
def test_few_cases_have_no_level(signal: Signal, rule: Rule, is_rated: bool) -> None:
    assert rating(rule, signal) == (Rating(ORANGE, RED) if is_rated else NOTHING)


@pytest.mark.parametrize(
    ("hours", "severity", "gaps", "reached", "holds"),
    [
        (10.0, LEAST_DAYS, 20, BLUE, BLUE),
        (9.9, LEAST_DAYS, 20, 0, BLUE),
        (4.9, LEAST_DAYS, 20, 0, 0),
        (40.0, LEAST_DAYS, 20, RED, RED),
        (20.0, LEAST_DAYS, 20, BLUE, RED),
        (40.0, LEAST_DAYS - 0.1, 20, 0, RED),  # chance brings it more often
        (40.0, 0.0, 1, 0, RED),
        (40.0, 0.0, 0, RED, RED),  # a configured interval knows no chance
    ],
)
def test_a_silence_is_rated_by_its_share_of_the_longest_usual_one(
    hours: float, severity: float, gaps: int, reached: int, holds: int
) -> None:
    assert rating(SILENCE, silent(hours, severity, gaps)) == Rating(reached, holds)


def limited(reached: int, holds: int, learned: float, newest: float) -> Signal:
    broken = over(0, 5)
    seen = msgspec.structs.replace(
        broken.evidence,
        reached=reached,
        holds=holds,
        learned_severity=learned,
        learned_newest=newest,
    )
    return msgspec.structs.replace(broken, evidence=seen)


@pytest.mark.parametrize(
    ("needs", "signal", "wanted"),
    [
        ("limit", limited(2, 3, 140, 140), Rating(YELLOW, ORANGE)),
        ("either", limited(2, 3, 140, 0), Rating(RED, RED)),
        ("either", limited(3, 4, 40, 0), Rating(ORANGE, RED)),
        ("both", limited(2, 3, 140, 0), Rating(YELLOW, ORANGE)),
        ("both", limited(3, 4, 40, 0), Rating(BLUE, YELLOW)),
        ("both", limited(3, 4, 0, 45), Rating(0, ORANGE)),  # held by the newest pane
        ("both", limited(0, 0, 140, 140), NOTHING),
    ],
)
def test_a_limit_and_what_is_learned_join_as_the_rule_asks(
    needs: str, signal: Signal, wanted: Rating
) -> None:
    rule: LimitRule = LIMIT.model_copy(update={"needs": needs, "levels": LEARNED, "release": 0.5})
    assert rating(rule, signal) == wanted


def test_a_rule_that_is_no_limit_takes_the_limit_alone() -> None:
    assert rating(RULE, limited(2, 3, 140, 140)) == Rating(YELLOW, ORANGE)


@pytest.mark.parametrize(
    "signal",
    [reading(0, 99), cases(200, 99), gathered(9, 99), silent(99, 99), over(0, 99)],
)
def test_a_return_to_normal_has_no_level(signal: Signal) -> None:
    quiet = msgspec.structs.replace(signal, active=False)
    for rule in (RULE, SILENCE, LIMIT, CLUSTERS):
        assert rating(rule, quiet) == NOTHING == Rating(0, 0)


def test_the_highest_level_counts_however_the_levels_are_written() -> None:
    levels: dict[Any, float] = {"red": 9.0, "blue": 3.0, "orange": 6.0}
    assert [level_at(levels, value) for value in (2.9, 3, 6, 8.9, 9)] == [0, 1, 3, 3, 4]
    assert [level_at(levels, value, 0.5) for value in (1.4, 1.5, 4.5)] == [0, 1, 4]
    assert level_at({}, 1e9) == 0


@pytest.mark.parametrize(
    ("needs", "reached", "severity"),
    [("limit", 0, 140.0), ("limit", 1, 0.0), ("either", 1, 0.0), ("both", 1, 140.0)],
)
def test_where_a_limit_is_broken_chance_has_no_part(
    needs: str, reached: int, severity: float
) -> None:
    rule = LIMIT.model_copy(update={"needs": needs})
    assert severity_of(rule, limited(reached, 3, 140, 9)) == severity
    assert severity_of(RULE, limited(reached, 3, 140, 9)) == (0.0 if reached else 140.0)
    assert severity_of(rule, reading(0, 77)) == 77


def test_a_rule_hears_its_own_metric_and_detector_of_readings_and_all_else() -> None:
    assert listens_to(RULE, reading(0, 9))
    assert not listens_to(RULE, reading(0, 9, metric="pm25"))
    assert not listens_to(RULE, msgspec.structs.replace(reading(0, 9), detector="other"))
    for other in (over(0, 9), cases(9, 9), silent(9, 9), gathered(9, 9)):
        assert listens_to(LIMIT, msgspec.structs.replace(other, metric="another"))
