"""What is due next, and what is expected to break its limit."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component

from dashboards.common.wording import number, say
from models.messages.street_summaries import IndicatorCount
from models.situation.snapshot import Snapshot
from models.timing.units import DAY_MS


def due_rows(snapshot: Snapshot) -> list[Component]:
    """Say what will fall due, and what is expected to break its limit."""
    if not snapshot.stages:
        return [html.Li(say("dues.unknown"), className="quiet")]
    rows: list[Component] = []
    rows += [html.Li(say("dues.open", n=number(_open(snapshot)), late=number(_late(snapshot))))]
    at_risk = snapshot.figures.get("cases_at_risk")
    if at_risk is not None:
        rows.append(html.Li(say("dues.at_risk", n=number(at_risk))))
    rows += [html.Li(say(f"dues.{kind}", n=number(n))) for kind, n in _reports(snapshot).items()]
    week = _in_time(snapshot)
    if week is not None:
        share = number(100 * week[0] / week[1], 1)
        made = f"{number(week[0])}/{number(week[1])}"
        rows.append(html.Li(say("dues.in_time", value=share, made=made)))
    return rows


def _open(snapshot: Snapshot) -> int:
    return sum(stage.open for stage in snapshot.stages.values())


def _late(snapshot: Snapshot) -> int:
    return sum(stage.overdue for stage in snapshot.stages.values())


def _reports(snapshot: Snapshot) -> dict[str, int]:
    """Count the reports of major events that are due within a day, where there is an event."""
    due = [
        duty
        for event in snapshot.events
        for duty in event.duties
        if 0 <= duty.due_ms - snapshot.clock_ms <= DAY_MS
    ]
    return {"reports": len(due)} if due else {}


def _in_time(snapshot: Snapshot) -> tuple[float, int] | None:
    """Give closed in time and due of the last seven days, of the whole district."""
    found = (one for one in snapshot.indicators if _is_in_time(one))
    return next(((one.numerator, one.denominator) for one in found if one.denominator), None)


def _is_in_time(one: IndicatorCount) -> bool:
    return (one.window, one.by, one.indicator) == ("7d", "all", "closed_in_time_of_due")
