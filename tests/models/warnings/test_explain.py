"""Evidence in words, the shape of a departure, and silence."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.detect.contract import Floats
from models.detect.readings.shapes import DRIFT, NAMES, SHIFT, SPIKE, STUCK, VARIANCE, shape_of
from models.detect.silence.rhythm import LEAST, Silence
from models.messages.evidence import (
    ClusterEvidence,
    CountEvidence,
    ReadingEvidence,
    SilenceEvidence,
)
from models.messages.signals import (
    Area,
    ClusterSignal,
    CountSignal,
    ReadingSignal,
    Scope,
    Signal,
    SilenceSignal,
)
from models.warnings.explain import explain
from tests.models.warnings.warning_things import over

COMMON: dict[str, Any] = {
    "id": "a",
    "feed": "dust",
    "metric": "coarse",
    "area": Area.of("110101001"),
    "subject": "110101001",
    "start_ms": 0,
    "width_s": 900,
    "severity": 120.4,
    "active": True,
}
NUMBERS: dict[str, Any] = {"observed": 210.0, "expected": 60.0, "low": 25.0, "high": 130.0}


def reading(evidence: dict[str, Any] | None = None, **fields: Any) -> ReadingSignal:
    known = {**NUMBERS, "region": 55.0, "baseline_n": 720, "clears_below": 95.0}
    seen = ReadingEvidence(**(known | (evidence or {})))
    return ReadingSignal(**(COMMON | {"detector": "seasonal", "evidence": seen} | fields))


def count(evidence: dict[str, Any], **fields: Any) -> CountSignal:
    seen = CountEvidence(**({**NUMBERS, "baseline_n": 720, "clears_at": 95.0} | evidence))
    return CountSignal(
        **(COMMON | {"direction": "above", "group": "all", "evidence": seen} | fields)
    )


def cluster(evidence: dict[str, Any]) -> ClusterSignal:
    known = {"observed": 9.0, "expected": 2.0, "days": 7, "baseline_n": 720}
    seen = ClusterEvidence(**(known | evidence))
    return ClusterSignal(**COMMON, group="all", number=1, evidence=seen)


def test_explanation_names_all_the_evidence() -> None:
    text = explain(
        reading(), title={"zh": "粗颗粒物", "en": "Coarse dust"}, unit="µg/m³", shape=SPIKE
    )
    assert text["en"] == (
        "Coarse dust 210 µg/m³, above the expected 60.0 (usual 25.0 to 130): a spike; "
        "compared with 720 past panes of this place, hour and season, and "
        "with the median now of the others, 55.0 µg/m³; only this place departs; "
        "by chance this street sees as much once in 120 days; ends below 95.0 µg/m³."
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
    ("signal", "zh", "en"),
    [
        (reading({"region": None}), "周边无可比数据", "no others to compare with"),
        (reading(scope=Scope.REGIONAL), "全区域同时偏离", "the whole region departs together"),
        (reading(scope=Scope.SEASONAL), "本季常见", "usual for this season"),
        (reading({"baseline_n": 50}), "历史较少", "little history"),
        (reading(severity=0.125), "约3.0小时一次", "once in 3.0 hours"),
        (reading({"run": 2}), "本街道连续2个时段如此", "this street sees 2 such panes in a row"),
        (
            reading({"run": 3}, scope=Scope.REGIONAL),
            "全区连续3个时段如此",
            "this district sees 3 such panes in a row",
        ),
        (reading(severity=1e9), "百年不到一次", "less than once in a century"),
        (
            reading(severity=61.0, is_least=True),
            "至多约61天一次（历史数据只能判断到此）",
            "at most once in 61 days (the history can tell no more)",
        ),
        (
            count({}, severity=560.0, is_least=True),
            "至多约560天一次（历史数据只能判断到此）",
            "at most once in 560 days (the history can tell no more)",
        ),
    ],
)
def test_explanation_says_what_is_particular(signal: Signal, zh: str, en: str) -> None:
    text = explain(signal)
    assert zh in text["zh"]
    assert en in text["en"]


def test_a_value_that_is_unusual_under_its_limit_says_so() -> None:
    under = over(0, 1.0)
    seen = msgspec.structs.replace(under.evidence, expected=0.2, learned_severity=400.0)
    said = explain(msgspec.structs.replace(under, evidence=seen), unit="%LEL")
    assert "under the limit of 4.0 %LEL, but 0.20 was expected" in said["en"]
    assert "once in 400 days" in said["en"]
    assert "未到限值4.0 %LEL" in said["zh"]


@pytest.mark.parametrize(
    ("window_h", "statistic", "zh", "en"),
    [
        (24, "mean", "近24小时均值9.0", "mean of 24 hours, 9.0"),
        (0, "max", "时段最大值9.0", "highest value, 9.0"),
    ],
)
def test_a_limit_names_its_statistic(window_h: int, statistic: str, zh: str, en: str) -> None:
    broken = over(0, 9.0)
    seen = msgspec.structs.replace(broken.evidence, window_h=window_h, statistic=statistic)
    said = explain(msgspec.structs.replace(broken, evidence=seen))
    assert zh in said["zh"]
    assert en in said["en"]


def test_a_limit_that_must_not_be_fallen_below_says_so() -> None:
    seen = msgspec.structs.replace(over(0, 9.0).evidence, direction="below", clears_at=10.0)
    said = explain(msgspec.structs.replace(over(0, 9.0), evidence=seen))
    assert "at or under the limit" in said["en"]
    assert "ends above 10.0" in said["en"]
    assert "高于10.0时解除" in said["zh"]


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
    text = explain(reading(evidence), names=NAMES_OF)
    assert zh in text["zh"]
    assert en in text["en"]


@pytest.mark.parametrize(
    ("signal", "zh", "en"),
    [
        (count(YEARS), "对照本处2013—2016年共720天", "(2013 to 2016); other streets"),
        (
            count({**YEARS, "others": ["A", "B"], "others_n": 16}),
            "共720天，按同星期同季节，及东四、官园等16个街道；其他街道正常",
            "(2013 to 2016) and with 16 other streets (Dongsi, Guanyuan, …); other streets",
        ),
        (
            count({}, direction="below", scope=Scope.REGIONAL),
            "全区同时下降",
            "the whole district fell together",
        ),
        (
            count({"leading": {"A": 9}}, direction="below"),
            "主要减少东四 9",
            "missing most Dongsi 9",
        ),
        (cluster(YEARS), "全区2013—2016年一年内720件", "720 cases of the year (2013 to 2016)"),
    ],
)
def test_cases_say_which_days_and_streets_they_were_compared_with(
    signal: Signal, zh: str, en: str
) -> None:
    text = explain(signal, names=NAMES_OF)
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
    seen = SilenceEvidence(
        hours=96.0, usual=24.0, longest=40.0, gaps=720, sources=3, named=["07", "12"]
    )
    told = SilenceSignal(**(COMMON | {"metric": metric, "evidence": seen}))
    said = explain(told, title={"zh": "", "en": ""}, unit="")
    assert zh in said["zh"]
    assert en in said["en"]
    assert "96" in said["en"]
    assert "by 720 past gaps" in said["en"]
    assert "据以往720次间隔" in said["zh"]
    assert "does not mean that all is well" in said["en"]
    assert "无数据不等于正常" in said["zh"]


def observe(silence: Silence, source: int, times_s: Floats) -> None:
    for time_s in times_s:
        silence.observe(np.array([source]), np.array([time_s]))


def test_each_source_is_missed_by_its_own_rhythm() -> None:
    silence = Silence()
    observe(silence, 0, np.arange(0, 7200, 60.0))
    observe(silence, 1, np.arange(0, 7200 * 24, 3600.0))
    assert silence.overdue(7140 + 50).tolist() == [False, False]
    assert silence.overdue(7200 + 600).tolist() == [True, False]
    assert silence.overdue(7200 * 24 + 4 * 3600).tolist() == [True, True]


def test_irregular_source_is_given_longer() -> None:
    silence = Silence()
    gaps = np.random.default_rng(3).exponential(60, 200)
    observe(silence, 0, np.cumsum(gaps))
    observe(silence, 1, np.cumsum(np.full(200, 60.0)))
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
        silence.observe(np.array([0]), np.array([time_s]))
    assert false <= 15


def test_too_little_known_is_never_overdue() -> None:
    silence = Silence()
    observe(silence, 2, np.arange(0, LEAST * 60.0, 60.0))
    assert silence.overdue(1e9).tolist() == [False, False, False]
    observe(silence, 2, np.array([LEAST * 60.0]))
    assert silence.overdue(1e9).tolist() == [False, False, True]


def test_old_news_teaches_nothing_and_state_survives() -> None:
    silence = Silence()
    observe(silence, 0, np.arange(0, 1200, 60.0))
    before = silence.to_bytes()
    observe(silence, 0, np.array([300.0, 0.0]))
    assert silence.to_bytes() == before
    again = Silence.from_bytes(before)
    assert np.array_equal(again.limit_s(), silence.limit_s(), equal_nan=True)


@given(st.lists(st.floats(1, 1e6), min_size=0, max_size=60), st.floats(0, 1e7))
def test_overdue_is_what_the_limit_says(gaps: list[float], wait: float) -> None:
    silence = Silence()
    times = np.concatenate([[0.0], np.cumsum(gaps)])
    for time in times.tolist():
        silence.observe(np.array([0]), np.array([time]))
    now = float(times[-1]) + wait
    with np.errstate(invalid="ignore"):
        expected = now - silence.last_s > silence.limit_s()
    assert silence.overdue(now).tolist() == expected.tolist()
