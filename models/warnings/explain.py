"""Why a value was flagged, as two sentences made from its evidence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from models.messages.anomalies import Anomaly, Evidence
from models.warnings.explain_other import OTHER_KINDS
from models.warnings.wording import called, number, rarity, sentence, span

NOTHING_NEAR: Final = "∞"

SCOPES: Final[dict[str, dict[str, str]]] = {
    "local": {"zh": "仅本处偏离，周边正常", "en": "only this place departs"},
    "regional": {"zh": "全区域同时偏离", "en": "the whole region departs together"},
    "seasonal": {"zh": "本季常见的高值", "en": "high, but usual for this season"},
}
SURE: Final = 500  # past panes from which on the expectation is called sure


def explain(
    anomaly: Anomaly,
    *,
    title: dict[str, str] | None = None,
    unit: str = "",
    shape: str | None = None,
    names: Mapping[str, dict[str, str]] | None = None,
) -> dict[str, str]:
    """Put an anomaly's evidence into words.

    Parameters
    ----------
    anomaly : Anomaly
        What was flagged.
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
    from models.detect.readings.shapes import NAMES

    if anomaly.detector in OTHER_KINDS:
        return OTHER_KINDS[anomaly.detector](anomaly, names or {})
    titles = title or {}
    texts = {}
    for language, write in (("zh", _chinese), ("en", _english)):
        form = NAMES[shape][language] if shape else ""
        measure = f" {unit}" if unit else ""
        compared = _compared(anomaly.evidence, measure, names or {}, language)
        texts[language] = write(
            anomaly, titles.get(language, anomaly.metric), measure, form, compared
        )
    return texts


def _compared(seen: Evidence, unit: str, names: Mapping[str, dict[str, str]], language: str) -> str:
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


def _others(seen: Evidence, names: Mapping[str, dict[str, str]], language: str) -> str:
    """Name those it was compared with; where there are many, some of them and their number."""
    listed, n = called(seen.others, names, language), seen.others_n
    is_cut = n > len(seen.others)
    if language == "zh":
        return f"{listed}{'等' * is_cut}{n}处" if listed else f"周边{n}处" if n else "周边"
    if not listed:
        return f"{n} others" if n else "the others"
    return f"{n} others ({listed}{', …' * is_cut})" if is_cut else listed


def _english(anomaly: Anomaly, title: str, unit: str, form: str, compared: str) -> str:
    evidence = anomaly.evidence
    side = "above" if anomaly.score >= 0 else "below"
    parts = [
        f"{title} {number(evidence.observed)}{unit}, {side} the expected "
        f"{number(evidence.expected)} (usual {number(evidence.low)} to {number(evidence.high)})"
        + (f": {form}" if form else ""),
        compared,
        _scope(evidence, "en"),
        f"by chance {rarity(evidence.once_in_days, 'en')}",
        f"ends {'below' if anomaly.score >= 0 else 'above'} {number(evidence.clears_below)}{unit}",
    ]
    return sentence("; ".join(part for part in parts if part) + ".")


def _chinese(anomaly: Anomaly, title: str, unit: str, form: str, compared: str) -> str:
    evidence = anomaly.evidence
    side = "高于" if anomaly.score >= 0 else "低于"
    parts = [
        f"{title}{number(evidence.observed)}{unit}，{side}预期{number(evidence.expected)}"
        f"（正常范围{number(evidence.low)}至{number(evidence.high)}）"
        + (f"，形态为{form}" if form else ""),
        compared,
        _scope(evidence, "zh"),
        f"偶然出现的机会：{rarity(evidence.once_in_days, 'zh')}",
        f"{'低于' if anomaly.score >= 0 else '高于'}{number(evidence.clears_below)}{unit}时解除",
    ]
    return "；".join(part for part in parts if part) + "。"


def _scope(evidence: Evidence, language: str) -> str:
    """Say whose departure it is; with nobody to compare with, that."""
    if evidence.region is None:
        return {"zh": "周边无可比数据", "en": "no others to compare with"}[language]
    return SCOPES.get(evidence.scope, {}).get(language, "")
