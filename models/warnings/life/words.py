"""What an answer to a command says, in Chinese and English; names of states, changes and roles."""

from __future__ import annotations

from typing import Final

from models.messages.audit import AuditEntry
from models.messages.commands import AnyAction, CloseCause, Role
from models.messages.warnings import (
    CityWarning,
    LifeState,
    Suppression,
    Verdict,
    WarningChange,
)
from models.warnings.life.record import WarningRecord

Text = dict[str, str]

STATES: Final[dict[LifeState, Text]] = {
    LifeState.NORMAL: {"zh": "正常", "en": "normal"},
    LifeState.UNACKNOWLEDGED: {"zh": "未确认", "en": "unacknowledged"},
    LifeState.ACKNOWLEDGED: {"zh": "已确认", "en": "acknowledged"},
    LifeState.RETURNED: {"zh": "已恢复未确认", "en": "returned to normal, unacknowledged"},
    LifeState.LATCHED: {"zh": "锁存", "en": "latched"},
    LifeState.SHELVED: {"zh": "已搁置", "en": "shelved"},
    LifeState.SUPPRESSED: {"zh": "按设计抑制", "en": "suppressed by design"},
    LifeState.OUT_OF_SERVICE: {"zh": "停用", "en": "out of service"},
}
SUPPRESSIONS: Final[dict[Suppression, Text]] = {
    Suppression.THROTTLED: {"zh": "超出应答能力，暂不显示", "en": "more than can be answered"},
    Suppression.INHIBITED: {"zh": "随另一条预警，暂不显示", "en": "follows from another"},
    Suppression.MAINTENANCE: {"zh": "维护期间，暂不显示", "en": "announced work disturbs it"},
}
CHANGES: Final[dict[WarningChange, Text]] = {
    WarningChange.RAISED: {"zh": "发布", "en": "raised"},
    WarningChange.LEVEL_UP: {"zh": "升级", "en": "level raised"},
    WarningChange.LEVEL_DOWN: {"zh": "降级", "en": "level lowered"},
    WarningChange.UPDATED: {"zh": "更新", "en": "updated"},
    WarningChange.CLEARED: {"zh": "恢复正常", "en": "returned to normal"},
    WarningChange.ACKNOWLEDGED: {"zh": "确认", "en": "acknowledged"},
    WarningChange.UNACKNOWLEDGED: {"zh": "撤销确认", "en": "unacknowledged"},
    WarningChange.ASSIGNED: {"zh": "指派", "en": "assigned"},
    WarningChange.COMMENTED: {"zh": "备注", "en": "commented"},
    WarningChange.ACCEPTED: {"zh": "采纳建议", "en": "suggestion accepted"},
    WarningChange.REJECTED: {"zh": "不采纳建议", "en": "suggestion rejected"},
    WarningChange.SHELVED: {"zh": "搁置", "en": "shelved"},
    WarningChange.SUPPRESSED: {"zh": "抑制", "en": "suppressed"},
    WarningChange.OUT_OF_SERVICE: {"zh": "停用", "en": "taken out of service"},
    WarningChange.UNSHELVED: {"zh": "恢复显示", "en": "brought back into view"},
    WarningChange.ESCALATED: {"zh": "上报", "en": "escalated"},
    WarningChange.CLOSED: {"zh": "关闭", "en": "closed"},
    WarningChange.REOPENED: {"zh": "重新打开", "en": "reopened"},
}
VERDICTS: Final[dict[Verdict, Text]] = {
    Verdict.ACCEPTED: CHANGES[WarningChange.ACCEPTED],
    Verdict.REJECTED: CHANGES[WarningChange.REJECTED],
    Verdict.NONE: {"zh": "无结论", "en": "no verdict"},
}
ROLES: Final[dict[Role, Text]] = {
    Role.VIEWER: {"zh": "浏览者", "en": "viewer"},
    Role.OPERATOR: {"zh": "值班员", "en": "operator"},
    Role.BUREAU: {"zh": "主管部门", "en": "bureau"},
    Role.COMMANDER: {"zh": "指挥长", "en": "commander"},
    Role.ADMIN: {"zh": "管理员", "en": "administrator"},
    Role.SYSTEM: {"zh": "系统", "en": "the system"},
}
TIERS: Final[tuple[Text, ...]] = (
    {"zh": "值班员", "en": "operator"},
    {"zh": "带班领导", "en": "shift leader"},
    {"zh": "指挥长", "en": "commander"},
)
CAUSES: Final[dict[CloseCause, Text]] = {
    CloseCause.RESOLVED: {"zh": "已处置", "en": "dealt with"},
    CloseCause.FALSE_ALARM: {"zh": "误报", "en": "false alarm"},
    CloseCause.EXPECTED: {"zh": "已知活动", "en": "known activity"},
    CloseCause.DUPLICATE: {"zh": "重复", "en": "duplicate"},
    CloseCause.EQUIPMENT: {"zh": "设备故障", "en": "fault of the equipment"},
    CloseCause.NO_ACTION: {"zh": "自行消失", "en": "passed by itself"},
    CloseCause.SUPERSEDED: {"zh": "被新预警取代", "en": "superseded by a newer warning"},
}


def done(warning: CityWarning) -> Text:
    """Say that a command was carried out."""
    change, state = CHANGES[warning.change], STATES[warning.state]
    return {
        "zh": f"已执行（{change['zh']}）：预警第{warning.revision}版，状态{state['zh']}。",
        "en": f"Done ({change['en']}): the warning is at revision {warning.revision}, "
        f"{state['en']}.",
    }


def unknown(warning: str) -> Text:
    """Say that there is no such warning, or that a newer one has taken its place."""
    return {
        "zh": f"没有预警 {warning}，或同一规则同一地点的新预警已取代它。",
        "en": f"There is no warning {warning}, or a newer one of its rule and place has taken its "
        "place.",
    }


def forbidden(role: Role, action: AnyAction) -> Text:
    """Say that a role may not ask this."""
    return {
        "zh": f"{ROLES[role]['zh']}无权执行 {named(action)}。",
        "en": f"The role {role.value} may not ask for {named(action)}.",
    }


def stale(seen: int, record: WarningRecord) -> Text:
    """Say what the others did since the revision that was seen."""
    newest = record.warning.revision
    since = unseen(seen, record)
    if not since:
        return {
            "zh": f"预警现为第{newest}版，您看到的是第{seen}版；请重新查看。",
            "en": f"The warning is at revision {newest}, and you saw {seen}; look again.",
        }
    zh = "；".join(f"第{each.revision}版{_who(each, 'zh')}{_what(each, 'zh')}" for each in since)
    en = "; ".join(
        f"revision {each.revision} {_what(each, 'en')} by {_who(each, 'en')}" for each in since
    )
    return {
        "zh": f"您看到第{seen}版之后，预警已变化：{zh}。请重新查看。",
        "en": f"The warning has changed since revision {seen}, which you saw: {en}. Look again.",
    }


def unseen(seen: int, record: WarningRecord) -> list[AuditEntry]:
    """Give the remembered changes after a revision."""
    return [each for each in record.trail if each.revision > seen]


def closed(cause: CloseCause) -> Text:
    """Say that nothing can be asked of a closed warning but to reopen it."""
    return {
        "zh": f"预警已关闭（{CAUSES[cause]['zh']}），只能重新打开。",
        "en": f"The warning is closed ({CAUSES[cause]['en']}); it can only be reopened.",
    }


def not_in(state: LifeState, action: AnyAction) -> Text:
    """Say that a command does not fit the state."""
    return {
        "zh": f"预警状态为{STATES[state]['zh']}，不能执行 {named(action)}。",
        "en": f"The warning is {STATES[state]['en']}, so {named(action)} is not possible.",
    }


def acknowledged() -> Text:
    """Say that somebody has acknowledged it."""
    return {"zh": "预警已确认。", "en": "The warning has been acknowledged already."}


def top() -> Text:
    """Say that nobody stands above."""
    return {
        "zh": "已上报至指挥长，没有更高一级。",
        "en": "The commander has it already; there is no higher level of duty.",
    }


def still_standing() -> Text:
    """Say that a condition cannot be closed away."""
    return {
        "zh": "情况仍在持续，不能关闭；可以搁置（须有期限）或停用。",
        "en": "The condition still stands, so it cannot be closed; shelve it with an end, or take "
        "it out of service.",
    }


def never_shown() -> Text:
    """Say that what nobody saw needs no closing."""
    return {
        "zh": "该预警从未显示，且已恢复正常，无需关闭。",
        "en": "The warning was never shown and has returned to normal: there is nothing to close.",
    }


def not_closed() -> Text:
    """Say that only what was closed can be reopened."""
    return {"zh": "预警未关闭。", "en": "The warning is not closed."}


def by_design() -> Text:
    """Say that no person keeps it back."""
    return {
        "zh": "该预警由系统抑制，原因消除后会自动显示。",
        "en": "The system keeps it back, and it comes up when the reason ends.",
    }


def too_red() -> Text:
    """Say that red stays in view."""
    return {
        "zh": "红色预警不得搁置或抑制；请确认或上报。停用须由指挥长执行。",
        "en": "A red warning stays in view: acknowledge or escalate it. Only a commander takes it "
        "out of service.",
    }


def no_end(most_min: int) -> Text:
    """Say that an end is needed, and how late it may be."""
    return {
        "zh": f"须给出期限，最长{most_min}分钟。",
        "en": f"It needs an end, at most {most_min} minutes from now.",
    }


def no_words() -> Text:
    """Say that a reason is needed."""
    return {"zh": "须说明理由。", "en": "It needs a text that says why."}


def no_cause_named() -> Text:
    """Say that the other warning is missing."""
    return {
        "zh": "须给出另一条预警，本预警由它引起。",
        "en": "It needs the id of another warning, from which it follows.",
    }


def no_cause() -> Text:
    """Say that the cause is not one for people."""
    return {"zh": "该关闭原因仅供系统使用。", "en": "Only the system gives this cause."}


def nobody(to: Role) -> Text:
    """Say that a role does not deal with warnings."""
    return {
        "zh": f"不能指派给{ROLES[to]['zh']}。",
        "en": f"It cannot be assigned to the role {to.value}.",
    }


def named(action: AnyAction) -> str:
    """Give the word by which a command is asked for."""
    return str(type(action).__struct_config__.tag)


def _who(entry: AuditEntry, language: str) -> str:
    return (
        f"{entry.actor}（{ROLES[entry.role]['zh']}）"
        if language == "zh"
        else (f"{entry.actor} ({ROLES[entry.role]['en']})")
    )


def _what(entry: AuditEntry, language: str) -> str:
    return CHANGES[entry.change][language]
