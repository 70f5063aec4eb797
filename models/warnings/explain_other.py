"""Why cases or a silence were flagged, in words made from the evidence."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from models.messages.anomalies import Anomaly, Evidence
from models.warnings.wording import called, number, rarity, sentence, span

Names = Mapping[str, dict[str, str]]
_MOSTLY: Final = {"zh": "，主要为", "en": ", mostly "}
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
        f"（正常不超过{seen.high:.0f}件）{n['zh']}；{_compared(seen, names, 'zh')}；"
        f"{_scope(anomaly, 'zh')}全区偶然出现的机会：{rarity(seen.once_in_days, 'zh')}；"
        f"每日不超过{seen.clears_below:.0f}件时解除。"
    )
    en = (
        f"{group['en']}: {seen.observed:.0f} {day['en']}, {number(seen.expected)} expected "
        f"(usually up to {seen.high:.0f}){n['en']}; {_compared(seen, names, 'en')}; "
        f"{_scope(anomaly, 'en')}by chance the district sees as much "
        f"{rarity(seen.once_in_days, 'en')}; ends at up to {seen.clears_below:.0f} a day."
    )
    return {"zh": zh, "en": sentence(en)}


def explain_drop(anomaly: Anomaly, names: Names) -> dict[str, str]:
    """Say how few cases there were, and which are missing; few cases are no all-clear."""
    seen, group = anomaly.evidence, _title(anomaly.about, names)
    n = {language: _leading(anomaly, names, language) for language in ("zh", "en")}
    zh = (
        f"{group['zh']}当日仅{seen.observed:.0f}件，预期{number(seen.expected)}件"
        f"（正常不少于{seen.low:.0f}件）{n['zh']}；{_compared(seen, names, 'zh')}；"
        f"{_scope(anomaly, 'zh')}全区偶然出现的机会：{rarity(seen.once_in_days, 'zh')}；"
        f"案件少不等于问题少；每日不少于{seen.clears_below:.0f}件时解除。"
    )
    en = (
        f"{group['en']}: only {seen.observed:.0f} on the day, {number(seen.expected)} expected "
        f"(usually at least {seen.low:.0f}){n['en']}; {_compared(seen, names, 'en')}; "
        f"{_scope(anomaly, 'en')}by chance the district sees as few "
        f"{rarity(seen.once_in_days, 'en')}; fewer cases do not mean fewer problems; "
        f"ends from {seen.clears_below:.0f} a day on."
    )
    return {"zh": zh, "en": sentence(en)}


def _compared(seen: Evidence, names: Names, language: str) -> str:
    """Say which past days and which other streets a count was compared with."""
    when, others = span(seen.since, seen.until, language), called(seen.others, names, language)
    is_cut = seen.others_n > len(seen.others)
    if language == "zh":
        text = f"对照本处{when}共{seen.baseline_n}天，按同星期同季节"
        return text + (f"，及{others}{'等' * is_cut}{seen.others_n}个街道" if others else "")
    text = f"compared with {seen.baseline_n} days of this place by weekday and season"
    text += f" ({when})" if when else ""
    more = ", …" * is_cut
    return text + (
        f" and with {_several(seen.others_n, 'other street')} ({others}{more})" if others else ""
    )


def explain_cluster(anomaly: Anomaly, names: Names) -> dict[str, str]:
    """Say how many cases gathered where, in how many days, and how rare that is."""
    seen, group = anomaly.evidence, _title(anomaly.about.split("#")[0], names)
    n_cells = len(anomaly.cells)
    zh = (
        f"{group['zh']}近{seen.days}天在{n_cells}个网格内聚集{seen.observed:.0f}件，"
        f"按平时分布应有{number(seen.expected)}件{_leading(anomaly, names, 'zh')}；"
        f"对照全区{span(seen.since, seen.until, 'zh')}一年内{seen.baseline_n}件案件；"
        f"全区偶然出现的机会：{rarity(seen.once_in_days, 'zh')}；一周内无新增时解除。"
    )
    when = span(seen.since, seen.until, "en")
    en = (
        f"{group['en']}: {seen.observed:.0f} within {_several(seen.days, 'day')} in "
        f"{_several(n_cells, 'cell')}, {number(seen.expected)} "
        f"expected from the usual pattern{_leading(anomaly, names, 'en')}; compared with "
        f"{seen.baseline_n} cases of the year{f' ({when})' if when else ''}; "
        f"by chance the district sees as much "
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
    n = seen.baseline_n
    past = {
        "zh": f"（最长{number(seen.high)}小时{f'，据以往{n}次间隔' if n else ''}）",
        "en": f"{number(seen.high)} the longest usual{f', by {n} past gaps' if n else ''}",
    }
    zh = (
        f"{who['zh']}已静默，最长{number(seen.observed)}小时，平时间隔约{number(seen.expected)}小时"
        f"{past['zh']}；无数据不等于正常；恢复上报后解除。"
    )
    en = (
        f"{who['en']} silent, up to {number(seen.observed)} hours where {number(seen.expected)} is "
        f"usual and {past['en']}; no data does not mean that all is well; "
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
    "drops": explain_drop,
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
    comma = {"zh": "、", "en": ", "}[language]
    told = comma.join(f"{_title(code, names)[language]} {n}" for code, n in leading.items())
    intro = {"zh": "，主要减少", "en": ", missing most "} if _is_drop(anomaly) else _MOSTLY
    return intro[language] + told


def _scope(anomaly: Anomaly, language: str) -> str:
    """Say whether the district rose or fell as a whole."""
    fell = _is_drop(anomaly)
    scopes = {
        "local": {"zh": "其他街道正常；", "en": "other streets are as usual; "},
        "regional": {
            "zh": f"全区同时{'下降' if fell else '上升'}；",
            "en": f"the whole district {'fell' if fell else 'rose'} together; ",
        },
    }
    return scopes.get(anomaly.evidence.scope, {}).get(language, "")


def _is_drop(anomaly: Anomaly) -> bool:
    return anomaly.detector == "drops"
