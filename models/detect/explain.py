"""Why a value was flagged, as two sentences made from its evidence."""

from __future__ import annotations

from typing import Final

from models.detect.anomaly import Anomaly, Evidence

NOTHING_NEAR: Final = "∞"

SCOPES: Final[dict[str, dict[str, str]]] = {
    "local": {"zh": "仅本处偏离，周边正常", "en": "only this place departs"},
    "regional": {"zh": "全区域同时偏离", "en": "the whole region departs together"},
    "seasonal": {"zh": "本季常见的高值", "en": "high, but usual for this season"},
}
SURE: Final = 500  # past panes from which on the expectation is called sure
ENDLESS_DAYS: Final = 36_500.0


def explain(
    anomaly: Anomaly,
    *,
    title: dict[str, str] | None = None,
    unit: str = "",
    shape: str | None = None,
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

    Returns
    -------
    dict of str to str
        The text by language, `zh` and `en`.
    """
    from models.detect.shapes import NAMES

    names = title or {}
    texts = {}
    for language, write in (("zh", _chinese), ("en", _english)):
        called = names.get(language, anomaly.metric)
        form = NAMES[shape][language] if shape else ""
        texts[language] = write(anomaly, called, f" {unit}" if unit else "", form)
    return texts


def _english(anomaly: Anomaly, called: str, unit: str, form: str) -> str:
    evidence = anomaly.evidence
    side = "above" if anomaly.score >= 0 else "below"
    compared = f"compared with {evidence.baseline_n} past panes of this place, hour and season"
    if evidence.region is not None:
        compared += f" and with the others' median now, {_number(evidence.region)}{unit}"
    parts = [
        f"{called} {_number(evidence.observed)}{unit}, {side} the expected "
        f"{_number(evidence.expected)} (usual {_number(evidence.low)} to {_number(evidence.high)})"
        + (f": {form}" if form else ""),
        compared + ("" if evidence.baseline_n >= SURE else ", which is little history"),
        _scope(evidence, "en"),
        f"by chance {_rarity(evidence.once_in_days, 'en')}",
        f"ends {'below' if anomaly.score >= 0 else 'above'} {_number(evidence.clears_below)}{unit}",
    ]
    return _sentence("; ".join(part for part in parts if part) + ".")


def _chinese(anomaly: Anomaly, called: str, unit: str, form: str) -> str:
    evidence = anomaly.evidence
    side = "高于" if anomaly.score >= 0 else "低于"
    compared = f"对照本处同时段同季节的历史{evidence.baseline_n}个时段"
    if evidence.region is not None:
        compared += f"和周边此刻中位数{_number(evidence.region)}{unit}"
    parts = [
        f"{called}{_number(evidence.observed)}{unit}，{side}预期{_number(evidence.expected)}"
        f"（正常范围{_number(evidence.low)}至{_number(evidence.high)}）"
        + (f"，形态为{form}" if form else ""),
        compared + ("" if evidence.baseline_n >= SURE else "，历史较少"),
        _scope(evidence, "zh"),
        f"偶然出现的机会：{_rarity(evidence.once_in_days, 'zh')}",
        f"{'低于' if anomaly.score >= 0 else '高于'}{_number(evidence.clears_below)}{unit}时解除",
    ]
    return "；".join(part for part in parts if part) + "。"


def _scope(evidence: Evidence, language: str) -> str:
    """Say whose departure it is; with nobody to compare with, that."""
    if evidence.region is None:
        return {"zh": "周边无可比数据", "en": "no others to compare with"}[language]
    return SCOPES.get(evidence.scope, {}).get(language, "")


def _rarity(days: float, language: str) -> str:
    """Put a waiting time into the unit that reads best."""
    if days >= ENDLESS_DAYS:
        return {"zh": "百年不到一次", "en": "less than once in a century"}[language]
    if days >= 1:
        return {"zh": f"约{days:.0f}天一次", "en": f"once in {days:.0f} days"}[language]
    hours = max(days * 24, 0.1)
    return {"zh": f"约{hours:.1f}小时一次", "en": f"once in {hours:.1f} hours"}[language]


def _number(value: float) -> str:
    """Three significant digits without an exponent, thousands apart."""
    if value == 0 or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.2f}" if abs(value) < 1 else f"{value:.1f}"


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
