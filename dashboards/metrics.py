"""What the wall's server counts about itself, for Prometheus."""

from __future__ import annotations

from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from dashboards.source import Trouble
from models.snapshot import Snapshot

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"


class WallMetrics:
    """Metrics of one wall server, in a registry of its own."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
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

    def count(self, found: Snapshot | Trouble) -> None:
        """Count one read."""
        self._reads.labels(found.value if isinstance(found, Trouble) else "snapshot").inc()

    def exposition(self, age_s: float | None) -> bytes:
        """All metrics in the text format, with the age the snapshot has now."""
        self._age.set(float("nan") if age_s is None else age_s)
        return generate_latest(self._registry)
