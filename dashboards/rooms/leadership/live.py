"""What a snapshot shows on the wall: all panels from the same one, so they never disagree."""

from __future__ import annotations

from typing import Any, Final

from dash.development.base_component import Component

from dashboards.common.city_index import CityIndex
from dashboards.common.grid_raster import GridRaster
from dashboards.common.pages import Live
from dashboards.figures import city_map
from dashboards.panels import banner, map_captions, warnings
from dashboards.panels.case_funnel import funnel_rows, overdue_rows
from dashboards.panels.changes import Memory, Moment, change_rows
from dashboards.panels.dues import due_rows
from dashboards.panels.footer import footer
from dashboards.panels.headlines import headlines
from dashboards.panels.health import health_rows
from dashboards.panels.health_strip import health_chips
from dashboards.panels.rankings import RANKED, ranking_rows
from dashboards.panels.trends import trend_charts
from models.situation.snapshot import Layer, Snapshot

CASE_PANELS: Final = ("funnel", "overdue", "rankings")
REHEARSAL: Final = "rehearsal"
ANNOUNCED: Final = 10  # snapshots: then the same may be news again


class WallLive:
    """Shows snapshots with what changed since a quarter of an hour ago."""

    def __init__(self) -> None:
        self._memory = Memory()
        self._known: set[str] | None = None
        self._news: list[Component] = []
        self._left = 0  # snapshots for which the news stand there yet

    def __call__(self, snapshot: Snapshot, city_index: CityIndex) -> Live:
        """Give what a snapshot shows."""
        news = warnings.announcements(snapshot, self._known, city_index)
        self._known = {warning.id for warning in snapshot.warnings}
        if news is not None:
            self._news, self._left = news, ANNOUNCED
        elif self._left > 0:
            self._left -= 1
        else:
            self._news = []
        shown = wall_live(snapshot, city_index, self._memory.before(snapshot))
        return shown | {"announcer.children": self._news}


def wall_live(snapshot: Snapshot, city_index: CityIndex, before: Moment | None = None) -> Live:
    """Give what a snapshot shows; `before` is what it is compared with."""
    raster = city_index.raster_for(snapshot)
    if raster is None:
        msg = f"the city has no grid {snapshot.grid}"
        raise ValueError(msg)
    return {
        **_head(snapshot, city_index),
        **_map(snapshot, city_index, raster),
        **_cases(snapshot, city_index),
        "warnings.children": warnings.warning_rows(snapshot, city_index),
        "more.children": warnings.more(snapshot),
        "trends.children": trend_charts(snapshot.trends, city_index.zone, snapshot.stale_feeds()),
        "changes.children": change_rows(snapshot, before, city_index),
        "dues.children": due_rows(snapshot),
        "health.children": health_rows(snapshot),
        "feeds.children": health_chips(snapshot),
        "footer.children": footer(snapshot, city_index),
    }


def _head(snapshot: Snapshot, city_index: CityIndex) -> Live:
    day, time = banner.now(snapshot, city_index.zone)
    return {
        "stage.children": banner.stage(snapshot, city_index),
        "now-mode.children": banner.mode(snapshot),
        "now-date.children": day,
        "now-time.children": time,
        "headlines.children": headlines(snapshot, city_index.zone),
        "wall:stage": snapshot.stage.stage.slug,
        "wall:exercise": any(event.phase == REHEARSAL for event in snapshot.events),
        "wall:calm": not snapshot.warnings,
    }


def _cases(snapshot: Snapshot, city_index: CityIndex) -> Live:
    feeds = {feed.name for feed in city_index.catalog.feeds_of("cases")}
    blind = " is-blind" if feeds & snapshot.stale_feeds() else ""
    return {
        **{f"{name}-panel.className": f"panel {name}{blind}" for name in CASE_PANELS},
        "funnel.children": funnel_rows(snapshot.stages),
        "overdue.children": overdue_rows(snapshot, city_index),
        **{f"ranking-{by}.children": ranking_rows(snapshot, city_index, by) for by in RANKED},
    }


def _map(snapshot: Snapshot, city_index: CityIndex, raster: GridRaster) -> Live:
    offered = map_captions.offered(snapshot.layers)
    automatic = map_captions.automatic(snapshot, offered)
    city = city_map.city(raster, lambda street: city_index.area(street, snapshot.clock_ms))
    return {
        "layer.children": map_captions.layer_buttons(offered),
        "legend.children": map_captions.legends(snapshot, city_index, raster),
        "map-notes.children": map_captions.notes(raster, snapshot, city_index),
        "map-caption.children": map_captions.caption(automatic, raster, city_index, snapshot),
        "map:city": city,
        "map:layers": [_layer(layer, snapshot) for layer in offered],
        "map:automatic": automatic.id if automatic else None,
        "map:rings": city_map.rings(snapshot.warnings, raster),
        **{f"map:values:{layer.id}": city_map.values_of(layer) for layer in offered},
    }


def _layer(layer: Layer, snapshot: Snapshot) -> dict[str, Any]:
    """Meta data of a layer, and how far it is out of date."""
    return city_map.layer_of(layer) | {
        "blind": layer.feed in snapshot.stale_feeds(),
        "stale": map_captions.is_stale(layer, snapshot.clock_ms),
    }
