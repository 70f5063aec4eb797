"""Close-outs for the pages: the same figures and documents as `gridpulse event close-out`."""

from __future__ import annotations

import time
from threading import Lock
from typing import Final

from config.catalog import Catalog
from config.settings import Settings
from dashboards.common.close_outs import CloseOutFigures
from ops.document import to_pdf_page
from ops.events.close_out import DEFINITIONS, CloseOutReport, as_builtins, close_out_of, rounded
from ops.events.close_out_page import page

FRESH_S: Final = 60.0  # all cases of the archive are judged for it


class CloseOutDesk:
    """Counts an event at most once a minute; safe for several threads.

    Parameters
    ----------
    settings : Settings
        Where the archive is.
    catalog : Catalog
    """

    def __init__(self, settings: Settings, catalog: Catalog) -> None:
        self._settings, self._catalog = settings, catalog
        self._held: dict[str, tuple[float, CloseOutReport]] = {}
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
            at_s, held = self._held.get(event, (0.0, None))
            if held is None or time.monotonic() - at_s > FRESH_S:
                held = close_out_of(self._settings, self._catalog, event, clock_ms=clock_ms)
                self._held[event] = (time.monotonic(), held)
            return held
