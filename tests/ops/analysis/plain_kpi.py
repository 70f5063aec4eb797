"""The indicators of Dongcheng once more, in plain pandas and loops: independent of our code."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
from chinese_calendar import is_workday

ZONE = ZoneInfo("Asia/Shanghai")
SHIFTS = ((time(8, 30), time(12)), (time(13, 30), time(18)))
# As registry/limits.yaml has them: minutes and clock of the limit to close, from filing.
URGENT = dict.fromkeys(("E0401", "E0402", "C0104"), (480, "urgent-hours"))
LIMITS = {"E0102": (240, "working-hours"), **URGENT}
OTHERS = (4320, "working-days")


@dataclass(frozen=True, kw_only=True)
class PlainCase:
    """A case as it would be told: times are local, None where never."""

    number: str
    category: str
    reported: datetime
    filed: datetime | None = None
    closed: datetime | None = None
    cancelled: datetime | None = None
    rejected: datetime | None = None
    own_limit: datetime | None = None
    extended: datetime | None = None
    extended_to: datetime | None = None

    def events(self, **more: str) -> list[dict[str, Any]]:
        """Its events as JSON objects."""
        found = []
        for kind in ("reported", "filed", "rejected", "extended", "cancelled", "closed"):
            at = getattr(self, kind)
            if at is None:
                continue
            event = {"case": self.number, "type": kind, "ts": at.isoformat(), **more}
            if kind == "reported":
                event["category"] = self.category
            if kind == "filed" and self.own_limit is not None:
                event["due"] = self.own_limit.isoformat()
            if kind == "extended" and self.extended_to is not None:
                event["due"] = self.extended_to.isoformat()
            found.append(event)
        return found


def limit_of(case: PlainCase) -> tuple[datetime | None, str]:
    """Limit to close, and where it comes from: own, registry or none."""
    if case.rejected is not None or case.cancelled is not None:
        return None, "none"
    if case.extended_to is not None:
        return case.extended_to, "own"
    if case.own_limit is not None:
        return case.own_limit, "own"
    minutes, clock = LIMITS.get(case.category, OTHERS)
    return deadline(case.filed or case.reported, minutes, clock), "registry"


def deadline(start: datetime, minutes: int, clock: str) -> datetime:
    """Go on from a start, stretch by stretch, until the minutes are used up."""
    if clock == "urgent-hours":
        return start + timedelta(minutes=minutes)
    left = timedelta(minutes=minutes)
    day = start.date()
    whole = (time(0), time.max)
    for _ in range(400):
        for low, high in SHIFTS if clock == "working-hours" else (whole,):
            begin = datetime.combine(day, low, ZONE)
            end = datetime.combine(day, high, ZONE)
            if high == time.max:
                end = datetime.combine(day + timedelta(days=1), time(0), ZONE)
            begin = max(begin, start)
            if not is_workday(day) or end <= begin:  # type: ignore[no-untyped-call]
                continue
            if end - begin >= left:
                return begin + left
            left -= end - begin
        day += timedelta(days=1)
    raise AssertionError


def plain_kpi(cases: list[PlainCase]) -> dict[str, Any]:
    """Counts and values of all cases; the data end with the last event."""
    frame = pd.DataFrame([_row(case) for case in cases], dtype="datetime64[us, UTC]")
    end = max(at for case in cases for at in _times(case))
    begin = min(at for case in cases for at in _times(case))
    filed = frame[frame.filed.notna()]
    closed = filed[filed.closed.notna()]
    due = frame[frame.due.notna() & (frame.due <= end) & (frame.due >= begin)]
    hours = (closed.closed - closed.filed).dt.total_seconds() / 3600
    is_open = filed.closed.isna() & filed.cancelled.isna()
    return {
        "reported": len(frame),
        "filed": len(filed),
        "closed": len(closed),
        "cancelled": int(filed.cancelled.notna().sum()),
        "open": int(is_open.sum()),
        "overdue": int((is_open & (filed.due < end)).sum()),
        "closed_late": int((closed.closed > closed.due).sum()),
        "due": len(due),
        "closed_of_due": due.closed.notna().mean() if len(due) else None,
        "closed_in_time_of_due": (due.closed <= due.due).mean() if len(due) else None,
        "closed_of_filed": len(closed) / len(filed) if len(filed) else None,
        "mean_hours_to_close": hours.mean() if len(hours) else None,
        "median_hours_to_close": hours.median() if len(hours) else None,
    }


def _times(case: PlainCase) -> list[datetime]:
    kinds = ("reported", "filed", "rejected", "extended", "cancelled", "closed")
    return [at for kind in kinds if (at := getattr(case, kind)) is not None]


def _row(case: PlainCase) -> dict[str, Any]:
    limit, _ = limit_of(case)
    times = {"filed": case.filed, "closed": case.closed, "cancelled": case.cancelled, "due": limit}
    return {
        name: pd.NaT if at is None else pd.Timestamp(at).tz_convert("UTC")
        for name, at in times.items()
    }
