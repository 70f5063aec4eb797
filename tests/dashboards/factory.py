"""Snapshots of a busy afternoon for the tests of the wall. Everything in them is invented."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
import numpy as np
from redis import Redis

from config.names import SNAPSHOT, SNAPSHOT_CHANNEL, SNAPSHOT_VERSION
from config.place import SituationLimits
from models.cases.indicators.ranking import rank
from models.grid.grid import Grid
from models.messages.commands import Role
from models.messages.evidence import ReadingEvidence
from models.messages.matters import WatchedObject
from models.messages.signals import Area, ReadingSignal
from models.messages.street_summaries import RankedGroup, StageNow, WatchedCase
from models.messages.warnings import CityWarning, Level, Life, LifeState, Mark, WarningChange
from models.situation.feed_state import FeedState
from models.situation.line_now import AgentNow, FeedJudged, LineNow
from models.situation.matter_now import MatterNow, MatterRow
from models.situation.snapshot import FeedNow, Headline, Layer, Snapshot, Trend, grid_digest
from models.situation.stage import CityStage, StageFacts, city_stage
from models.timing.units import DAY_MS, MINUTE_MS
from tests.dashboards.small_city import RULE

NOW_MS = 1_271_401_530_000  # 2010-04-16 15:05:30 in Beijing


def snapshot(grid: Grid, version: int = 1, *, written_ms: int = NOW_MS, **changes: Any) -> Snapshot:
    """Snapshot of a busy afternoon; `changes` replace whole fields."""
    base = Snapshot(
        version=version,
        city="110101",
        grid=grid_digest(grid.codes),
        written_ms=written_ms,
        mode="replay",
        clock_ms=NOW_MS,
        stage=stage(),
        watermark_ms=NOW_MS - 10 * MINUTE_MS,
        headlines=headlines(version),
        layers=layers(grid, version),
        trends=trends(),
        feeds=feeds(written_ms),
        warnings=warnings(),
        open_by_level={"RED": 1, "ORANGE": 2, "YELLOW": 2, "BLUE": 4},
        stages=stages(),
        watched=watched(grid),
        duplicates_open=12,
        rankings=rankings(),
        matters=matters(),
        latency_ms={"ingest_to_snapshot": {"p50": 412.0, "p99": 981.0}},
    )
    return msgspec.structs.replace(base, **changes)


def line_behind() -> LineNow:
    """Detection that is three weeks of event time behind, and a partition that nobody holds."""
    return LineNow(
        agents=[
            AgentNow(agent="archive", partitions=1, waiting=7, is_aside=True),
            AgentNow(agent="detect", partitions=1, waiting=1200, waited_s=41.0),
            AgentNow(agent="panes", partitions=4, unassigned=1),
            AgentNow(agent="situation", partitions=1, waiting=2),
            AgentNow(agent="warn", partitions=1, waiting=31),
        ],
        judged=[
            FeedJudged(
                feed="dust",
                agent="detect",
                judged_ms=NOW_MS - 21 * DAY_MS,
                behind_s=21 * 86_400.0,
                is_late=True,
            ),
            FeedJudged(feed="dust", agent="silence", judged_ms=0, behind_s=None),
            FeedJudged(feed="cases", agent="outbreaks", judged_ms=0, behind_s=None, is_late=True),
        ],
        waiting=1240,
        is_behind=True,
        judged_ms=NOW_MS - 21 * DAY_MS,
        report_age_s=2.0,
    )


def stage(
    levels: Mapping[str, int] = {"RED": 1, "ORANGE": 2, "YELLOW": 2, "BLUE": 4},
    feeds: Mapping[str, FeedState] = {"dust": FeedState.CURRENT, "cases": FeedState.CURRENT},
    **facts: Any,
) -> CityStage:
    """Stage of a city, by its open warnings and the states of its feeds."""
    counts = {Level[name]: count for name, count in levels.items()}
    return city_stage(StageFacts(open_warnings=counts, feeds=feeds, **facts), SituationLimits())


def headlines(version: int = 1) -> list[Headline]:
    at = NOW_MS - 5 * MINUTE_MS
    return [
        Headline(id="open_cases", value=1290.0 + version, event_ms=NOW_MS),
        Headline(id="filed_today", value=101, event_ms=NOW_MS),
        Headline(
            id="closed_of_filed", value=97.19, unit="%", decimals=1, numerator=3350,
            denominator=3447, event_ms=NOW_MS,
        ),
        Headline(id="pm10_now", value=128.4, unit="µg/m³", decimals=1, numerator=41, denominator=44,
                 event_ms=at),
        Headline(id="open_warnings", value=9, event_ms=NOW_MS),
        Headline(id="sensors_online", value=41, numerator=41, denominator=44, event_ms=at),
    ]  # fmt: skip


def layers(grid: Grid, version: int = 1) -> list[Layer]:
    rng = np.random.default_rng(version)
    x, y = grid.column / grid.column.max(), grid.row / grid.row.max()
    pm10 = (
        90 + 140 * np.exp(-(((x - 0.6) ** 2 + (y - 0.35) ** 2) / 0.02)) + rng.normal(0, 6, len(x))
    )
    pm10[rng.random(len(x)) < 0.04] = np.nan
    ratio = pm10 / 110
    coarse = pm10 * 0.55
    return [
        _layer("cases.open", "未结案件", "Open cases", "", 0, rng.poisson(0.7, len(x)), 0),
        _layer("cases.filed_today", "今日立案", "Filed today", "", 0, rng.poisson(0.05, len(x)), 0),
        _layer("pm10.now", "PM10 现值", "PM10 now", "µg/m³", 1, pm10, 1_800),
        _layer(
            "pm10.ratio", "PM10 与常态之比", "PM10 ratio to normal", "", 2, ratio, 1_800, "ratio"
        ),
        _layer("coarse.now", "粗颗粒物 现值", "Coarse dust now", "µg/m³", 1, coarse, 1_800),
        _layer(
            "coarse.ratio",
            "粗颗粒物 与常态之比",
            "Coarse dust ratio to normal",
            "",
            2,
            ratio,
            1_800,
            "ratio",
        ),
    ]


def trends() -> list[Trend]:
    start = NOW_MS - 24 * 60 * MINUTE_MS
    quarter = np.arange(96)
    normal = 95 + 25 * np.sin((quarter - 20) / 96 * 2 * np.pi)
    dust = normal + 6 * np.sin(quarter * 1.7) + 60 * (quarter > 84)
    filed = [float(v) for v in 4 + 3 * np.sin((np.arange(24) - 3) / 24 * 2 * np.pi).round()]
    return [
        Trend(
            id="pm10", title={"zh": "PM10 全区均值", "en": "PM10, district mean"}, unit="µg/m³",
            start_ms=start, step_s=900,
            values=[None if 30 < i < 36 else round(float(v), 1) for i, v in enumerate(dust)],
            expected=[round(float(v), 1) for v in normal],
        ),
        Trend(id="filed", title={"zh": "每小时立案", "en": "Filed an hour"}, unit="",
              start_ms=start, step_s=3600, values=list(filed), expected=[]),
    ]  # fmt: skip


def feeds(written_ms: int) -> list[FeedNow]:
    return [
        FeedNow(
            feed="dust", title={"zh": "工地扬尘", "en": "Construction dust"},
            last_event_ms=NOW_MS - 4_000, expected_interval_s=10, rate_per_s=4123.4, lag_records=87,
            accepted=18_230_114, rejected=311, late=42, duplicates=18,
            published_ms=written_ms - 700, mode="replay", state=FeedState.CURRENT, age_s=4.0,
        ),
        FeedNow(
            feed="hazard", title={"zh": "风险源监测", "en": "Hazard sources"},
            last_event_ms=NOW_MS - 400_000, expected_interval_s=60, rate_per_s=0.0, lag_records=0,
            accepted=8_115, rejected=0, late=0, duplicates=0, published_ms=written_ms - 800,
            mode="replay", state=FeedState.STALE, age_s=400.0,
        ),
        FeedNow(
            feed="cases", title={"zh": "城管案件", "en": "City cases"},
            last_event_ms=NOW_MS - 190_000, expected_interval_s=600, rate_per_s=0.4, lag_records=0,
            accepted=30_412, rejected=2, late=0, duplicates=0, published_ms=written_ms - 900,
            mode="replay", state=FeedState.CURRENT, age_s=190.0,
        ),
    ]  # fmt: skip


def warnings() -> list[CityWarning]:
    levels = (Level.RED, Level.ORANGE, Level.ORANGE, Level.YELLOW, Level.BLUE)
    areas = ("110101002", "110101001", "110101003", "110101004", "110101001")
    operator = Mark(role=Role.OPERATOR, since_ms=NOW_MS - 20 * MINUTE_MS)
    bureau = Mark(role=Role.BUREAU, since_ms=NOW_MS - 18 * MINUTE_MS)
    lives = (
        Life(acknowledged=operator),
        Life(acknowledged=operator, assigned=bureau),
        Life(tier=1),
        Life(),
        Life(),
    )
    return [
        CityWarning(
            id=f"w-{i}", revision=1, rule=RULE, change=WarningChange.RAISED, level=level,
            feed="dust",
            metric="pm10", area=area, cells=[f"{area}001{i + 1:03d}"],
            state=LifeState.ACKNOWLEDGED if lives[i].acknowledged else LifeState.UNACKNOWLEDGED,
            raised_ms=NOW_MS - (25 + 60 * i) * MINUTE_MS, updated_ms=NOW_MS - 5 * MINUTE_MS,
            explanation={
                "zh": "PM10 为 242 µg/m³，同季节同时段应为 98（正常上限 161）；"
                "周边网格中位数 121，属局地升高；此类偏离约 210 天一遇，低于 150 即解除。",
                "en": "PM10 is 242 µg/m³ where 98 is expected at this hour and season "
                "(normal up to 161); cells around it have 121: local; once in about 210 days.",
            },
            suggestion={
                "zh": "派监督员到现场核查围挡、苫盖、洒水和车辆冲洗，必要时责令停止土方作业",
                "en": "Send a supervisor to check hoarding, covers, spraying and wheel washing; "
                "stop earthworks if needed",
            },
            owner={"zh": "东城区生态环境局值班室", "en": "Environment bureau duty desk"},
            severity=210.0, evidence=[evidence(f"{area}001{i + 1:03d}")], life=lives[i],
        )
        for i, (level, area) in enumerate(zip(levels, areas, strict=True))
    ]  # fmt: skip


def evidence(cell: str) -> ReadingSignal:
    """One signal as a warning carries it."""
    return ReadingSignal(
        id=f"a-{cell}", detector="seasonal", feed="dust", metric="pm10", area=Area.of(cell),
        subject=cell, start_ms=NOW_MS - 20 * MINUTE_MS, width_s=900, severity=210.0, active=True,
        evidence=ReadingEvidence(
            observed=242.3, expected=98.1, low=41.0, high=161.0, region=121.4, baseline_n=118,
            clears_below=150.0,
        ),
    )  # fmt: skip


def stages() -> dict[str, StageNow]:
    return {
        "reported": StageNow(open=41, overdue=0, dwell_h_sum=20.5, done=140, done_h_sum=70),
        "filed": StageNow(open=63, overdue=2, dwell_h_sum=94.5, done=121, done_h_sum=133),
        "dispatched": StageNow(open=902, overdue=37, dwell_h_sum=6314, done=118, done_h_sum=649),
        "disposed": StageNow(open=188, overdue=0, dwell_h_sum=188, done=119, done_h_sum=166),
        "verified": StageNow(open=97, overdue=1, dwell_h_sum=58.2, done=117, done_h_sum=58),
    }


def watched(grid: Grid) -> list[WatchedCase]:
    cells = [f"{int(code):015d}" for code in grid.codes[:: len(grid.codes) // 6]]
    return [
        WatchedCase(
            case=f"DC20100416{i:04d}", cell=cell, category="0101", department="urban-enforcement",
            stage="dispatched", reported_ms=NOW_MS - 40 * 60 * MINUTE_MS,
            due_ms=NOW_MS - 300 * MINUTE_MS, overdue_min=1_500 // (i + 1) - 280,
        )
        for i, cell in enumerate(cells)
    ]  # fmt: skip


def rankings() -> dict[str, list[RankedGroup]]:
    streets = [(f"11010100{i}", 412 - 31 * i, 420) for i in range(1, 8)]
    departments = [("environment", 4180, 4180), ("construction", 301, 340), ("water", 4, 5),
                   ("urban-enforcement", 980, 1280)]  # fmt: skip
    return {
        by: [
            RankedGroup(
                group=place.group, successes=place.successes, n=place.n, rate=place.rate or 0,
                low=place.low, high=place.high, shrunk=place.shrunk, is_small=place.is_small,
            )
            for place in rank({group: (k, n) for group, k, n in groups})
        ]
        for by, groups in (("street", streets), ("department", departments))
    }  # fmt: skip


def matters() -> list[MatterNow]:
    """A campaign, a register and a stock, with some of their figures."""
    liquor = [
        _figure("coverage", 89.66, 2576, 2873),
        _figure("due_days", 12),
        _figure("worse", 3),
        _figure("coverage", 91.1, 205, 225, street="110101002"),
        _figure("coverage", 71.4, 160, 224, street="110101001"),
    ]
    hazards = [_figure("objects", 412), _figure("overdue", 9), _figure("level_up", 2)]
    parking = [
        _figure("saturation", 84.2, 3_368, 4_000),
        _figure("full", 3),
        _figure("objects", 11),
    ]
    tanks = [
        WatchedObject(
            subject=f"tank-{n}", cell=f"11010100{n}001001", why="overdue", value=9.0 - n,
            state="2", since_ms=NOW_MS - n * 86_400_000, who="duty",
            parts={"level": 3.0, "condition": 1.5, "exposure": 2.0},
        )
        for n in range(1, 5)
    ]  # fmt: skip
    return [
        MatterNow(
            feed="liquor", kind="campaign", title={"zh": "酒类备案登记", "en": "Liquor register"},
            now_ms=NOW_MS, rows=liquor, key=["coverage", "due_days", "worse"],
        ),
        MatterNow(
            feed="hazard-register", kind="registry", now_ms=NOW_MS, rows=hazards, watched=tanks,
            title={"zh": "风险源登记", "en": "Hazard register"},
            key=["objects", "overdue", "level_up"],
        ),
        MatterNow(
            feed="parking", kind="stock", title={"zh": "停车场饱和度", "en": "Car parks"},
            now_ms=NOW_MS, rows=parking, key=["saturation", "full", "objects"],
        ),
    ]  # fmt: skip


def _figure(
    code: str, value: float, made: float | None = None, of: float | None = None, street: str = ""
) -> MatterRow:
    by = "street" if street else "all"
    return MatterRow(by=by, group=street, code=code, value=value, numerator=made, denominator=of)


def write(redis_url: str, value: Snapshot) -> None:
    """Write a snapshot as the district does: bytes and version in one transaction."""
    with Redis.from_url(redis_url) as client, client.pipeline(transaction=True) as pipe:
        pipe.set(SNAPSHOT, value.to_bytes())
        pipe.set(SNAPSHOT_VERSION, str(value.version))
        pipe.publish(SNAPSHOT_CHANNEL, str(value.version))
        pipe.execute()


def _layer(
    key: str, zh: str, en: str, unit: str, decimals: int, values: Any, stale_s: int,
    scale: str = "sequential",
) -> Layer:  # fmt: skip
    return Layer(
        id=key,
        title={"zh": zh, "en": en},
        unit=unit,
        decimals=decimals,
        event_ms=NOW_MS - 5 * MINUTE_MS,
        data=np.asarray(values, dtype="<f4").tobytes(),
        scale=scale,
        stale_after_s=stale_s,
    )
