"""Why cases or a silence were flagged, in words made from the evidence."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from models.detect.anomaly import Anomaly
from models.detect.wording import number, rarity, sentence

Names = Mapping[str, dict[str, str]]
ALL_CASES: Final = {"zh": "全部案件", "en": "all cases"}


def explain_counts(anomaly: Anomaly, names: Names) -> dict[str, str]:
    """Say how many cases there were, how many there should have been, and which ones."""
    seen, group = anomaly.evidence, _title(anomaly.about, names)
    n = {language: _leading(anomaly, names, language) for language in ("zh", "en")}
    day = {
        "zh": "当日" if seen.days else "当日截至目前",
        "en": "on the day" if seen.days else "so far today",
    }
    zh = (
        f"{group['zh']}{day['zh']}{seen.observed:.0f}件，预期{number(seen.expected)}件"
        f"（正常不超过{seen.high:.0f}件）{n['zh']}；对照本处以往{seen.baseline_n}天同星期同季节；"
        f"{_scope(anomaly, 'zh')}全区偶然出现的机会：{rarity(seen.once_in_days, 'zh')}；"
        f"每日不超过{seen.clears_below:.0f}件时解除。"
    )
    en = (
        f"{group['en']}: {seen.observed:.0f} {day['en']}, {number(seen.expected)} expected "
        f"(usually up to {seen.high:.0f}){n['en']}; compared with {seen.baseline_n} days of this "
        f"place, weekday and season; {_scope(anomaly, 'en')}by chance the district sees as much "
        f"{rarity(seen.once_in_days, 'en')}; ends at up to {seen.clears_below:.0f} a day."
    )
    return {"zh": zh, "en": sentence(en)}


def explain_cluster(anomaly: Anomaly, names: Names) -> dict[str, str]:
    """Say how many cases gathered where, in how many days, and how rare that is."""
    seen, group = anomaly.evidence, _title(anomaly.about.split("#")[0], names)
    n_cells = len(anomaly.cells)
    cells = "1 cell" if n_cells == 1 else f"{n_cells} cells"
    days = "1 day" if seen.days == 1 else f"{seen.days} days"
    zh = (
        f"{group['zh']}近{seen.days}天在{n_cells}个网格内聚集{seen.observed:.0f}件，"
        f"按平时分布应有{number(seen.expected)}件{_leading(anomaly, names, 'zh')}；"
        f"对照全区一年内{seen.baseline_n}件案件；"
        f"全区偶然出现的机会：{rarity(seen.once_in_days, 'zh')}；一周内无新增时解除。"
    )
    en = (
        f"{group['en']}: {seen.observed:.0f} within {days} in {cells}, {number(seen.expected)} "
        f"expected from the usual pattern{_leading(anomaly, names, 'en')}; compared with "
        f"{seen.baseline_n} cases of the year; by chance the district sees as much "
        f"{rarity(seen.once_in_days, 'en')}; ends when no case joins for a week."
    )
    return {"zh": zh, "en": sentence(en)}


def explain_silence(anomaly: Anomaly, names: Names) -> dict[str, str]:
    """Say who is silent for how long, and how long is usual; silence is no all-clear."""
    del names
    seen = anomaly.evidence
    who = {
        "sensors": {
            "zh": f"{seen.sources}个网格的传感器",
            "en": f"sensors of {_several(seen.sources, 'cell')}",
        },
        "feed": {"zh": "整个数据源", "en": "the whole feed"},
        "streets": {"zh": "本街道案件", "en": "cases of this street"},
        "beats": {
            "zh": f"{seen.sources}个责任网格（{_listed(anomaly, 'zh')}）的巡查上报",
            "en": f"reports of {_several(seen.sources, 'beat')} ({_listed(anomaly, 'en')})",
        },
        "departments": {
            "zh": f"{seen.sources}个专业部门（{_listed(anomaly, 'zh')}）的处置反馈",
            "en": f"reports of {_several(seen.sources, 'department')} ({_listed(anomaly, 'en')})",
        },
    }[anomaly.metric]
    zh = (
        f"{who['zh']}已静默，最长{number(seen.observed)}小时，平时间隔约{number(seen.expected)}小时"
        f"（最长{number(seen.high)}小时）；无数据不等于正常；恢复上报后解除。"
    )
    en = (
        f"{who['en']} silent, up to {number(seen.observed)} hours where {number(seen.expected)} is "
        f"usual and {number(seen.high)} the longest usual; no data does not mean that all is well; "
        f"ends when data come again."
    )
    return {"zh": zh, "en": sentence(en)}


def _several(n: int, noun: str) -> str:
    return f"{n} {noun}" + ("s" if n != 1 else "")


def _listed(anomaly: Anomaly, language: str) -> str:
    """List who is silent by name; the last of many stand for themselves as dots."""
    named = anomaly.evidence.named
    more = ["…"] if len(named) < anomaly.evidence.sources else []
    return {"zh": "、", "en": ", "}[language].join([*named, *more])


OTHER_KINDS: Final[dict[str, Callable[[Anomaly, Names], dict[str, str]]]] = {
    "counts": explain_counts,
    "scan": explain_cluster,
    "silence": explain_silence,
}


def _title(code: str, names: Names) -> dict[str, str]:
    """Name a group; the empty one is all cases, and a code without a name stands for itself."""
    return names.get(code, {"zh": code, "en": code}) if code != "all" else ALL_CASES


def _leading(anomaly: Anomaly, names: Names, language: str) -> str:
    """List the most frequent categories where there is more than one to tell."""
    leading = anomaly.evidence.leading
    if not leading or anomaly.about.split("#")[0] in leading:
        return ""
    told = [f"{_title(code, names)[language]} {n}" for code, n in leading.items()]
    return {"zh": "，主要为", "en": ", mostly "}[language] + {"zh": "、", "en": ", "}[
        language
    ].join(told)


def _scope(anomaly: Anomaly, language: str) -> str:
    """Say whether the district rose as a whole."""
    scopes = {
        "local": {"zh": "其他街道正常；", "en": "other streets are as usual; "},
        "regional": {"zh": "全区同时上升；", "en": "the whole district rose together; "},
    }
    return scopes.get(anomaly.evidence.scope, {}).get(language, "")
