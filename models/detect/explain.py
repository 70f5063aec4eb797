"""Why a value was flagged, as two sentences made from its evidence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from models.detect.anomaly import Anomaly, Evidence
from models.detect.explain_other import OTHER_KINDS
from models.detect.wording import number, rarity, sentence

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
        Key of `models.detect.shapes.NAMES`, where the course before it is known.
    names : mapping of str to dict of str to str, optional
        Titles of categories of cases and of groups of them, by code.

    Returns
    -------
    dict of str to str
        The text by language, `zh` and `en`.
    """
    from models.detect.shapes import NAMES

    if anomaly.detector in OTHER_KINDS:
        return OTHER_KINDS[anomaly.detector](anomaly, names or {})
    titles = title or {}
    texts = {}
    for language, write in (("zh", _chinese), ("en", _english)):
        called = titles.get(language, anomaly.metric)
        form = NAMES[shape][language] if shape else ""
        texts[language] = write(anomaly, called, f" {unit}" if unit else "", form)
    return texts


def _english(anomaly: Anomaly, called: str, unit: str, form: str) -> str:
    evidence = anomaly.evidence
    side = "above" if anomaly.score >= 0 else "below"
    compared = f"compared with {evidence.baseline_n} past panes of this place, hour and season"
    if evidence.region is not None:
        compared += f" and with the others' median now, {number(evidence.region)}{unit}"
    parts = [
        f"{called} {number(evidence.observed)}{unit}, {side} the expected "
        f"{number(evidence.expected)} (usual {number(evidence.low)} to {number(evidence.high)})"
        + (f": {form}" if form else ""),
        compared + ("" if evidence.baseline_n >= SURE else ", which is little history"),
        _scope(evidence, "en"),
        f"by chance {rarity(evidence.once_in_days, 'en')}",
        f"ends {'below' if anomaly.score >= 0 else 'above'} {number(evidence.clears_below)}{unit}",
    ]
    return sentence("; ".join(part for part in parts if part) + ".")


def _chinese(anomaly: Anomaly, called: str, unit: str, form: str) -> str:
    evidence = anomaly.evidence
    side = "高于" if anomaly.score >= 0 else "低于"
    compared = f"对照本处同时段同季节的历史{evidence.baseline_n}个时段"
    if evidence.region is not None:
        compared += f"和周边此刻中位数{number(evidence.region)}{unit}"
    parts = [
        f"{called}{number(evidence.observed)}{unit}，{side}预期{number(evidence.expected)}"
        f"（正常范围{number(evidence.low)}至{number(evidence.high)}）"
        + (f"，形态为{form}" if form else ""),
        compared + ("" if evidence.baseline_n >= SURE else "，历史较少"),
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
