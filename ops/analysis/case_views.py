"""Cases as a person looks at them: stage, limit, timeline, and what is wrong."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from math import isnan
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from config.errors import InputError
from models.cases.columns import NEVER, names
from models.cases.coverage import span_of_steps
from models.cases.prediction.breach import BreachModel, OpenCases
from models.cases.state import LOOP, CaseState
from models.cases.timeline import Step, in_order
from models.feeds.tidy import tidy
from models.grid.codes import street_code
from models.timing.zone import Zone
from ops.analysis.case_history import Question, last_event_ms
from ops.analysis.case_source import CaseSource, cases_of_archive, cases_of_file
from ops.cities import catalog_of
from ops.files.account import InputAccount
from streams.breach_file import read_model


@dataclass(frozen=True, kw_only=True)
class CaseAtEnd:
    """One case at the end of what is known.

    Attributes
    ----------
    case : str
    state : CaseState
    steps : list of Step
        In order.
    due_ms : int or None
        Limit to close.
    now_ms : int
        The last event known of any case.
    zone : ZoneInfo
    breach : float or None
        Probability that an open case will not be closed in time; None without a trained model, or
        without a limit.
    expected_ms : int or None
        When it may be closed; None where nobody knows.
    """

    case: str
    state: CaseState
    steps: list[Step]
    due_ms: int | None
    now_ms: int
    zone: ZoneInfo
    breach: float | None = None
    expected_ms: int | None = None

    @property
    def stage(self) -> str:
        """Stage of the loop."""
        return self.state.stage.value

    @property
    def due(self) -> str:
        """Limit as local time; empty without one."""
        return "" if self.due_ms is None else local(self.due_ms, self.zone)

    @property
    def expected(self) -> str:
        """Expected closing as local time; empty where it is unknown."""
        return "" if self.expected_ms is None else local(self.expected_ms, self.zone)

    @property
    def is_overdue(self) -> bool:
        """Whether it is open, not held, and past its limit."""
        running = self.state.is_open and not self.state.held
        return running and self.due_ms is not None and self.due_ms < self.now_ms

    @property
    def lines(self) -> list[dict[str, Any]]:
        """Its steps, each with the time since the step before and its own reason codes."""
        lines, before = [], None
        for index, step in enumerate(self.steps):
            after = "" if before is None else _span(step.ts_ms - before)
            before = step.ts_ms
            flags = [flag.value for at, flag in self.state.quality_flags if at == index]
            lines.append(
                {
                    "time": local(step.ts_ms, self.zone),
                    "ts_ms": step.ts_ms,
                    "after": after,
                    "type": step.type.value,
                    "actor": step.actor,
                    "role": step.role,
                    "department": step.department,
                    "flags": flags,
                }
            )
        return lines

    def summary(self) -> dict[str, Any]:
        """Give one line for a list."""
        return {
            "case": self.case,
            "stage": "held" if self.state.held else self.stage,
            "category": self.state.category,
            "unlisted_category": self.state.unlisted,
            "cell": self.state.cell,
            "department": self.state.department,
            "since": local(self.state.since_ms, self.zone),
            "due": self.due,
            "overdue": self.is_overdue,
            "breach_probability": self.breach,
            "expected_close": self.expected,
            "flags": sorted(self.state.flags),
        }

    def to_builtins(self) -> dict[str, Any]:
        """Give everything, for JSON."""
        return {**self.summary(), "timeline": self.lines}


def view_one(
    case: str, file: Path | None, mapping: str | None
) -> tuple[str, CaseAtEnd, InputAccount]:
    """Look at one case; also the time of the last event known, and what became of the rows.

    Raises
    ------
    InputError
        There is no such case.
    """
    views, account = _views(Question(number=case), file, mapping, case)
    for view in views:
        if view.case == case:
            return local(view.now_ms, view.zone), view, account
    msg = f"there is no case {case}"
    raise InputError(msg)


def view_some(
    question: Question,
    file: Path | None,
    mapping: str | None,
    *,
    only_overdue: bool = False,
    flag: str = "",
) -> tuple[str, list[CaseAtEnd], InputAccount]:
    """Look at the cases that a question fits, those furthest past their limit first.

    Also the time of the last event known, and what became of the rows. `flag` is a reason code that
    the cases have to carry.
    """
    views, account = _views(question, file, mapping, None)
    seen = local(views[0].now_ms, views[0].zone) if views else ""
    shown = [
        view
        for view in views
        if (view.is_overdue or not only_overdue) and (not flag or flag in view.state.flags)
    ]
    last = 2**62
    shown.sort(key=lambda v: (not v.is_overdue, v.due_ms if v.due_ms is not None else last, v.case))
    return seen, shown, account


def _views(
    question: Question, file: Path | None, mapping: str | None, case: str | None
) -> tuple[list[CaseAtEnd], InputAccount]:
    settings, catalog = catalog_of(mapping)
    if file is None:
        source = cases_of_archive(settings, catalog, question, case)
        now_ms = last_event_ms(settings.archive_dir)
    else:
        known = None if mapping is None else catalog.mapping(mapping)
        source = cases_of_file(file, catalog, known)
        now_ms = span_of_steps(source.histories, source.latest_ms)[1]
    views = _looked_at(source, question, now_ms)
    model = read_model(settings)
    foreseen = views if model is None else _foreseen(views, model, source.rules.zone)
    return foreseen, source.read.account


def _looked_at(source: CaseSource, question: Question, now_ms: int) -> list[CaseAtEnd]:
    chosen = {case: s for case, s in source.histories.items() if question.number in case}
    states = source.states(chosen.values())
    limits = source.rules.limits(states)
    views = [
        CaseAtEnd(
            case=case,
            state=state,
            steps=in_order(steps),
            due_ms=limit.close_ms,
            now_ms=now_ms,
            zone=ZoneInfo(source.timezone),
        )
        for (case, steps), state, limit in zip(chosen.items(), states, limits, strict=True)
    ]
    return [view for view in views if _fits(view, question)]


def _foreseen(views: list[CaseAtEnd], model: BreachModel, zone: Zone) -> list[CaseAtEnd]:
    """Add to open cases what the model says of them, under the usual load of their departments."""
    waiting = [view for view in views if view.state.is_open]
    cases = _open_cases(waiting, model)
    predictions = zip(
        model.breach(cases, zone).tolist(), model.expected_close_ms(cases).tolist(), strict=True
    )
    foreseen = {
        view.case: replace(
            view,
            breach=None if isnan(chance) else chance,
            expected_ms=None if expected_ms == NEVER else expected_ms,
        )
        for view, (chance, expected_ms) in zip(waiting, predictions, strict=True)
    }
    return [foreseen.get(view.case, view) for view in views]


def _open_cases(views: list[CaseAtEnd], model: BreachModel) -> OpenCases:
    states = [view.state for view in views]
    filed = [s.began_ms if s.filed_ms is None else s.filed_ms for s in states]
    began = [s.since_ms if ms is None else ms for s, ms in zip(states, filed, strict=True)]
    due = [NEVER if view.due_ms is None else view.due_ms for view in views]
    return OpenCases(
        category=names(state.category for state in states),
        department=names(state.department for state in states),
        street=names(street_code(state.cell) or state.area for state in states),
        began_ms=np.array(began, dtype=np.int64),
        due_ms=np.array(due, dtype=np.int64),
        at_ms=np.array([view.now_ms for view in views], dtype=np.int64),
        load=np.array([model.typical_load.get(state.department, 1.0) for state in states]),
        stage=np.array([float(LOOP.index(state.stage)) for state in states]),
    )


def _fits(view: CaseAtEnd, question: Question) -> bool:
    state = view.state
    return (
        state.cell.startswith(question.street)
        and tidy(question.department) in ("", state.department)
        and question.category in ("", state.category)
    )


def local(ms: int, zone: ZoneInfo) -> str:
    """Write an instant in local time; one that no calendar holds as its number."""
    try:
        moment = datetime.fromtimestamp(ms / 1000, UTC).astimezone(zone)
    except (ValueError, OverflowError, OSError):
        return f"{ms} ms"
    return f"{moment:%Y-%m-%d %H:%M:%S}"


def _span(ms: int) -> str:
    """Write a length of time: `2 d 3 h`, `4 h 5 min`, `6 min`, `7 s`."""
    minutes, seconds = divmod(ms // 1000, 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days:
        return f"{days} d {hours} h"
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min" if minutes else f"{seconds} s"
