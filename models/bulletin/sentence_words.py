"""The words of the five sentences, in both languages."""

from __future__ import annotations

from typing import Final

from models.bulletin.period import Against, Span

_BEFORE: Final = {
    Span.DAILY: {"zh": "前一日", "en": "the day before"},
    Span.WEEKLY: {"zh": "上周", "en": "the week before"},
    Span.MONTHLY: {"zh": "上月", "en": "the month before"},
}
AGAINST: Final = {
    span: {
        Against.BEFORE: before,
        Against.LAST_WEEK: {"zh": "上周同日", "en": "the same day last week"},
        Against.LAST_YEAR: {"zh": "去年同期", "en": "the same period last year"},
    }
    for span, before in _BEFORE.items()
}
LEVELS: Final = {
    1: {"zh": "蓝色", "en": "blue"},
    2: {"zh": "黄色", "en": "yellow"},
    3: {"zh": "橙色", "en": "orange"},
    4: {"zh": "红色", "en": "red"},
}
LEVEL_COUNT: Final = {"zh": "{level}{count}", "en": "{count} {level}"}
PERIODS: Final = {"zh": "{first}至{last}", "en": "{first} to {last}"}
JOIN: Final = {"zh": "；", "en": "; "}

SENTENCES: Final = {
    "zh": {
        "empty": "{period}档案中没有任何数据（案件、监测值、预警均无）：情况不明，不能视为正常。",
        "no-cases": "{period}档案中没有任何案件记录：案件情况不明，不能视为无案件。",
        "part": "（{days}日中仅{have}日有案件记录）",
        "cases": "{period}{part}立案{filed}件，结案{closed}件，作废{cancelled}件，"
        "期末未结{open}件，其中超期{overdue}件、挂起{held}件。",
        "nothing-to-compare": "本期没有案件数据，无法与以往比较。",
        "more": "较{name}（{before}件）增加{more}件{share}{note}",
        "less": "较{name}（{before}件）减少{more}件{share}{note}",
        "same": "与{name}（{before}件）持平{note}",
        "only": "，该期{days}日中仅{have}日有记录",
        "missing": "{names}档案中无数据，无法比较",
        "comparison": "立案数{unequal}{parts}。",
        "not-over": "（本期尚未结束，以下与完整时段比较）",
        "comma": "、",
        "semicolon": "；",
        "no-limits": "没有案件数据，按期结案率无法计算。",
        "stock": "未结案件由期初{before}件变为期末{open}件",
        "none-due": "本期没有到期案件，按期结案率无法计算；{change}。",
        "due": "应结案{due}件中按期结案{kept}件，按期结案率{share}（95%区间{interval}）；"
        "{change}。",
        "not-watched": "没有预警记录，也没有监测值和案件记录：无法判断是否应当预警。",
        "no-warnings": "档案中本期没有预警；{hours}小时中有{have}小时收到监测值。",
        "warnings": "发布预警{raised}条{levels}，另有{before}条为期前发布、延续到本期；"
        "期末仍有{standing}条未解除；两者中{unacknowledged}条无人确认。",
        "no-readings": "没有监测值归档，扬尘情况不明",
        "readings": "{title}平均{mean}{unit}，最高{max}{unit}（{place}），"
        "{of}小时中{hours}小时有数据",
        "mean-before": "，{name}平均{before}",
        "no-departure": "，档案中各指标均无偏离预期的记录",
        "departure": "，{title}有{count}个时段偏离预期，最显著一次"
        "实测{observed}、预期{expected}{unit}",
        "due-unknown": "没有案件数据，次日到期案件不明。",
        "due-next": "次日到期案件{total}件（另有挂起{held}件）。",
    },
    "en": {
        "empty": "The archive holds no data at all of {period} (no cases, readings or warnings): "
        "the situation is unknown, not calm.",
        "no-cases": "The archive holds no step of any case of {period}: how the cases stand is "
        "unknown, which does not mean that there were none.",
        "part": " (steps of cases on {have} of {days} days only)",
        "cases": "{period}{part}: {filed} cases filed, {closed} closed, {cancelled} cancelled; "
        "{open} open at the end, {overdue} of them overdue and {held} held.",
        "nothing-to-compare": "Without cases of this period there is nothing to compare.",
        "more": "{more} more{share} than {name} ({before}){note}",
        "less": "{more} fewer{share} than {name} ({before}){note}",
        "same": "as many as {name} ({before}){note}",
        "only": ", of which {have} of {days} days have records",
        "missing": "the archive has no cases of {names}: no comparison",
        "comparison": "Cases filed{unequal}: {parts}.",
        "not-over": " (this period is not over, the others are whole)",
        "comma": ", ",
        "semicolon": "; ",
        "no-limits": "Without cases the share closed in time cannot be computed.",
        "stock": "open cases went from {before} at the begin to {open} at the end",
        "none-due": "No case was due in the period, so there is no share closed in time; {change}.",
        "due": "Of {due} cases due, {kept} were closed in time: {share} (95 % interval {interval});"
        " {change}.",
        "not-watched": "No warning is on record, and no reading or case either: whether there "
        "should have been one cannot be told.",
        "no-warnings": "The archive has no warning of the period; readings came in {have} of "
        "{hours} hours.",
        "warnings": "{raised} warnings raised{levels}, {before} more stood from before; {standing} "
        "stand at the end, and {unacknowledged} of all these were acknowledged by nobody.",
        "no-readings": "No readings are archived, so dust is unknown",
        "readings": "{title}: mean {mean}, maximum {max} {unit} ({place}), data in {hours} of {of} "
        "hours",
        "mean-before": "; mean {before} {name}",
        "no-departure": "; no departure of any metric from the expected is archived",
        "departure": "; {title} departed from the expected in {count} panes, at the gravest "
        "{observed} seen against {expected} {unit} expected",
        "due-unknown": "without cases, what is due next is unknown.",
        "due-next": "{total} cases are due on the next day ({held} more are held).",
    },
}
