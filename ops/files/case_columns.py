"""Tables of cases whose column names leave no doubt.

One row is a case, with its times in columns; or an event, with the columns `case`, `type`, `ts`.
"""

from __future__ import annotations

from collections.abc import Mapping as Dict
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from config.errors import InputError
from config.mapping import Mapping
from models.messages.case_events import EventType
from ops.files import vocabulary
from ops.files.choices import Choices
from ops.files.names import degrees, named, plain, shifted
from ops.files.overruled import overruled

# Column names that leave no doubt, folded by `ops.files.names.plain`.
_OBVIOUS: Final[Dict[str, tuple[str, ...]]] = {
    "case": (
        *("case", "caseid", "caseno", "casenumber", "caseenquiryid", "id", "number", "uniquekey"),
        *("servicerequestid", "servicerequestnum", "srnumber", "案件编号", "工单编号", "任务号"),
        *("案件号", "编号"),
    ),
    "reported": ("reported", "reportedat", *vocabulary.EVENT_TIMES, "open"),
    "filed": ("filed", "filedat", "立案时间"),
    "dispatched": ("dispatched", "dispatchedat", "派遣时间"),
    "disposed": ("disposed", "disposedat", "处置时间"),
    "verified": ("verified", "verifiedat", "核查时间"),
    "closed": (
        *(
            "closed",
            "closedat",
            "closeddate",
            "closedate",
            "closeddt",
            "closeddatetime",
            "dateclosed",
        ),
        *("结案时间", "办结时间"),
    ),
    "due": (
        *("due", "dueat", "duedate", "limit", "deadline", "slatargetdt", "targetdate"),
        *("截止时间", "应结案时间"),
    ),
    "category": vocabulary.CLASSES,
    "department": vocabulary.DEPARTMENTS,
    "source": ("source", "origin", "来源"),
    "beat": ("beat", "责任网格"),
    "area": ("street", "neighborhood", "neighbourhood", "area", "街道", "所属街道"),
    "cell": ("cell", "单元网格", "网格编码"),
}
_STEPS: Final = ("reported", "filed", "dispatched", "disposed", "verified", "closed")
_EVENT: Final = ({"case", "type", "ts"}, {"data.case", "data.type", "data.ts"})


def has_event_names(names: Sequence[str]) -> bool:
    """Whether rows have the names of a case event, bare or in an envelope."""
    return any(event <= set(names) for event in _EVENT)


def obvious_mapping(file: Path, names: Sequence[str], timezone: str, choices: Choices) -> Mapping:
    """Make a mapping from column names that leave no doubt.

    Raises
    ------
    InputError
        They leave some; the sentence says what to do.
    """
    zone = choices.timezone or timezone
    if has_event_names(names):
        rows = Mapping.model_validate({**_event_rows(names), "timezone": zone})
        return overruled(rows, choices, names, file)
    found = _found(file, names, choices)
    steps = [step for step in _STEPS if step in found]
    if "case" not in found or not {"reported", "filed"} & set(steps):
        msg = (
            f"{file}: the columns {', '.join(names)} do not tell by themselves what they "
            "are; name a mapping with --mapping, or call them case, opened, due, closed, …"
        )
        raise InputError(msg)
    opened = found[steps[0]]
    times = steps if "filed" in steps else ["filed", *steps]
    laid_out = _laid_out(found, {step: found.get(step, opened) for step in times})
    made = Mapping.model_validate({**laid_out, "timezone": zone})
    return overruled(made, choices, names, file)


def _event_rows(names: Sequence[str]) -> dict[str, Any]:
    """Lay out a table of which each row is one event."""
    time = {"column": "ts"}
    events = [
        {"type": each.value, "time": time, "when": {"column": "type", "values": [each.value]}}
        for each in EventType
    ]
    plain_roles = ("department", "beat", "area", "cell", "lon", "lat")
    return {
        "name": "the column names",
        "feed": "cases",
        "source": "the file itself",
        "case": "case",
        "events": events,
        "origin": "source" if "source" in names else None,
        **{role: {"column": role} for role in ("due", "category") if role in names},
        **{role: role for role in plain_roles if role in names},
    }


def _found(file: Path, names: Sequence[str], choices: Choices) -> dict[str, str]:
    """Column of each role; one column has one role, the first that claims it."""
    folded: dict[str, str] = {}
    for name in names:
        folded.setdefault(plain(name), name)
    asked = {"reported": choices.time, "lon": choices.lon, "lat": choices.lat}
    found = {role: named(name, names, file) for role, name in asked.items() if name is not None}
    for role, spellings in _OBVIOUS.items():
        taken = set(found.values())
        known = (folded[each] for each in spellings if each in folded)
        column = next((name for name in known if name not in taken), None)
        if column is not None:
            found.setdefault(role, column)
    for role, place in zip(("lon", "lat"), degrees(names), strict=True):
        if place is not None:
            found.setdefault(role, place)
    return found


def doubts(mapping: Mapping, names: Sequence[str]) -> list[str]:
    """Say what a table does not tell of its cases, though it may look as if."""
    notes = []
    if not has_event_names(names) and all(event.type != "closed" for event in mapping.events):
        notes.append("no column says when a case was closed: all count as open (--mapping)")
    if mapping.lon is None and (text := shifted(names)):
        notes.append(f"cases have no place: {text}, or say --lon and --lat")
    return notes


def _laid_out(found: dict[str, str], times: dict[str, str]) -> dict[str, Any]:
    """Lay a mapping out; without a column of filing a case is on file once it is opened."""
    events = [{"type": step, "time": {"column": column}} for step, column in times.items()]
    sources: dict[str, Any] = {
        role: {"column": found[role]} for role in ("due", "category") if role in found
    }
    plain_roles = ("case", "department", "beat", "area", "cell", "lon", "lat")
    return {
        "name": "the column names",
        "feed": "cases",
        "source": "the file itself",
        "events": events,
        "origin": found.get("source"),
        **sources,
        **{role: found[role] for role in plain_roles if role in found},
    }
