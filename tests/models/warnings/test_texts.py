"""Whole texts, in both languages, as `texts.json` has them: what people read, word for word.

A text that changes on purpose is changed there too; whoever reviews it reads the sentence.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest

from models.detect.readings.shapes import DRIFT, SPIKE
from models.messages.evidence import SilenceEvidence
from models.messages.signals import LimitSignal, Scope, Signal, SilenceSignal
from models.messages.warnings import Level, Reason, WarningChange
from models.warnings.explain import explain
from models.warnings.explain_other import ALL_CASES
from models.warnings.lifecycle import LifecycleDecision
from models.warnings.text import WarningFacts, facts_text
from models.warnings.text import explain as paragraph
from tests.models.warnings.test_explain import COMMON, NAMES_OF, YEARS, cluster, count, reading
from tests.models.warnings.warning_things import CELL, CONTEXT, RULE, START_MS, over
from tests.models.warnings.warning_things import reading as cell_reading

TEXTS: Final[dict[str, dict[str, str]]] = json.loads(
    (Path(__file__).parent / "texts.json").read_text("utf-8")
)
TITLE: Final = {"zh": "粗颗粒物", "en": "coarse dust"}
MONTHS: Final = {"since": "2016-03-01", "until": "2016-04-15"}


def limit(value: float = 9.0, **evidence: Any) -> LimitSignal:
    broken = over(0, value)
    seen = msgspec.structs.replace(broken.evidence, **evidence)
    return msgspec.structs.replace(broken, evidence=seen)


def silence(metric: str, sources: int, named: tuple[str, ...] = (), gaps: int = 9) -> SilenceSignal:
    seen = SilenceEvidence(
        hours=96.0, usual=24.0, longest=40.0, gaps=gaps, sources=sources, named=list(named)
    )
    return SilenceSignal(**(COMMON | {"metric": metric, "evidence": seen}))


READINGS: Final[dict[str, tuple[Signal, dict[str, Any]]]] = {
    "a reading and all that is known": (
        reading({**YEARS, "others": ["A", "B"], "others_n": 4, "run": 3}),
        {"title": TITLE, "unit": "µg/m³", "shape": SPIKE, "names": NAMES_OF},
    ),
    "a reading and little that is known": (
        reading({"region": None, "baseline_n": 499}, scope=Scope.NONE, severity=0.2),
        {},
    ),
    "a reading of a region": (
        reading({"baseline_n": 500, "others": ["A", "X"], "others_n": 2}, scope=Scope.REGIONAL),
        {"unit": "°C", "names": NAMES_OF},
    ),
    "a run of a region in its season": (
        reading({**MONTHS, "run": 2, "others_n": 7}, scope=Scope.SEASONAL),
        {"title": TITLE, "shape": DRIFT},
    ),
    "a limit that is broken": (limit(source={"zh": "国标", "en": "the standard"}), {"unit": "g"}),
    "a limit on a mean of hours, from below": (
        limit(direction="below", window_h=8, clears_at=10.0, source={}),
        {"title": TITLE, "unit": "µg/m³"},
    ),
    "a limit on a lowest value": (limit(statistic="min"), {"title": TITLE}),
    "a limit on a highest value": (limit(statistic="max"), {"title": TITLE}),
    "a value under its limit": (
        limit(1.0, expected=0.25, learned_severity=400.0),
        {"title": TITLE, "unit": "g"},
    ),
    "a value under its limit without an expectation": (limit(1.0, learned_severity=2.0), {}),
}
CASES: Final[dict[str, tuple[Signal, dict[str, Any]]]] = {
    "more cases on a day": (
        count(
            {**YEARS, "is_whole_day": True, "leading": {"A": 9, "X": 2}, "others_n": 16}
            | {"others": ["A", "B"]}
        ),
        {"names": NAMES_OF},
    ),
    "more cases so far, in the whole district": (
        count(
            {"others": ["A"], "others_n": 1, "leading": {"B": 3}}, scope=Scope.REGIONAL, group="B"
        ),
        {"names": NAMES_OF},
    ),
    "more cases of a group without a name": (count({}, scope=Scope.NONE, group="X"), {}),
    "fewer cases": (
        count(
            {**MONTHS, "leading": {"A": 9}, "others": ["A", "B"], "others_n": 2}, direction="below"
        ),
        {"names": NAMES_OF},
    ),
    "fewer cases in the whole district": (
        count({}, direction="below", scope=Scope.REGIONAL, group="A"),
        {"names": NAMES_OF},
    ),
    "a cluster": (
        msgspec.structs.replace(
            cluster({**YEARS, "leading": {"A": 7, "B": 2}}), cells=[CELL, CELL[:-1] + "2"]
        ),
        {"names": NAMES_OF},
    ),
    "a cluster of one day in one cell": (
        msgspec.structs.replace(cluster({"days": 1}), group="A", cells=[CELL]),
        {"names": NAMES_OF},
    ),
    "silent sensors": (silence("sensors", 3), {}),
    "a silent sensor that was never heard": (silence("sensors", 1, gaps=0), {}),
    "a silent feed": (silence("feed", 1), {}),
    "a silent street": (silence("streets", 1), {}),
    "silent beats": (silence("beats", 3, ("07", "12")), {}),
    "a silent beat": (silence("beats", 1, ("07",)), {}),
    "silent departments": (silence("departments", 2, ("Water", "Roads")), {}),
    "a silent department": (silence("departments", 1, ("Water",)), {}),
}


@pytest.mark.parametrize("name", [*READINGS, *CASES])
def test_a_signal_is_explained_word_for_word(name: str) -> None:
    signal, context = (READINGS | CASES)[name]
    assert explain(signal, **context) == TEXTS[name]


def change(
    worst: Signal,
    what: WarningChange = WarningChange.RAISED,
    reason: Reason = Reason.SUSTAINED,
    level: Level = Level.ORANGE,
    *,
    rule: Mapping[str, Any] = {},
    n_cells: int = 0,
    is_unsteady: bool = False,
) -> tuple[LifecycleDecision, WarningFacts]:
    return LifecycleDecision(what, reason, level), WarningFacts(
        rule=RULE.model_copy(update={"settle_min": 45, **rule}),
        context=CONTEXT,
        worst=worst,
        n_cells=n_cells,
        tick_ms=START_MS + 5 * 3_600_000,
        is_unsteady=is_unsteady,
    )


BARE: Final = {"suggestion": {"zh": "到现场核查", "en": "Look on site"}}
CLEARED: Final = WarningChange.CLEARED
PARAGRAPHS: Final = {
    "raised in one cell": change(cell_reading(0, 100), n_cells=1),
    "unsteady in three cells": change(over(0, 9), n_cells=3, rule=BARE, is_unsteady=True),
    "blue of a whole street": change(count({}), level=Level.BLUE),
    "red of silence": change(silence("feed", 1), level=Level.RED),
    "yellow after a level up": change(
        cell_reading(0, 70), WarningChange.LEVEL_UP, Reason.HIGHER, Level.YELLOW, n_cells=2
    ),
    "cleared": change(cell_reading(0, 100), CLEARED, Reason.NORMAL),
    "ended without data": change(cell_reading(0, 100), CLEARED, Reason.NO_DATA),
    "ended with its replay": change(cell_reading(0, 100), CLEARED, Reason.ENDED),
}


@pytest.mark.parametrize("name", PARAGRAPHS)
def test_a_warning_is_told_word_for_word(name: str) -> None:
    decision, told = PARAGRAPHS[name]
    assert paragraph(decision, told) == TEXTS[name]
    assert facts_text(told)["en"] in TEXTS[name]["en"] or decision.change is CLEARED


def test_every_text_belongs_to_a_case() -> None:
    assert TEXTS.keys() == {*READINGS, *CASES, *PARAGRAPHS}
    assert ALL_CASES == {"zh": "全部案件", "en": "all cases"}
