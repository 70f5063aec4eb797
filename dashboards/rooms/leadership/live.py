"""What a snapshot shows on the wall: all panels from the same one, so they never disagree."""

from __future__ import annotations

from typing import Any, Final

from dash.development.base_component import Component

from config.errors import GridpulseError
from dashboards.common.city_index import CityIndex
from dashboards.common.grid_raster import GridRaster
from dashboards.common.moments import Moments
from dashboards.common.pages import Live
from dashboards.common.wording import both
from dashboards.figures import city_map
from dashboards.panels import banner, map_captions, warnings
from dashboards.panels.case_funnel import funnel_rows, overdue_rows
from dashboards.panels.changes import SPAN_MS, Memory, Moment, change_rows, moment_of
from dashboards.panels.compared import NO_PAST, Past, a_year_before
from dashboards.panels.dues import due_rows
from dashboards.panels.footer import footer
from dashboards.panels.headlines import headlines
from dashboards.panels.health import health_rows
from dashboards.panels.health_strip import health_chips
from dashboards.panels.matters import countdown_rows, matter_rows, mode_words
from dashboards.panels.rankings import RANKED, ranking_rows
from dashboards.panels.trends import trend_charts
from models.messages.warnings import Level
from models.situation.snapshot import Layer, Snapshot
from models.timing.units import DAY_MS, MINUTE_MS

CASE_PANELS: Final = ("funnel", "overdue", "rankings")
REHEARSAL: Final = "rehearsal"
ANNOUNCED: Final = 10  # snapshots: then the same may be news again


class WallLive:
    """Shows snapshots with what changed since a quarter of an hour, a day and a year ago.

    Parameters
    ----------
    moments : Moments or None
        What was shown in the past; None: nothing is known of it.
    """

    def __init__(self, moments: Moments | None = None) -> None:
        self._memory = Memory()
        self._moments = moments
        self._past: tuple[int, Past] = (-1, NO_PAST)  # minute of the clock → what was before
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
        past = self._past_of(snapshot, city_index)
        shown = wall_live(snapshot, city_index, self._memory.before(snapshot), past)
        return shown | {"announcer.children": self._news}

    def _past_of(self, snapshot: Snapshot, city_index: CityIndex) -> Past:
        """Look into the archive once a minute."""
        minute = snapshot.clock_ms // MINUTE_MS
        if self._past[0] != minute:
            self._past = minute, past_of(self._moments, snapshot.clock_ms, city_index)
        return self._past[1]


def past_of(moments: Moments | None, clock_ms: int, city_index: CityIndex) -> Past:
    """Give what was shown a day and a year before a time; what cannot be read is not known."""
    if moments is None:
        return NO_PAST
    try:
        return Past(
            moments.at(clock_ms - DAY_MS),
            moments.at(a_year_before(clock_ms, city_index.zone)),
        )
    except GridpulseError:
        return NO_PAST


def wall_at(snapshot: Snapshot, city_index: CityIndex, moments: Moments) -> Live:
    """Give what a moment of the past shows, compared with what was before it."""
    earlier = moments.at(snapshot.clock_ms - SPAN_MS)
    before = None if earlier is None else moment_of(earlier)
    past = past_of(moments, snapshot.clock_ms, city_index)
    return wall_live(snapshot, city_index, before, past) | {"announcer.children": []}


def wall_live(
    snapshot: Snapshot,
    city_index: CityIndex,
    before: Moment | None = None,
    past: Past = NO_PAST,
) -> Live:
    """Give what a snapshot shows; `before` and `past` are what it is compared with."""
    raster = city_index.raster_for(snapshot)
    if raster is None:
        msg = f"the city has no grid {snapshot.grid}"
        raise ValueError(msg)
    return {
        **_head(snapshot, city_index, past),
        **_map(snapshot, city_index, raster),
        **_cases(snapshot, city_index),
        "warnings.children": warnings.warning_rows(snapshot, city_index),
        "more.children": warnings.more(snapshot),
        "trends.children": trend_charts(snapshot.trends, city_index.zone, snapshot.stale_feeds()),
        "changes.children": change_rows(snapshot, before, city_index),
        "dues.children": due_rows(snapshot),
        "matters.children": [
            *countdown_rows(snapshot, city_index),
            *matter_rows(snapshot, city_index),
        ],
        "health.children": health_rows(snapshot),
        "feeds.children": health_chips(snapshot),
        "footer.children": footer(snapshot, city_index),
    }


def _head(snapshot: Snapshot, city_index: CityIndex, past: Past) -> Live:
    targets = {str(name): each for name, each in city_index.catalog.city.targets.items()}
    day, time = banner.now(snapshot, city_index.zone)
    return {
        "stage.children": banner.stage(snapshot, city_index),
        "now-mode.children": banner.mode(snapshot),
        "now-date.children": day,
        "now-time.children": time,
        "headlines.children": headlines(snapshot, city_index.zone, targets, past),
        "operating.children": both(mode_words(snapshot)),
        "wall:stage": snapshot.stage.stage.slug,
        "wall:exercise": any(event.phase == REHEARSAL for event in snapshot.events),
        "wall:calm": not snapshot.warnings,
        "sound:red": sum(
            one.level is Level.RED and one.life.acknowledged is None for one in snapshot.warnings
        ),
        "wall:matters": bool(snapshot.matters or snapshot.events),
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
