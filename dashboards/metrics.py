"""For Prometheus: what the wall's server counts about itself, and the figures of its snapshot."""

from __future__ import annotations

from threading import Lock
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from dashboards.source import Trouble
from models.cases.summary import IndicatorCount
from models.snapshot import Snapshot

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"


class WallMetrics:
    """Metrics of one wall server, in a registry of its own."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._figures = Lock()
        self._reads = Counter(
            "gridpulse_wall_reads",
            "Reads of the snapshot by outcome.",
            ["outcome"],
            registry=self._registry,
        )
        self._age = Gauge(
            "gridpulse_wall_snapshot_age_seconds",
            "Age of the newest snapshot by the server's clock; NaN where there is none.",
            registry=self._registry,
        )
        self.refresh_s = Histogram(
            "gridpulse_wall_refresh_seconds",
            "Time to answer one tick of a page.",
            registry=self._registry,
            buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5),
        )

        about = ("window", "indicator")
        self._cases = {
            part: Gauge(name, text, about, registry=self._registry)
            for part, name, text in (
                ("value", "gridpulse_case_indicator", "Indicator of all cases."),
                ("numerator", "gridpulse_case_indicator_numerator", "Its numerator, or its count."),
                ("denominator", "gridpulse_case_indicator_denominator", "Its denominator."),
            )
        }
        self._open = Gauge(
            "gridpulse_cases_open", "Open cases by stage.", ["stage"], registry=self._registry
        )
        self._overdue = Gauge(
            "gridpulse_cases_overdue",
            "Open cases past their limit, by stage.",
            ["stage"],
            registry=self._registry,
        )

    def count(self, found: Snapshot | Trouble) -> None:
        """Count one read."""
        self._reads.labels(found.value if isinstance(found, Trouble) else "snapshot").inc()

    def exposition(self, found: Snapshot | Trouble, age_s: float | None) -> bytes:
        """All metrics in the text format, with the snapshot's figures and the age it has now.

        Without a snapshot the figures are missing: unknown is not zero.
        """
        self._age.set(float("nan") if age_s is None else age_s)
        with self._figures:  # two scrapes at a time must not clear each other's figures
            self._show_cases(None if isinstance(found, Trouble) else found)
            return generate_latest(self._registry)

    def _show_cases(self, snapshot: Snapshot | None) -> None:
        for gauge in (*self._cases.values(), self._open, self._overdue):
            gauge.clear()
        if snapshot is None:
            return
        for stage, now in snapshot.stages.items():
            self._open.labels(stage).set(now.open)
            self._overdue.labels(stage).set(now.overdue)
        for count in snapshot.indicators:
            if count.by == "all":
                self._show_indicator(count)

    def _show_indicator(self, count: IndicatorCount) -> None:
        about = (count.window, count.indicator)
        self._cases["numerator"].labels(*about).set(count.numerator)
        if count.denominator is None:
            self._cases["value"].labels(*about).set(count.numerator)
            return
        self._cases["denominator"].labels(*about).set(count.denominator)
        if count.denominator:
            self._cases["value"].labels(*about).set(count.numerator / count.denominator)
