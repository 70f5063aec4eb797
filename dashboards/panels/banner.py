"""The banner: which stage the city is in, why, and what time it is in the data."""

from __future__ import annotations

from datetime import tzinfo

from dash import html
from dash.development.base_component import Component

from config.catalog import Text
from dashboards.common.city_index import CityIndex
from dashboards.common.messages import message
from dashboards.common.wording import UNKNOWN, both, local, say
from dashboards.panels import levels
from models.messages.warnings import Level
from models.situation.snapshot import Snapshot


def stage_of(snapshot: Snapshot) -> Level | None:
    """Stage of the city: the gravest level that is open; None is normal."""
    return next(iter(levels.counted(snapshot.open_by_level)), None)


def reason(snapshot: Snapshot, atlas: CityIndex) -> Text:
    """Why the city is in its stage."""
    counts = levels.counted(snapshot.open_by_level)
    if not counts:
        return message("stage.reason.normal")
    parts = [message("stage.count", level=levels.name(lv), n=str(n)) for lv, n in counts.items()]
    joined = {"zh": "、".join(p["zh"] for p in parts), "en": ", ".join(p["en"] for p in parts)}
    if not snapshot.warnings:
        return joined
    worst = snapshot.warnings[0]
    area = atlas.area(worst.area, snapshot.event_now_ms)
    where = message("stage.worst", area=area, rule=atlas.rule(worst.rule))
    return message("stage.reason.open", counts=joined, worst=where)


def stage(snapshot: Snapshot | None, atlas: CityIndex) -> Component:
    """Stage word with its mark and reason."""
    if snapshot is None:
        return _stage("unknown", None, message("stage.reason.unknown"))
    level = stage_of(snapshot)
    return _stage(levels.slug(level), level, reason(snapshot, atlas))


def now(snapshot: Snapshot, zone: tzinfo) -> tuple[str, str]:
    """Event time of the snapshot, as date and time of day; dashes before the first record."""
    if not snapshot.event_now_ms:
        return UNKNOWN, UNKNOWN
    moment = local(snapshot.event_now_ms, zone)
    return f"{moment:%Y-%m-%d}", f"{moment:%H:%M:%S}"


def _stage(slug: str, level: Level | None, why: Text) -> Component:
    word = say(f"stage.{slug}")
    shape = [levels.mark(level)] if level else []
    return html.Div(
        [
            html.Div([*shape, word], className="stage-word"),
            html.Div(both(why), className="stage-reason"),
        ],
        className=f"stage stage-{slug}",
    )
