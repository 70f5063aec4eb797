"""Rules, signals and names that tests of warnings are made of."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

from config.catalog import DatedLimits, LimitRule, Metric, ReadingsRule
from models.messages.evidence import LimitEvidence, ReadingEvidence
from models.messages.signals import Area, LimitSignal, ReadingSignal, Scope, Signal, SignalBatch
from models.warnings.levels import level_at
from models.warnings.text import TextContext

PANE_MS = 900_000
STREET = "110101001"
CELL = STREET + "001001"
NEIGHBOUR = STREET + "001002"
ELSEWHERE = "110101002001001"
START_MS = 1_397_000_700_000

RULE = ReadingsRule(
    name="dust-local",
    title={"zh": "局地扬尘", "en": "Local dust"},
    feed="dust",
    metric="pm10",
    detector="seasonal",
    levels={"blue": 40, "yellow": 60, "orange": 90, "red": 140},
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
LIMITS = DatedLimits(
    valid_from=date(1970, 1, 1),
    source={"zh": "标准", "en": "standard"},
    levels={"blue": 4, "yellow": 6, "orange": 9, "red": 14},
)
LIMIT = LimitRule(
    **{
        **RULE.model_dump(exclude={"levels", "detector", "minimum"}),
        "name": "gas-limit",
        "kind": "limit",
        "limits": (LIMITS,),
        "flap_window_min": 0,
    }
)
FLAPPING = LIMIT.model_copy(
    update={"raise_after": 1, "clear_after": 2, "flap_window_min": 360, "settle_min": 60}
)

CONTEXT = TextContext(
    place={"zh": "东四街道", "en": "Dongsi"},
    metric=Metric(
        title={"zh": "PM10", "en": "PM10"}, unit="µg/m³", resolution=0.1, low=0, high=10000
    ),
    timezone=ZoneInfo("Asia/Shanghai"),
)


def tick_ms(pane: int) -> int:
    """End of the pane of a number."""
    return START_MS + (pane + 1) * PANE_MS


def over(pane: int, value: float, cell: str = CELL, *, active: bool = True) -> LimitSignal:
    """A value of a pane against `LIMITS`; inactive it tells of a return to normal."""
    start_ms = START_MS + pane * PANE_MS
    return LimitSignal(
        id=f"limit.gas-limit.{cell}.{start_ms}",
        feed="dust",
        metric="pm10",
        area=Area.of(cell),
        subject=cell,
        start_ms=start_ms,
        width_s=900,
        severity=0.0,
        active=active,
        cells=[cell],
        evidence=LimitEvidence(
            observed=value,
            limit=4.0,
            reached=level_at(LIMITS.levels, value),
            holds=level_at(LIMITS.levels, value, 0.5),
            direction="above",
            statistic="mean",
            source=LIMITS.source,
            clears_at=2.0,
        ),
    )


def reading(
    pane: int,
    severity: float,
    cell: str = CELL,
    *,
    active: bool = True,
    scope: Scope = Scope.LOCAL,
    observed: float = 200.0,
    metric: str = "pm10",
    region: float | None = 55.0,
    newest: float = 0.0,
) -> ReadingSignal:
    """One run of panes, and how rare it is in days."""
    start_ms = START_MS + pane * PANE_MS
    return ReadingSignal(
        id=f"seasonal.dust.{metric}.{cell}.{start_ms}",
        detector="seasonal",
        feed="dust",
        metric=metric,
        area=Area.of(cell),
        subject=cell,
        scope=scope,
        start_ms=start_ms,
        width_s=900,
        severity=severity,
        active=active,
        cells=[cell],
        evidence=ReadingEvidence(
            observed=observed,
            expected=60.0,
            low=20.0,
            high=120.0,
            region=region,
            baseline_n=1200,
            run=2,
            watched=4,
            newest_severity=newest,
            clears_below=110.0,
        ),
        ingested_ms=start_ms + 5,
    )


def batch(
    pane: int,
    *signals: Signal,
    silent: tuple[str, ...] = (),
    feed: str = "dust",
    rule: str = "",
) -> SignalBatch:
    """All that is found in one pane."""
    return SignalBatch(
        feed=feed,
        rule=rule,
        tick_ms=tick_ms(pane),
        signals=list(signals),
        silent={"pm10": list(silent)} if silent else {},
    )
