"""The cases behind a number, as they stood at its time."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Final

from dash import html
from dash.development.base_component import Component

from config.errors import GridpulseError
from config.events import PhaseKind
from dashboards.common.case_book import CaseNow, CaseQuestion, Cases
from dashboards.common.parts import PartRequest
from dashboards.common.states import away, empty
from dashboards.common.wording import number, say
from dashboards.panels.case_tables import case_table
from models.events.fence import EventFence
from models.timing.zone import zone_of

SHOWN: Final = 100  # cases
READ: Final = 1_000  # at once, of which those that count are kept
PAGES: Final = 5  # so often at most: each costs about a second of a large archive


@dataclass(frozen=True, kw_only=True)
class WantedCases:
    """Which cases a number counts.

    Attributes
    ----------
    fields : dict
        Of the question that finds them, or more than them.
    event, phase : str, PhaseKind
        Only cases that began in such a phase of the event, and inside it; empty: all.
    is_overdue : bool
        Only those past their limit.
    """

    fields: dict[str, Any] = field(default_factory=dict)
    event: str = ""
    phase: PhaseKind = PhaseKind.LIVE
    is_overdue: bool = False


@dataclass(frozen=True, kw_only=True)
class _Found:
    """At most `SHOWN` cases, of how many that were looked at, and whether that was not all."""

    cases: list[CaseNow]
    looked_at: int
    is_cut: bool


def counted_cases(wanted: WantedCases, request: PartRequest, behind: str) -> list[Component]:
    """List them; `behind` is the key of what is said of their number below."""
    if request.api.cases is None:
        return [empty("figure.no-cases")]
    fence = _fence(wanted.event, request)
    span = fence.span_of(wanted.phase) if fence else None
    if wanted.event and span is None:
        return [empty("figure.no-phase")]
    fields = wanted.fields | ({"since_ms": span[0], "until_ms": span[1]} if span else {})
    question = CaseQuestion(
        within=request.caller.areas,
        own_departments=request.caller.departments,
        limit=READ if wanted.event else SHOWN,
        **fields,
    )
    try:
        found = _walked(request.api.cases, question, wanted, fence)
    except GridpulseError as error:
        return [away("figure.away", error)]
    if found.is_cut and not found.cases:
        return [html.Div(say("figure.rest", n=number(found.looked_at)), className="empty-state")]
    cut = "figure.more-oldest" if question.oldest_first else "figure.more"
    more = [html.P(say(cut, n=number(len(found.cases))))] if found.is_cut else []
    shown = case_table(found.cases, request.api.city, request.api.now_ms())
    return [shown, *more, html.P(say(behind), className="told")]


def _fence(event: str, request: PartRequest) -> EventFence | None:
    catalog = request.api.city.catalog
    known = catalog.events.get(event)
    return EventFence(known, zone_of(catalog.city.timezone)) if known else None


def _walked(
    archive: Cases, question: CaseQuestion, wanted: WantedCases, fence: EventFence | None
) -> _Found:
    """Read pages until enough cases are found that count."""
    kept: list[CaseNow] = []
    looked_at = 0
    for _ in range(PAGES):
        page, after = archive.find(question)
        looked_at += len(page)
        kept += [case for case in page if _is_counted(case, wanted, fence)]
        is_full = len(kept) > SHOWN or (len(kept) == SHOWN and after is not None)
        if is_full or after is None:
            return _Found(cases=kept[:SHOWN], looked_at=looked_at, is_cut=is_full)
        question = replace(question, after=after)
    return _Found(cases=kept, looked_at=looked_at, is_cut=True)


def _is_counted(case: CaseNow, wanted: WantedCases, fence: EventFence | None) -> bool:
    if fence is not None:
        phase = fence.phase_at(case.opened_ms)
        if wanted.event not in case.events or phase is None or phase.kind is not wanted.phase:
            return False
    return case.is_overdue or not wanted.is_overdue
