"""Evidence in words, the shape of a departure, silence, and the budget of alarms."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.detect.contract import Floats
from models.detect.readings.shapes import DRIFT, NAMES, SHIFT, SPIKE, STUCK, VARIANCE, shape_of
from models.detect.silence.rhythm import LEAST, Silence
from models.messages.anomalies import Anomaly, Evidence
from models.warnings.budget import AlarmRequest, Budget, TokenBucket
from models.warnings.explain import explain


def anomaly(evidence: dict[str, object] | None = None, score: float = 6.2) -> Anomaly:
    known: dict[str, object] = {
        "observed": 210.0,
        "expected": 60.0,
        "low": 25.0,
        "high": 130.0,
        "region": 55.0,
        "scope": "local",
        "baseline_n": 720,
        "once_in_days": 120.4,
        "clears_below": 95.0,
    }
    return Anomaly(
        id="a",
        detector="seasonal",
        feed="dust",
        metric="coarse",
        cell="110101001001001",
        start_ms=0,
        width_s=900,
        score=score,
        active=True,
        evidence=Evidence(**(known | (evidence or {}))),  # type: ignore[arg-type]
    )


def test_explanation_names_all_the_evidence() -> None:
    text = explain(
        anomaly(), title={"zh": "粗颗粒物", "en": "Coarse dust"}, unit="µg/m³", shape=SPIKE
    )
    assert text["en"] == (
        "Coarse dust 210 µg/m³, above the expected 60.0 (usual 25.0 to 130): a spike; "
        "compared with 720 past panes of this place, hour and season, and "
        "with the median now of the others, 55.0 µg/m³; only this place departs; "
        "by chance once in 120 days; ends below 95.0 µg/m³."
    )
    for part in (
        "粗颗粒物210 µg/m³",
        "高于预期60.0",
        "25.0至130",
        "720",
        "尖峰",
        "约120天一次",
        "仅本处",
    ):
        assert part in text["zh"]


@pytest.mark.parametrize(
    ("evidence", "zh", "en"),
    [
        ({"region": None}, "周边无可比数据", "no others to compare with"),
        ({"scope": "regional"}, "全区域同时偏离", "the whole region departs together"),
        ({"scope": "seasonal"}, "本季常见", "usual for this season"),
        ({"baseline_n": 50}, "历史较少", "little history"),
        ({"once_in_days": 0.125}, "约3.0小时一次", "once in 3.0 hours"),
        ({"once_in_days": 1e9}, "百年不到一次", "less than once in a century"),
    ],
)
def test_explanation_says_what_is_particular(evidence: dict[str, object], zh: str, en: str) -> None:
    text = explain(anomaly(evidence))
    assert zh in text["zh"]
    assert en in text["en"]


def test_drop_is_below_and_ends_above() -> None:
    text = explain(anomaly({"observed": 3.0}, score=-5.0))
    assert "below the expected" in text["en"]
    assert "ends above" in text["en"]
    assert "低于预期" in text["zh"]


YEARS = {"since": "2013-03-01", "until": "2016-04-15"}
NAMES_OF = {"A": {"zh": "东四", "en": "Dongsi"}, "B": {"zh": "官园", "en": "Guanyuan"}}


@pytest.mark.parametrize(
    ("evidence", "zh", "en"),
    [
        (
            {**YEARS, "others": ["A", "B"], "others_n": 4},
            "对照本处2013—2016年同时段同季节的720个时段，及东四、官园等4处此刻中位数55.0",
            "season (2013 to 2016), and with the median now of 4 others (Dongsi, Guanyuan, …), 55",
        ),
        (
            {"since": "2016-03-01", "until": "2016-04-15", "others": ["A", "C"], "others_n": 2},
            "对照本处2016-03-01至2016-04-15同时段同季节的720个时段，及东四、C2处此刻",
            "season (2016-03-01 to 2016-04-15), and with the median now of Dongsi, C, 55",
        ),
        ({"others_n": 9_999}, "及周边9999处此刻", "with the median now of 9999 others, 55"),
        ({"region": None, **YEARS}, "720个时段；周边无可比数据", "(2013 to 2016); no others"),
        ({"region": 0.0}, "周边此刻中位数0", "of the others, 0"),
    ],
)
def test_years_and_stations_compared_are_named(
    evidence: dict[str, object], zh: str, en: str
) -> None:
    text = explain(anomaly(evidence), names=NAMES_OF)
    assert zh in text["zh"]
    assert en in text["en"]


@pytest.mark.parametrize(
    ("detector", "evidence", "zh", "en"),
    [
        ("counts", YEARS, "对照本处2013—2016年共720天", "(2013 to 2016); other streets"),
        (
            "counts",
            {**YEARS, "others": ["A", "B"], "others_n": 16},
            "共720天，按同星期同季节，及东四、官园等16个街道；其他街道正常",
            "(2013 to 2016) and with 16 other streets (Dongsi, Guanyuan, …); other streets",
        ),
        ("drops", {"scope": "regional"}, "全区同时下降", "the whole district fell together"),
        ("drops", {"leading": {"A": 9}}, "主要减少东四 9", "missing most Dongsi 9"),
        ("scan", YEARS, "全区2013—2016年一年内720件", "720 cases of the year (2013 to 2016)"),
    ],
)
def test_cases_say_which_days_and_streets_they_were_compared_with(
    detector: str, evidence: dict[str, object], zh: str, en: str
) -> None:
    told = msgspec.structs.replace(anomaly(evidence), detector=detector, about="all")
    text = explain(told, names=NAMES_OF)
    assert zh in text["zh"]
    assert en in text["en"]


def noise(n: int, seed: int = 1) -> Floats:
    return np.random.default_rng(seed).normal(size=n)


@pytest.mark.parametrize(
    ("recent", "shape"),
    [
        (np.r_[0.1, 12.0, -0.3, 0.2, 0.4], SPIKE),
        (np.r_[15.0], SPIKE),
        (8 + noise(20, 2), SHIFT),
        (np.linspace(0, 12, 24) + 0.5 * noise(24, 3), DRIFT),
        (np.full(10, 0.7), STUCK),
        (2.9 * np.clip(noise(40, 4), -1, 1) * np.tile([1, -1], 20), VARIANCE),
        (noise(30, 5), None),
        (np.zeros(0), None),
        (np.full(5, np.nan), None),
    ],
)
def test_shape_is_named(recent: Floats, shape: str | None) -> None:
    assert shape_of(noise(200), recent) == shape


def test_unmoving_past_cannot_be_stuck() -> None:
    assert shape_of(np.zeros(50), np.zeros(20)) is None
    assert shape_of(np.zeros(3), np.ones(20)) is None


def test_every_shape_has_a_name_in_both_languages() -> None:
    assert all(set(names) == {"zh", "en"} for names in NAMES.values())


@pytest.mark.parametrize(
    ("metric", "zh", "en"),
    [
        ("beats", "3个责任网格（07、12、…）的巡查上报", "Reports of 3 beats (07, 12, …)"),
        ("departments", "3个专业部门（07、12、…）", "Reports of 3 departments (07, 12, …)"),
        ("streets", "本街道案件已静默", "Cases of this street silent"),
        ("sensors", "3个网格的传感器", "Sensors of 3 cells"),
        ("feed", "整个数据源", "The whole feed"),
    ],
)
def test_silence_says_who_for_how_long_and_that_it_is_no_all_clear(
    metric: str, zh: str, en: str
) -> None:
    told = anomaly({"observed": 96.0, "expected": 24.0, "sources": 3, "named": ["07", "12"]})
    told = msgspec.structs.replace(told, detector="silence", metric=metric)
    said = explain(told, title={"zh": "", "en": ""}, unit="")
    assert zh in said["zh"]
    assert en in said["en"]
    assert "96" in said["en"]
    assert "by 720 past gaps" in said["en"]
    assert "据以往720次间隔" in said["zh"]
    assert "does not mean that all is well" in said["en"]
    assert "无数据不等于正常" in said["zh"]


def heard(silence: Silence, source: int, times_s: Floats) -> None:
    for time_s in times_s:
        silence.heard(np.array([source]), np.array([time_s]))


def test_each_source_is_missed_by_its_own_rhythm() -> None:
    silence = Silence()
    heard(silence, 0, np.arange(0, 7200, 60.0))
    heard(silence, 1, np.arange(0, 7200 * 24, 3600.0))
    assert silence.overdue(7140 + 50).tolist() == [False, False]
    assert silence.overdue(7200 + 600).tolist() == [True, False]
    assert silence.overdue(7200 * 24 + 4 * 3600).tolist() == [True, True]


def test_irregular_source_is_given_longer() -> None:
    silence = Silence()
    gaps = np.random.default_rng(3).exponential(60, 200)
    heard(silence, 0, np.cumsum(gaps))
    heard(silence, 1, np.cumsum(np.full(200, 60.0)))
    irregular, regular = silence.limit_s()
    assert irregular > 2 * regular


def test_exponential_gaps_are_rarely_called_silence() -> None:
    rng = np.random.default_rng(8)
    silence = Silence()
    false = 0
    time_s = 0.0
    for _ in range(3000):
        time_s += float(rng.exponential(60))
        false += bool(silence.overdue(time_s).any())
        silence.heard(np.array([0]), np.array([time_s]))
    assert false <= 15


def test_too_little_known_is_never_overdue() -> None:
    silence = Silence()
    heard(silence, 2, np.arange(0, LEAST * 60.0, 60.0))
    assert silence.overdue(1e9).tolist() == [False, False, False]
    heard(silence, 2, np.array([LEAST * 60.0]))
    assert silence.overdue(1e9).tolist() == [False, False, True]


def test_old_news_teaches_nothing_and_state_survives() -> None:
    silence = Silence()
    heard(silence, 0, np.arange(0, 1200, 60.0))
    before = silence.to_bytes()
    heard(silence, 0, np.array([300.0, 0.0]))
    assert silence.to_bytes() == before
    again = Silence.from_bytes(before)
    assert np.array_equal(again.limit_s(), silence.limit_s(), equal_nan=True)


def candidates(count: int, operator: str = "duty") -> list[AlarmRequest]:
    return [
        AlarmRequest(id=f"{n:03}", p_value=0.5 / (n + 1), operator=operator) for n in range(count)
    ]


def test_worst_are_shown_and_the_rest_is_told() -> None:
    ruling, purses = Budget(per_hour=6, burst=3).rule(candidates(5), {}, 0)
    assert [one.id for one in ruling.shown] == ["004", "003", "002"]
    assert [one.id for one in ruling.held] == ["001", "000"]
    assert purses["duty"] == TokenBucket(tokens=0, at_ms=0)


def test_tokens_come_back_with_event_time_up_to_the_burst() -> None:
    budget = Budget(per_hour=6, burst=3)
    _, purses = budget.rule(candidates(3), {}, 0)
    ruling, purses = budget.rule(candidates(3), purses, 600_000)
    assert len(ruling.shown) == 1
    ruling, _ = budget.rule(candidates(9), purses, 86_400_000)
    assert len(ruling.shown) == 3


def test_operators_have_purses_of_their_own_and_time_never_goes_back() -> None:
    budget = Budget(per_hour=6, burst=1)
    mixed = [*candidates(2, "a"), *candidates(2, "b")]
    ruling, purses = budget.rule(mixed, {}, 3_600_000)
    assert {one.operator for one in ruling.shown} == {"a", "b"}
    again, after = budget.rule(mixed, purses, 0)
    assert not again.shown
    assert after == purses


@given(st.lists(st.integers(0, 12), min_size=1, max_size=30), st.integers(1, 60))
def test_long_run_never_exceeds_the_budget(arrivals: list[int], minutes: int) -> None:
    budget = Budget(per_hour=6, burst=10)
    purses: dict[str, TokenBucket] = {}
    shown = 0
    for tick, count in enumerate(arrivals):
        ruling, purses = budget.rule(candidates(count), purses, tick * minutes * 60_000)
        shown += len(ruling.shown)
        assert len(ruling.shown) + len(ruling.held) == count
    assert shown <= 10 + 6 * (len(arrivals) - 1) * minutes / 60 + 1e-6
