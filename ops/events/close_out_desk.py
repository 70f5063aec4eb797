"""Close-outs for the pages: the same figures and documents as `gridpulse event close-out`."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from threading import Lock
from typing import Final

from config.catalog import Catalog
from config.events import PhaseKind
from config.settings import Settings
from dashboards.common.close_outs import CloseOutFigures
from models.cases.history import FOLDER
from models.events.tagging import EventTagger
from models.timing.calendar import EPOCH
from ops.document import to_pdf_page
from ops.events.close_out import DEFINITIONS, CloseOutReport, as_builtins, close_out_of, rounded
from ops.events.close_out_page import page
from streams.sinks.archive_files import mark_of

FRESH_S: Final = 60.0  # while the event runs: all cases of the archive are judged for it
BUSY_SHARE: Final = 20  # and at most a twentieth of the time is spent on that
Mark = tuple[int, int]


@dataclass(frozen=True, kw_only=True)
class _HeldReport:
    """A report, the archive that it was counted from, and until when it may be shown anyway."""

    report: CloseOutReport
    mark: Mark
    until_s: float

    def is_valid(self, at_ms: int, mark: Mark) -> bool:
        """Tell whether it would be counted alike now, or is fresh enough."""
        is_same = self.report.at_ms == at_ms and self.mark == mark
        return is_same or time.monotonic() < self.until_s


class CloseOutDesk:
    """Counts an event anew where the archive changed up to the moment for which it counts.

    Of an event that is over that is never; while one runs, once a minute. Safe for several threads.

    Parameters
    ----------
    settings : Settings
        Where the archive is.
    catalog : Catalog
    """

    def __init__(self, settings: Settings, catalog: Catalog) -> None:
        self._settings, self._catalog = settings, catalog
        self._held: dict[str, _HeldReport] = {}
        self._lock = Lock()

    def figures(self, event: str, clock_ms: int) -> CloseOutFigures:
        """See `dashboards.common.close_outs.CloseOuts`."""
        report = self._report(event, clock_ms)
        counts = as_builtins(report.found.live)
        wanted = {
            name: counts[name] for name in CloseOutFigures.__struct_fields__ if name in counts
        }
        return CloseOutFigures(
            event=event,
            title=report.event.title,
            at_ms=report.at_ms,
            live_ends_ms=report.live_ms[1],
            objects=len(report.event.objects),
            cases=report.cases,
            percent=rounded(report.found.live.percent),
            definitions=DEFINITIONS,
            source=report.event.source,
            **wanted,
        )

    def page(self, event: str, clock_ms: int, language: str) -> str:
        """See `dashboards.common.close_outs.CloseOuts`."""
        return page(self._report(event, clock_ms), self._catalog, language)

    def document(self, event: str, clock_ms: int, language: str) -> bytes:
        """See `dashboards.common.close_outs.CloseOuts`."""
        return to_pdf_page(self.page(event, clock_ms, language))

    def _report(self, event: str, clock_ms: int) -> CloseOutReport:
        with self._lock:
            at_ms = self._moment(event, clock_ms)
            mark = mark_of(self._settings.archive_dir, FOLDER, self._day_before(at_ms))
            held = self._held.get(event)
            if held is None or not held.is_valid(at_ms, mark):
                held = self._held[event] = self._counted(event, clock_ms, mark)
            return held.report

    def _counted(self, event: str, clock_ms: int, mark: Mark) -> _HeldReport:
        begun_s = time.monotonic()
        report = close_out_of(self._settings, self._catalog, event, clock_ms=clock_ms)
        now_s = time.monotonic()
        until_s = now_s + max(FRESH_S, BUSY_SHARE * (now_s - begun_s))
        return _HeldReport(report=report, mark=mark, until_s=until_s)

    @cached_property
    def _tagger(self) -> EventTagger:
        return EventTagger(self._catalog)

    def _moment(self, event: str, clock_ms: int) -> int:
        """Give the moment for which `close_out_of` counts."""
        fence = self._tagger.fences.get(event)
        live_ms = None if fence is None else fence.span_of(PhaseKind.LIVE)
        return clock_ms if live_ms is None else min(live_ms[1], clock_ms)

    def _day_before(self, at_ms: int) -> str:
        """Give the day of the last instant that counts: the archive is kept by the local day."""
        return (EPOCH + timedelta(days=self._tagger.zone.day_at(at_ms - 1))).isoformat()
