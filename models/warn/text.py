"""What a warning says to people, in Chinese and English, made from its evidence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Final

from config.catalog import Metric, Rule, Text
from models.detect.anomaly import Anomaly
from models.warn.life import Verdict
from models.warn.warning import Change, Level, Reason

LEVEL_NAMES: Final[dict[Level, Text]] = {
    Level.BLUE: {"zh": "蓝色", "en": "blue"},
    Level.YELLOW: {"zh": "黄色", "en": "yellow"},
    Level.ORANGE: {"zh": "橙色", "en": "orange"},
    Level.RED: {"zh": "红色", "en": "red"},
}


@dataclass(frozen=True, kw_only=True)
class Scene:
    """Names and habits that a text needs beside the evidence.

    Attributes
    ----------
    place : Text
        Name of the street or district.
    metric : Metric
        What was measured.
    pane_s : int
        Length of a pane, seconds.
    timezone : tzinfo
        Of the city.
    """

    place: Text
    metric: Metric
    pane_s: int
    timezone: tzinfo


@dataclass(frozen=True, kw_only=True)
class Case:
    """The facts of one change of a warning.

    Attributes
    ----------
    rule : Rule
        The rule that watches.
    scene : Scene
        Where and what.
    worst : Anomaly
        The evidence that the paragraph quotes.
    n_cells : int
        Cells that are or were part of the warning.
    tick_ms : int
        Event time of this change.
    """

    rule: Rule
    scene: Scene
    worst: Anomaly
    n_cells: int
    tick_ms: int

    @property
    def when(self) -> datetime:
        """Event time of this change, in the city's time zone."""
        return datetime.fromtimestamp(self.tick_ms / 1000, self.scene.timezone)


def explain(verdict: Verdict, case: Case) -> Text:
    """Compose the paragraph of a warning in both languages."""
    if verdict.change is Change.CLEARED:
        return _over(verdict.reason, case)
    return {"zh": _standing_zh(verdict.level, case), "en": _standing_en(verdict.level, case)}


def _over(reason: Reason, case: Case) -> Text:
    """Say that a warning ended, and whether that is good news."""
    place, metric, rule, when = case.scene.place, case.scene.metric.title, case.rule, case.when
    if reason is Reason.NO_DATA:
        return {
            "zh": f"{when:%m月%d日 %H:%M},{place['zh']}:{metric['zh']}预警因长时间无数据终止,"
            "现场是否恢复正常未知,请检查设备。",
            "en": f"{when:%d %b %H:%M}, {place['en']}: the {metric['en']} warning ended because no "
            "data came for hours; whether all is well is not known. Check the devices.",
        }
    return {
        "zh": f"{when:%m月%d日 %H:%M},{place['zh']}:{metric['zh']}已连续{rule.clear_after}个时段"
        "回到正常范围,预警解除。",
        "en": f"{when:%d %b %H:%M}, {place['en']}: {metric['en']} was back to normal for "
        f"{rule.clear_after} periods in a row; the warning is cleared.",
    }


def _standing_zh(level: Level, case: Case) -> str:
    """Chinese paragraph of an open warning."""
    rule, scene, n_cells, when = case.rule, case.scene, case.n_cells, case.when
    seen, number, unit = case.worst.evidence, _number(scene.metric), scene.metric.unit
    region = "同时段其他网格过少,无区域对照"
    if seen.region is not None:
        region = f"同时段区域中位数{number(seen.region)}{unit}"
    scope = "全区同步升高" if seen.scope == "regional" else "局地偏高"
    return (
        f"{when:%m月%d日 %H:%M},{scene.place['zh']}{rule.title['zh']}"
        f"{LEVEL_NAMES[level]['zh']}预警({scope},涉及{n_cells}个网格)。"
        f"网格{case.worst.cell}的{scene.metric.title['zh']}为{number(seen.observed)}{unit},"
        f"预期{number(seen.expected)}{unit}(正常范围{number(seen.low)}–{number(seen.high)}),{region}。"
        f"依据{seen.baseline_n}个历史时段,偶然出现约{_days(seen.once_in_days)}天一次。"
        f"降至{number(seen.clears_below)}{unit}以下并持续{rule.clear_after}个时段后解除。"
        f"建议:{rule.suggestion['zh']} 责任:{rule.owner['zh']}({rule.response_minutes}分钟内响应)。"
    )


def _standing_en(level: Level, case: Case) -> str:
    """English paragraph of an open warning."""
    rule, scene, n_cells, when = case.rule, case.scene, case.n_cells, case.when
    seen, number, unit = case.worst.evidence, _number(scene.metric), scene.metric.unit
    region = "too few other cells reported to compare with the region"
    if seen.region is not None:
        region = f"the median of the region at the time was {number(seen.region)} {unit}"
    scope = "the whole district rose together" if seen.scope == "regional" else "a local excess"
    cells = "1 cell" if n_cells == 1 else f"{n_cells} cells"
    return (
        f"{when:%d %b %H:%M}, {scene.place['en']}: {LEVEL_NAMES[level]['en']} warning, "
        f"{rule.title['en']} ({scope}; {cells}). "
        f"{scene.metric.title['en']} in cell {case.worst.cell} was {number(seen.observed)} {unit}; "
        f"{number(seen.expected)} {unit} was expected (normal {number(seen.low)} to "
        f"{number(seen.high)}), and {region}. "
        f"By chance once in about {_days(seen.once_in_days)} days, judged on {seen.baseline_n} "
        f"earlier periods. It clears when the value stays under {number(seen.clears_below)} {unit} "
        f"for {rule.clear_after} periods. Suggestion: {rule.suggestion['en']} "
        f"Owner: {rule.owner['en']} (answer within {rule.response_minutes} minutes)."
    )


def _number(metric: Metric) -> Callable[[float], str]:
    """Write values with the decimals of the metric."""
    return lambda value: f"{value:.{metric.decimals}f}"


def _days(days: float) -> str:
    """Write a recurrence interval without false precision."""
    if days < 10:
        return f"{days:.1f}"
    return f"{days:.2g}" if days >= 100_000 else f"{days:.0f}"
