"""The close-out of an event from the archive: its cases as they stood at a moment, counted."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final

import msgspec

from config.catalog import Catalog
from config.errors import InputError
from config.events import PhaseKind, SpecialEvent
from config.settings import Settings
from models.cases.coverage import recorded_in
from models.events.close_out import CloseOut, CloseOutCounts, close_out
from models.events.fence import EventFence
from models.events.tagging import EventTagger
from ops.analysis.case_source import CaseSource, cases_of_archive
from ops.cli_times import moment_ms

DEFINITIONS: Final = {
    "filed": {
        "zh": "实战阶段内、保障范围内上报并于统计时刻前立案的案件数",
        "en": "cases that began in the live phase inside the geometry and were filed by the moment",
    },
    "closed": {
        "zh": "其中于统计时刻前结案的案件数",
        "en": "of the filed ones, those closed by the moment of the close-out",
    },
    "open": {
        "zh": "其中统计时刻仍未结案的案件数（不含作废）",
        "en": "of the filed ones, those neither closed nor cancelled by the moment",
    },
    "closed_of_filed": {
        "zh": "结案率＝结案数÷立案数",
        "en": "closed of filed: closed cases over filed cases",
    },
    "closed_late": {
        "zh": "结案时已超过时限的案件数（时限取本活动与城区规定中最早者）",
        "en": "closed past their limit, the earliest of the event's and the city's",
    },
    "overdue": {
        "zh": "统计时刻未结案且已超时限的案件数（不含挂起）",
        "en": "open past their limit at the moment, the held ones apart",
    },
    "tagged": {
        "zh": "实战阶段内、保障范围内开始的全部案件数（含未立案）",
        "en": "all cases that began in the live phase inside the geometry, filed or not",
    },
    "objects": {"zh": "保障对象数", "en": "objects of the event"},
}


@dataclass(frozen=True, kw_only=True)
class CloseOutReport:
    """The close-out of one event, and what it rests on.

    Attributes
    ----------
    event : SpecialEvent
    found : CloseOut
    at_ms : int
        Moment for which it counts, epoch milliseconds.
    cases : int
        Cases of the archive that had begun by then.
    live_ms : (int, int)
        First and last instant of the live phases.
    """

    event: SpecialEvent
    found: CloseOut
    at_ms: int
    cases: int
    live_ms: tuple[int, int]

    def to_builtins(self) -> dict[str, Any]:
        """Give all figures as plain values, for JSON."""
        live, event = self.found.live, self.event
        return {
            "event": event.name,
            "tag": event.tag,
            "title": event.title,
            "at_ms": self.at_ms,
            "live_begins_ms": self.live_ms[0],
            "live_ends_ms": self.live_ms[1],
            "objects": len(event.objects),
            **as_builtins(live),
            "closed_of_filed": {
                "numerator": live.closed,
                "denominator": live.filed,
                "percent": rounded(live.percent),
            },
            "printed": None if event.printed is None else event.printed.model_dump(),
            "differs_from_printed": self.differs,
            "exercise": as_builtins(self.found.exercise),
            "by": {
                name: {group: as_builtins(one) for group, one in groups.items()}
                for name, groups in self.found.by.items()
            },
            "cases": self.cases,
            "others": dict(self.found.others),
            "definitions": DEFINITIONS,
            "source": event.source,
        }

    @property
    def differs(self) -> bool:
        """Whether the share differs from the printed one, as far as that is printed."""
        printed, percent = self.event.printed, rounded(self.found.live.percent)
        return printed is not None and percent is not None and percent != printed.share


def rounded(percent: float | None) -> float | None:
    """Round a share as it is printed: two digits."""
    return None if percent is None else round(percent, 2)


def as_builtins(counts: CloseOutCounts) -> dict[str, int]:
    """Give counts by their names."""
    named: dict[str, int] = msgspec.to_builtins(counts)
    return named


def event_of(catalog: Catalog, name: str) -> SpecialEvent:
    """Give an event by the name of its file.

    Raises
    ------
    InputError
        The city has none of that name.
    """
    if name not in catalog.events:
        known = ", ".join(sorted(catalog.events)) or "none"
        msg = f"{catalog.city.name['en']} has no event {name!r}; it has {known}"
        raise InputError(msg)
    return catalog.events[name]


def close_out_of(
    settings: Settings,
    catalog: Catalog,
    name: str,
    at: str | None = None,
    clock_ms: int | None = None,
) -> CloseOutReport:
    """Count the cases of an event in the archive, as they stood at a moment.

    Parameters
    ----------
    settings : Settings
        Where the archive is.
    catalog : Catalog
    name : str
        Of the event.
    at : str, optional
        Local date or time, ISO 8601; the end of the live phase by default. What happened later is
        left out.
    clock_ms : int, optional
        The time it is: without `at` nothing is counted as it will stand later, since a case whose
        limit lies ahead is not overdue.

    Raises
    ------
    InputError
        There is no such event, no archive, or the moment is not valid.
    """
    event, tagger = event_of(catalog, name), EventTagger(catalog)
    fence = tagger.fences[name]
    live_ms = fence.span_of(PhaseKind.LIVE)
    if live_ms is None:
        msg = f"event {name} has no live phase: there is nothing to close out"
        raise InputError(msg)
    at_ms = moment_ms(at, catalog.city.timezone) or min(live_ms[1], clock_ms or live_ms[1])
    return _counted(settings, catalog, fence, tagger, event, at_ms, live_ms)


def _counted(
    settings: Settings,
    catalog: Catalog,
    fence: EventFence,
    tagger: EventTagger,
    event: SpecialEvent,
    at_ms: int,
    live_ms: tuple[int, int],
) -> CloseOutReport:
    source = _until(cases_of_archive(settings, catalog), at_ms)
    states = source.states(source.histories.values())
    pairs = zip(states, source.rules.limits(states), strict=True)
    return CloseOutReport(
        event=event,
        found=close_out(fence, pairs, at_ms, tagger.zone),
        at_ms=at_ms,
        cases=len(states),
        live_ms=live_ms,
    )


def _until(source: CaseSource, at_ms: int) -> CaseSource:
    """Leave out what happened later, also from what the archive is said to record at all."""
    cut = {
        case: [step for step in steps if step.ts_ms < at_ms]
        for case, steps in source.histories.items()
    }
    histories = {case: steps for case, steps in cut.items() if steps}
    return replace(source, histories=histories, recorded=recorded_in(histories.values()))
