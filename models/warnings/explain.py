"""Why something is a signal: its facts as a sentence in each language, made from its evidence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, assert_never

from models.messages.evidence import LimitEvidence, ReadingEvidence
from models.messages.signals import (
    ClusterSignal,
    CountSignal,
    LimitSignal,
    ReadingSignal,
    Scope,
    Signal,
    SilenceSignal,
)
from models.warnings.explain_other import explain_cluster, explain_counts, explain_silence
from models.warnings.wording import called, chance, number, sentence, span

SCOPES: Final[dict[str, dict[str, str]]] = {
    Scope.LOCAL: {"zh": "仅本处偏离，周边正常", "en": "only this place departs"},
    Scope.REGIONAL: {"zh": "全区域同时偏离", "en": "the whole region departs together"},
    Scope.SEASONAL: {"zh": "本季常见的高值", "en": "high, but usual for this season"},
}
SURE: Final = 500  # past panes from which on the expectation is called sure
STATISTICS: Final = {
    "mean": {"zh": "平均值", "en": "mean"},
    "max": {"zh": "最大值", "en": "highest value"},
    "min": {"zh": "最小值", "en": "lowest value"},
}

Names = Mapping[str, dict[str, str]]


def explain(
    signal: Signal,
    *,
    title: dict[str, str] | None = None,
    unit: str = "",
    shape: str | None = None,
    names: Names | None = None,
) -> dict[str, str]:
    """Put a signal's evidence into words.

    Parameters
    ----------
    signal : Signal
    title : dict of str to str, optional
        Name of the metric by language; its code by default.
    unit : str
        Unit of the metric.
    shape : str, optional
        Key of `models.detect.readings.shapes.NAMES`, where the course before it is known.
    names : mapping of str to dict of str to str, optional
        Titles of categories of cases and of groups of them, and names of places, by code.

    Returns
    -------
    dict of str to str
        The text by language, `zh` and `en`.
    """
    titles, measure = title or {}, f" {unit}" if unit else ""
    match signal:
        case CountSignal():
            return explain_counts(signal, names or {})
        case ClusterSignal():
            return explain_cluster(signal, names or {})
        case SilenceSignal():
            return explain_silence(signal, names or {})
        case LimitSignal(evidence=limit):
            return {
                language: _limit(limit, titles.get(language, signal.metric), measure, language)
                for language in ("zh", "en")
            }
        case ReadingSignal():
            return _reading(signal, titles, measure, shape, names or {})
        case _:
            assert_never(signal)


def _reading(
    signal: ReadingSignal, titles: dict[str, str], unit: str, shape: str | None, names: Names
) -> dict[str, str]:
    from models.detect.readings.shapes import NAMES

    texts = {}
    for language, write in (("zh", _chinese), ("en", _english)):
        form = NAMES[shape][language] if shape else ""
        compared = _compared(signal.evidence, unit, names, language)
        texts[language] = write(signal, titles.get(language, signal.metric), unit, form, compared)
    return texts


def _compared(seen: ReadingEvidence, unit: str, names: Names, language: str) -> str:
    """Say which past and which others a reading was compared with."""
    when, little = span(seen.since, seen.until, language), seen.baseline_n < SURE
    who = _others(seen, names, language)
    if language == "zh":
        text = f"对照本处{when}同时段同季节的{seen.baseline_n}个时段{'（历史较少）' * little}"
        return text + (
            f"，及{who}此刻中位数{number(seen.region)}{unit}" if seen.region is not None else ""
        )
    text = f"compared with {seen.baseline_n} past panes of this place, hour and season"
    text += f" ({when})" * bool(when) + ", which is little history" * little
    if seen.region is None:
        return text
    return f"{text}, and with the median now of {who}, {number(seen.region)}{unit}"


def _others(seen: ReadingEvidence, names: Names, language: str) -> str:
    """Name those it was compared with; where there are many, some of them and their number."""
    listed, n = called(seen.others, names, language), seen.others_n
    is_cut = n > len(seen.others)
    if language == "zh":
        return f"{listed}{'等' * is_cut}{n}处" if listed else f"周边{n}处" if n else "周边"
    if not listed:
        return f"{n} others" if n else "the others"
    return f"{n} others ({listed}{', …' * is_cut})" if is_cut else listed


def _english(signal: ReadingSignal, title: str, unit: str, form: str, compared: str) -> str:
    seen = signal.evidence
    parts = [
        f"{title} {number(seen.observed)}{unit}, above the expected "
        f"{number(seen.expected)} (usual {number(seen.low)} to {number(seen.high)})"
        + (f": {form}" if form else ""),
        compared,
        _scope(signal, "en"),
        f"by chance {_what(signal, 'en')} {_chance(signal, 'en')}",
        f"ends below {number(seen.clears_below)}{unit}",
    ]
    return sentence("; ".join(part for part in parts if part) + ".")


def _chinese(signal: ReadingSignal, title: str, unit: str, form: str, compared: str) -> str:
    seen = signal.evidence
    name = f"{title} " if title.isascii() else title  # PM10 is not to run into its number
    parts = [
        f"{name}{number(seen.observed)}{unit}，高于预期{number(seen.expected)}"
        f"（正常范围{number(seen.low)}至{number(seen.high)}）"
        + (f"，形态为{form}" if form else ""),
        compared,
        _scope(signal, "zh"),
        f"{_what(signal, 'zh')}偶然出现的机会：{_chance(signal, 'zh')}",
        f"低于{number(seen.clears_below)}{unit}时解除",
    ]
    return "；".join(part for part in parts if part) + "。"


def _chance(signal: ReadingSignal, language: str) -> str:
    return chance(signal.severity, language, is_least=signal.is_least)


def _what(signal: ReadingSignal, language: str) -> str:
    """Say what was rated: how long a run, and in which place."""
    run = signal.evidence.run
    is_regional = signal.scope is Scope.REGIONAL
    if language == "zh":
        return f"{'全区' if is_regional else '本街道'}{f'连续{run}个时段' if run > 1 else ''}如此"
    place = "district" if is_regional else "street"
    return f"this {place} sees {f'{run} such panes in a row' if run > 1 else 'as much'}"


def _scope(signal: ReadingSignal, language: str) -> str:
    """Say whether the place or the region departs, or that there was nothing to compare with."""
    if signal.evidence.region is None:
        return {"zh": "周边无可比数据", "en": "no others to compare with"}[language]
    return SCOPES.get(signal.scope, {}).get(language, "")


def _limit(seen: LimitEvidence, title: str, unit: str, language: str) -> str:
    """Say what was seen, which limit it breaks and who sets it, or how unusual it is under it."""
    what = _statistic(seen, language)
    ends = number(seen.clears_at)
    reason = _broken(seen, unit, language) if seen.reached else _unusual(seen, unit, language)
    is_above = seen.direction == "above"
    if language == "zh":
        side = "低于" if is_above else "高于"
        return f"{title}{what}{number(seen.observed)}{unit}，{reason}；{side}{ends}{unit}时解除。"
    side = "below" if is_above else "above"
    text = f"{title}, {what}, {number(seen.observed)}{unit}: {reason}; ends {side} {ends}{unit}."
    return sentence(text)


def _statistic(seen: LimitEvidence, language: str) -> str:
    """Name what is compared with the limit."""
    if seen.window_h:
        hours = seen.window_h
        return {"zh": f"近{hours}小时均值", "en": f"mean of {hours} hours"}[language]
    return {"zh": "时段", "en": ""}[language] + STATISTICS[seen.statistic][language]


def _broken(seen: LimitEvidence, unit: str, language: str) -> str:
    """Say which limit is reached."""
    is_above, limit = seen.direction == "above", number(seen.limit)
    source = seen.source.get(language, "")
    if language == "zh":
        return f"{'达到或超过' if is_above else '等于或低于'}限值{limit}{unit}（{source}）"
    return f"at or {'over' if is_above else 'under'} the limit of {limit}{unit} ({source})"


def _unusual(seen: LimitEvidence, unit: str, language: str) -> str:
    """Say how far a value is from the usual, which warns before a limit is reached."""
    limit, often = (
        number(seen.limit),
        chance(seen.learned_severity, language, is_least=seen.learned_is_least),
    )
    expected = number(seen.expected) if seen.expected is not None else "?"
    if language == "zh":
        return f"未到限值{limit}{unit}，但预期仅{expected}；本街道偶然如此的机会：{often}"
    return (
        f"under the limit of {limit}{unit}, but {expected} was expected; by chance this street "
        f"sees as much {often}"
    )
