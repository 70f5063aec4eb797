"""Why cases or a silence are a signal, in words made from the evidence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from models.messages.evidence import CountEvidence
from models.messages.signals import ClusterSignal, CountSignal, Scope, SilenceSignal
from models.warnings.wording import called, chance, number, sentence, span

Names = Mapping[str, dict[str, str]]
_MOSTLY: Final = {"zh": "，主要为", "en": ", mostly "}
ALL_CASES: Final = {"zh": "全部案件", "en": "all cases"}


def explain_counts(signal: CountSignal, names: Names) -> dict[str, str]:
    """Say how many cases there were, and how rare that is."""
    return _drop(signal, names) if _is_drop(signal) else _rise(signal, names)


def _rise(signal: CountSignal, names: Names) -> dict[str, str]:
    """Say how many cases there were, how many there should have been, and which ones."""
    seen, group, one = signal.evidence, _title(signal.group, names), _one(names)
    n = {language: _leading(signal, names, language) for language in ("zh", "en")}
    day = {
        "zh": "当日" if seen.is_whole_day else "当日截至目前",
        "en": "on the day" if seen.is_whole_day else "so far today",
    }
    zh = (
        f"{group['zh']}{day['zh']}{seen.observed:.0f}{one}，预期{number(seen.expected)}{one}"
        f"（正常不超过{seen.high:.0f}{one}）{n['zh']}；{_compared(seen, names, 'zh')}；"
        f"{_scope(signal, 'zh')}全区偶然出现的机会：{_chance(signal, 'zh')}；"
        f"每日不超过{seen.clears_at:.0f}{one}时解除。"
    )
    en = (
        f"{group['en']}: {seen.observed:.0f} {day['en']}, {number(seen.expected)} expected "
        f"(usually up to {seen.high:.0f}){n['en']}; {_compared(seen, names, 'en')}; "
        f"{_scope(signal, 'en')}by chance the district sees as much "
        f"{_chance(signal, 'en')}; ends at up to {seen.clears_at:.0f} a day."
    )
    return {"zh": zh, "en": sentence(en)}


def _drop(signal: CountSignal, names: Names) -> dict[str, str]:
    """Say how few cases there were, and which are missing; few cases are not an all-clear."""
    seen, group, one = signal.evidence, _title(signal.group, names), _one(names)
    n = {language: _leading(signal, names, language) for language in ("zh", "en")}
    zh = (
        f"{group['zh']}当日仅{seen.observed:.0f}{one}，预期{number(seen.expected)}{one}"
        f"（正常不少于{seen.low:.0f}{one}）{n['zh']}；{_compared(seen, names, 'zh')}；"
        f"{_scope(signal, 'zh')}全区偶然出现的机会：{_chance(signal, 'zh')}；"
        f"案件少不等于问题少；每日不少于{seen.clears_at:.0f}{one}时解除。"
    )
    en = (
        f"{group['en']}: only {seen.observed:.0f} on the day, {number(seen.expected)} expected "
        f"(usually at least {seen.low:.0f}){n['en']}; {_compared(seen, names, 'en')}; "
        f"{_scope(signal, 'en')}by chance the district sees as few "
        f"{_chance(signal, 'en')}; fewer cases do not mean fewer problems; "
        f"ends from {seen.clears_at:.0f} a day on."
    )
    return {"zh": zh, "en": sentence(en)}


def _compared(seen: CountEvidence, names: Names, language: str) -> str:
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


def explain_cluster(signal: ClusterSignal, names: Names) -> dict[str, str]:
    """Say how many cases gathered where, in how many days, and how rare that is."""
    seen, group = signal.evidence, _title(signal.group, names)
    n_cells = len(signal.cells)
    zh = (
        f"{group['zh']}近{seen.days}天在{n_cells}个网格内聚集{seen.observed:.0f}件，"
        f"按平时分布应有{number(seen.expected)}件{_leading(signal, names, 'zh')}；"
        f"对照全区{span(seen.since, seen.until, 'zh')}一年内{seen.baseline_n}件案件；"
        f"全区偶然出现的机会：{_chance(signal, 'zh')}；一周内无新增时解除。"
    )
    when = span(seen.since, seen.until, "en")
    en = (
        f"{group['en']}: {seen.observed:.0f} within {_several(seen.days, 'day')} in "
        f"{_several(n_cells, 'cell')}, {number(seen.expected)} "
        f"expected from the usual pattern{_leading(signal, names, 'en')}; compared with "
        f"{seen.baseline_n} cases of the year{f' ({when})' if when else ''}; "
        f"by chance the district sees as much "
        f"{_chance(signal, 'en')}; ends when no case joins for a week."
    )
    return {"zh": zh, "en": sentence(en)}


def explain_silence(signal: SilenceSignal, names: Names) -> dict[str, str]:
    """Say who is silent for how long, and how long is usual; silence is not an all-clear."""
    del names
    seen = signal.evidence
    who = {
        "sensors": {
            "zh": f"{seen.sources}个网格的传感器",
            "en": f"sensors of {_several(seen.sources, 'cell')}",
        },
        "feed": {"zh": "整个数据源", "en": "the whole feed"},
        "streets": {"zh": "本街道案件", "en": "cases of this street"},
        "beats": {
            "zh": f"{seen.sources}个责任网格（{_listed(signal, 'zh')}）的巡查上报",
            "en": f"reports of {_several(seen.sources, 'beat')} ({_listed(signal, 'en')})",
        },
        "departments": {
            "zh": f"{seen.sources}个专业部门（{_listed(signal, 'zh')}）的处置反馈",
            "en": f"reports of {_several(seen.sources, 'department')} ({_listed(signal, 'en')})",
        },
    }[signal.metric]
    n = seen.gaps
    past = {
        "zh": f"（最长{number(seen.longest)}小时{f'，据以往{n}次间隔' if n else ''}）",
        "en": f"{number(seen.longest)} the longest usual{f', by {n} past gaps' if n else ''}",
    }
    zh = (
        f"{who['zh']}已静默，最长{number(seen.hours)}小时，平时间隔约{number(seen.usual)}小时"
        f"{past['zh']}；无数据不等于正常；恢复上报后解除。"
    )
    en = (
        f"{who['en']} silent, up to {number(seen.hours)} hours where {number(seen.usual)} is "
        f"usual and {past['en']}; no data does not mean that all is well; "
        f"ends when data come again."
    )
    return {"zh": zh, "en": sentence(en)}


def _several(n: int, noun: str) -> str:
    return f"{n} {noun}" + ("s" if n != 1 else "")


def _listed(signal: SilenceSignal, language: str) -> str:
    """List who is silent by name; the last of many stand for themselves as dots."""
    named = signal.evidence.named
    more = ["…"] if len(named) < signal.evidence.sources else []
    return {"zh": "、", "en": ", "}[language].join([*named, *more])


def _title(code: str, names: Names) -> dict[str, str]:
    """Name a group; the empty one is all cases, and a code without a name stands for itself."""
    return names.get(code, {"zh": code, "en": code} if code != "all" else ALL_CASES)


def _one(names: Names) -> str:
    """Chinese measure word of what is counted."""
    return names.get("one", {"zh": "件"})["zh"]


def _leading(signal: CountSignal | ClusterSignal, names: Names, language: str) -> str:
    """List the most frequent categories where there is more than one."""
    leading = signal.evidence.leading
    if not leading or signal.group in leading:
        return ""
    comma = {"zh": "、", "en": ", "}[language]
    listed = comma.join(f"{_title(code, names)[language]} {n}" for code, n in leading.items())
    intro = {"zh": "，主要减少", "en": ", missing most "} if _is_drop(signal) else _MOSTLY
    return intro[language] + listed


def _chance(signal: CountSignal | ClusterSignal, language: str) -> str:
    return chance(signal.severity, language, is_least=signal.is_least)


def _scope(signal: CountSignal, language: str) -> str:
    """Say whether the district rose or fell as a whole."""
    fell = _is_drop(signal)
    scopes = {
        Scope.LOCAL: {"zh": "其他街道正常；", "en": "other streets are as usual; "},
        Scope.REGIONAL: {
            "zh": f"全区同时{'下降' if fell else '上升'}；",
            "en": f"the whole district {'fell' if fell else 'rose'} together; ",
        },
    }
    return scopes.get(signal.scope, {}).get(language, "")


def _is_drop(signal: CountSignal | ClusterSignal) -> bool:
    return isinstance(signal, CountSignal) and signal.direction == "below"
