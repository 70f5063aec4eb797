"""The words of the close-out report in both languages."""

from __future__ import annotations

from typing import Final

WORDS: Final = {
    "zh": {
        "title": "收尾总结",
        "head": "{city}　实战阶段 {begin} 至 {end}（不含）　统计时刻 {at}",
        "counts": "保障对象{objects}个；立案{filed}件，结案{closed}件，未结{open}件",
        "share": "结案率 {percent}（{closed}÷{filed}）",
        "parts": "未结案件中超时{overdue}件；结案时已超时限{closed_late}件；作废{cancelled}件；"
        "范围内开始的案件共{tagged}件（含未立案）",
        "printed": "注：{note}",
        "exercise": "演练阶段另计：立案{filed}件，结案{closed}件，未结{open}件",
        "others": "归档案件{cases}件中，{others}件不在本活动的时间或范围内，未计入",
        "definitions": "指标定义",
        "source": "数据来源",
        "by_kind": "按对象类别",
        "by_object": "按保障对象（一案处于两个对象范围内时，两处均计）",
        "by_street": "按街道",
        "by_category": "按案件类别",
        "by_day": "按上报日期",
        "group": "分组",
        "filed": "立案",
        "closed": "结案",
        "closed_of_filed": "结案率",
        "open": "未结",
        "overdue": "超时未结",
        "closed_late": "超时结案",
        "tagged": "范围内案件",
        "objects": "保障对象",
    },
    "en": {
        "title": "close-out",
        "head": "{city}. Live phase {begin} to {end} (exclusive). Counted for {at}",
        "counts": "{objects} objects; {filed} cases filed, {closed} closed, {open} open",
        "share": "closed of filed {percent} ({closed} of {filed})",
        "parts": "{overdue} of the open ones are past their limit; {closed_late} were closed past "
        "it; {cancelled} cancelled; {tagged} cases began inside, filed or not",
        "printed": "Note: {note}",
        "exercise": "Rehearsal, counted apart: {filed} filed, {closed} closed, {open} open",
        "others": "Of {cases} archived cases {others} are not of the event, by place or by time",
        "definitions": "Definitions",
        "source": "Source",
        "by_kind": "By kind of object",
        "by_object": "By object (a case inside two objects counts at both)",
        "by_street": "By street",
        "by_category": "By class",
        "by_day": "By day of the report",
        "group": "Group",
        "filed": "Filed",
        "closed": "Closed",
        "closed_of_filed": "Closed of filed",
        "open": "Open",
        "overdue": "Open, overdue",
        "closed_late": "Closed late",
        "tagged": "Began inside",
        "objects": "Objects",
    },
}
