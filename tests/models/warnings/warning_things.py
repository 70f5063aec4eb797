"""Rules, anomalies and scenes that tests of warnings are made of."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from config.catalog import Metric, Rule
from models.messages.anomalies import Anomaly, AnomalyBatch, Evidence
from models.warnings.text import TextContext

PANE_MS = 900_000
STREET = "110101001"
CELL = STREET + "001001"
NEIGHBOUR = STREET + "001002"
ELSEWHERE = "110101002001001"
START_MS = 1_397_000_700_000

RULE = Rule(
    name="dust-local",
    title={"zh": "局地扬尘", "en": "Local dust"},
    feed="dust",
    metric="pm10",
    detector="seasonal",
    levels={"blue": 4, "yellow": 6, "orange": 9, "red": 14},
    release=0.5,
    raise_after=2,
    clear_after=3,
    minimum=50,
    cause={"zh": "施工", "en": "Building"},
    consequence={"zh": "污染", "en": "Dust"},
    suggestion={"zh": "到现场核查。", "en": "Look on site."},
    owner={"zh": "值班室", "en": "Duty desk"},
    response_minutes=60,
)

SCENE = TextContext(
    place={"zh": "东四街道", "en": "Dongsi"},
    metric=Metric(
        title={"zh": "PM10", "en": "PM10"}, unit="µg/m³", resolution=0.1, low=0, high=10000
    ),
    timezone=ZoneInfo("Asia/Shanghai"),
)


def tick_ms(pane: int) -> int:
    """End of the pane of a number."""
    return START_MS + (pane + 1) * PANE_MS


def anomaly(
    pane: int,
    score: float,
    cell: str = CELL,
    *,
    active: bool = True,
    scope: str = "local",
    observed: float = 200.0,
    metric: str = "pm10",
    region: float | None = 55.0,
) -> Anomaly:
    """One anomaly of a pane."""
    start_ms = START_MS + pane * PANE_MS
    return Anomaly(
        id=f"seasonal.dust.{metric}.{cell}.{start_ms}",
        detector="seasonal",
        feed="dust",
        metric=metric,
        cell=cell,
        start_ms=start_ms,
        width_s=900,
        score=score,
        active=active,
        evidence=Evidence(
            observed=observed,
            expected=60.0,
            low=20.0,
            high=120.0,
            region=region,
            scope=scope,
            baseline_n=1200,
            once_in_days=80.0,
            clears_below=110.0,
        ),
        ingested_ms=start_ms + 5,
    )


def batch(
    pane: int, *anomalies: Anomaly, silent: tuple[str, ...] = (), feed: str = "dust"
) -> AnomalyBatch:
    """All that detection says of one pane."""
    return AnomalyBatch(
        feed=feed,
        tick_ms=tick_ms(pane),
        anomalies=list(anomalies),
        silent={"pm10": list(silent)} if silent else {},
    )
