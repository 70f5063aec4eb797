"""What a warning says to people, in Chinese and English, made from its evidence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import Final

from config.catalog import Metric, Rule, Text
from models.grid.codes import AreaKind
from models.messages.signals import LimitSignal, ReadingSignal, Signal
from models.messages.warnings import Level, Reason, WarningChange
from models.rules.contract import kind_of
from models.warnings.explain import explain as explain_signal
from models.warnings.lifecycle import LifecycleDecision

LEVEL_NAMES: Final[dict[Level, Text]] = {
    Level.BLUE: {"zh": "蓝色", "en": "blue"},
    Level.YELLOW: {"zh": "黄色", "en": "yellow"},
    Level.ORANGE: {"zh": "橙色", "en": "orange"},
    Level.RED: {"zh": "红色", "en": "red"},
}


@dataclass(frozen=True, kw_only=True)
class TextContext:
    """Names that a text needs beside the evidence.

    Attributes
    ----------
    place : Text
        Name of the street or district.
    metric : Metric
        What was measured.
    timezone : tzinfo
        Of the city.
    names : mapping of str to Text
        Titles of categories of cases and of groups of them, names of streets and stations, by code.
    """

    place: Text
    metric: Metric
    timezone: tzinfo
    names: Mapping[str, Text] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class WarningFacts:
    """The facts of one change of a warning.

    Attributes
    ----------
    rule : Rule
        The rule that watches.
    context : TextContext
        Where and what.
    worst : Signal
        The evidence that the paragraph quotes.
    n_cells : int
        Cells that are or were part of the warning.
    tick_ms : int
        Event time of this change.
    is_unsteady : bool
        It came and went before.
    """

    rule: Rule
    context: TextContext
    worst: Signal
    n_cells: int
    tick_ms: int
    is_unsteady: bool = False

    @property
    def when(self) -> datetime:
        """Event time of this change, in the city's time zone."""
        return datetime.fromtimestamp(self.tick_ms / 1000, self.context.timezone)


def explain(decision: LifecycleDecision, facts: WarningFacts) -> Text:
    """Compose the paragraph of a warning in both languages."""
    if decision.change is WarningChange.CLEARED:
        return _over(decision.reason, facts)
    return _standing(decision.level, facts)


def facts_text(facts: WarningFacts) -> Text:
    """Say what was seen and what was expected."""
    metric, names = facts.context.metric, facts.context.names
    own = kind_of(facts.rule).explain(facts.worst, metric, names)
    if own is not None:
        return own
    return explain_signal(facts.worst, title=metric.title, unit=metric.unit, names=names)


def _over(reason: Reason, facts: WarningFacts) -> Text:
    """Say that a warning ended, and whether all is known to be well."""
    place, metric, rule, when = (
        facts.context.place,
        facts.context.metric.title,
        facts.rule,
        facts.when,
    )
    if reason is Reason.ENDED:
        return {
            "zh": f"{when:%m月%d日 %H:%M}，{place['zh']}：数据回放已结束，{metric['zh']}预警"
            "随之终止，此后情况未知。",
            "en": f"{when:%d %b %H:%M}, {place['en']}: the replay ended, and the {metric['en']} "
            "warning with it; what came after is not known.",
        }
    if reason is Reason.NO_DATA:
        return {
            "zh": f"{when:%m月%d日 %H:%M}，{place['zh']}：{metric['zh']}预警因长时间无数据终止，"
            "现场是否恢复正常未知，请检查设备。",
            "en": f"{when:%d %b %H:%M}, {place['en']}: the {metric['en']} warning ended because no "
            "data came for hours; whether all is well is not known. Check the devices.",
        }
    if reason is Reason.OUT_OF_FORCE:
        return {
            "zh": f"{when:%m月%d日 %H:%M}，{place['zh']}：规则“{rule.title['zh']}”不再适用"
            "（日期、时段或模式），预警随之终止；现场是否恢复正常未知。",
            "en": f"{when:%d %b %H:%M}, {place['en']}: the rule “{rule.title['en']}” no longer "
            "applies (date, hours or mode), and its warning ends; whether all is well is not "
            "known.",
        }
    return {
        "zh": f"{when:%m月%d日 %H:%M}，{place['zh']}：{metric['zh']}已连续{rule.clear_after}个时段"
        "回到正常范围，预警解除。",
        "en": f"{when:%d %b %H:%M}, {place['en']}: {metric['en']} was back to normal for "
        f"{rule.clear_after} periods in a row; the warning is cleared.",
    }


def _standing(level: Level, facts: WarningFacts) -> Text:
    """Say what stands out, by what evidence, what ends it, what to do and who."""
    rule, seen = facts.rule, facts_text(facts)
    is_reading = isinstance(facts.worst, ReadingSignal | LimitSignal)
    is_reading &= facts.worst.area.kind is AreaKind.CELL
    where = {
        "zh": f"网格{facts.worst.area.code}：",
        "en": f"Cell {facts.worst.area.code}: ",
    }
    where = where if is_reading else {"zh": "", "en": ""}
    zh = (
        f"{facts.when:%m月%d日 %H:%M}，{facts.context.place['zh']}{LEVEL_NAMES[level]['zh']}预警："
        f"{rule.title['zh']}{_extent(facts.n_cells, 'zh')}。{where['zh']}{seen['zh']}"
        f"{_ending(facts)['zh']}"
        f"建议：{_ended(rule.suggestion['zh'], '。')}"
        f"责任：{rule.owner['zh']}，{rule.response_minutes}分钟内响应。"
    )
    en = (
        f"{facts.when:%d %b %H:%M}, {facts.context.place['en']}: {LEVEL_NAMES[level]['en']} "
        f"warning, "
        f"{rule.title['en']}{_extent(facts.n_cells, 'en')}. {where['en']}{seen['en']} "
        f"{_ending(facts)['en']} "
        f"Suggestion: {_ended(rule.suggestion['en'], '.')} "
        f"Owner: {rule.owner['en']}, to answer within {rule.response_minutes} minutes."
    )
    return {"zh": zh, "en": en}


def _ending(facts: WarningFacts) -> Text:
    """Say what ends the warning."""
    n, minutes = facts.rule.clear_after, facts.rule.settle_min
    if facts.is_unsteady:
        return {
            "zh": f"该预警反复出现，状态不稳定；持续{minutes}分钟正常后解除预警。",
            "en": f"It comes and goes (unsteady); it clears after {minutes} normal minutes.",
        }
    return {
        "zh": f"连续{n}个时段正常后解除预警。",
        "en": f"The warning clears after {n} normal periods in a row.",
    }


def _extent(n_cells: int, language: str) -> str:
    """Say how many cells are concerned; nothing where the whole area is."""
    if not n_cells:
        return ""
    cells = "1 cell" if n_cells == 1 else f"{n_cells} cells"
    return {"zh": f"，涉及{n_cells}个网格", "en": f" ({cells})"}[language]


def _ended(sentence: str, stop: str) -> str:
    """End a sentence that a city wrote with or without its full stop."""
    return sentence.rstrip(stop) + stop
