"""One tick of the wall: from what was read to what changes on the page. Pure.

All outputs come from the same snapshot, so panels never disagree; what a page shows already is
not sent again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, TypedDict
from zlib import crc32

import msgspec
from dash import Patch, no_update

from dashboards.common.city_index import CityIndex
from dashboards.common.grid_raster import GridRaster
from dashboards.common.source import Trouble
from dashboards.common.wording import both
from dashboards.figures.grid_map import DATA_TRACE, bounds, colour_scale, grid_map, z_values
from dashboards.figures.style import blank
from dashboards.figures.trend import trend_line
from dashboards.panels import banner, warnings
from dashboards.panels import map_captions as map_words
from dashboards.panels.case_funnel import funnel_rows, overdue_rows
from dashboards.panels.footer import footer, program_version
from dashboards.panels.headlines import headlines, of_open_cases
from dashboards.panels.health import health_rows
from dashboards.panels.rankings import RANKED, ranking_rows
from dashboards.panels.trends import shown_trends, trend_title
from dashboards.rooms.leadership.layout import TREND_SLOTS
from models.situation.snapshot import Layer, Snapshot

CASE_PANELS: Final = ("funnel", "overdue", "rankings")
OUTPUTS: Final[Mapping[str, tuple[str, str]]] = {
    "clock": ("clock", "data"),
    "seen": ("seen", "data"),
    "stage": ("stage", "children"),
    "now_mode": ("now-mode", "children"),
    "now_date": ("now-date", "children"),
    "now_time": ("now-time", "children"),
    "headlines": ("headlines", "children"),
    "layers": ("layer", "options"),
    "layer": ("layer", "value"),
    "legend": ("legend", "children"),
    "map": ("map", "figure"),
    "map_panel": ("map-panel", "className"),
    **{f"{name}_panel": (f"{name}-panel", "className") for name in CASE_PANELS},
    **{f"trend_panel_{i}": (f"trend-panel-{i}", "className") for i in range(TREND_SLOTS)},
    "caption": ("map-caption", "children"),
    **{f"trend_title_{i}": (f"trend-title-{i}", "children") for i in range(TREND_SLOTS)},
    **{f"trend_{i}": (f"trend-{i}", "figure") for i in range(TREND_SLOTS)},
    "funnel": ("funnel", "children"),
    "overdue": ("overdue", "children"),
    **{f"ranking_{by}": (f"ranking-{by}", "children") for by in RANKED},
    "warnings": ("warnings", "children"),
    "more": ("more", "children"),
    "health": ("health", "children"),
    "footer": ("footer", "children"),
    "announcer": ("announcer", "children"),
}
"""Every output of the callback: name → (component, property)."""


class Seen(TypedDict):
    """What a page shows already; kept by the page and sent with each tick."""

    snapshot: str
    layer: str | None
    layers: list[str]
    frame: str  # all that the map's static parts depend on
    cells: int  # fingerprint of the drawn values
    trends: int
    warnings: list[str]


def refresh(
    found: Snapshot | Trouble,
    city_index: CityIndex,
    *,
    wanted: str | None,
    rem_px: float,
    seen: Seen | None,
    server_ms: int,
) -> dict[str, Any]:
    """Decide the new value of every output of `OUTPUTS`.

    Parameters
    ----------
    found : Snapshot or Trouble
        What was read; after a trouble the page keeps what it shows, and the browser calls it stale.
    wanted : str or None
        Map layer the page has chosen.
    rem_px : float
        Root font size of the page in px: figures are drawn to its measure.
    seen : Seen or None
        What the page shows already; None for a new page.
    server_ms : int
        Wall clock of the server, from which the browser learns how far its own is off.
    """
    unchanged = dict.fromkeys(OUTPUTS, no_update)
    if isinstance(found, Trouble):
        return unchanged | {"clock": _clock(None, found, server_ms)}
    raster = city_index.raster_for(found)
    if raster is None:
        return unchanged | {"clock": _clock(None, Trouble.GRID, server_ms)}
    clock = {"clock": _clock(found, None, server_ms)}
    layer = map_words.chosen(map_words.offered(found.layers), wanted)
    now_seen = _seen(found, layer, raster, rem_px)
    if seen == now_seen:
        return unchanged | clock
    changed = (
        clock | {"seen": now_seen} | _map(found, layer, raster, city_index, rem_px, now_seen, seen)
    )
    changed |= _trends(found, city_index, rem_px, now_seen, seen)
    if seen is None or seen["snapshot"] != now_seen["snapshot"]:
        changed |= _panels(found, city_index, None if seen is None else seen["warnings"])
    return unchanged | changed


def _clock(snapshot: Snapshot | None, trouble: Trouble | None, server_ms: int) -> dict[str, Any]:
    return {
        "server_ms": server_ms,
        "trouble": trouble,
        "program": program_version(),
        "snapshot": snapshot and _name(snapshot),
        "written_ms": snapshot and snapshot.written_ms,
    }


def _name(snapshot: Snapshot) -> str:
    # A writer that starts anew counts from one again; its time of writing tells the two apart.
    return f"{snapshot.version}:{snapshot.written_ms}"


def _seen(snapshot: Snapshot, layer: Layer | None, raster: GridRaster, rem_px: float) -> Seen:
    blind = sorted(snapshot.stale_feeds())
    worst = snapshot.warnings[0] if snapshot.warnings else None
    ringed = (worst.level, crc32(msgspec.msgpack.encode(worst.cells))) if worst else None
    return Seen(
        snapshot=_name(snapshot),
        layer=layer.id if layer else None,
        layers=[each.id for each in map_words.offered(snapshot.layers)],
        frame=f"{raster.digest}:{rem_px}:{layer.id if layer else None}:{ringed}",
        cells=crc32(layer.data) if layer else 0,
        trends=crc32(msgspec.msgpack.encode((snapshot.trends, rem_px, blind))),
        warnings=[warning.id for warning in snapshot.warnings],
    )


def _panels(snapshot: Snapshot, city_index: CityIndex, known: list[str] | None) -> dict[str, Any]:
    day, time = banner.now(snapshot, city_index.zone)
    cases_feeds = {feed.name for feed in city_index.catalog.feeds_of("cases")}
    cases_blind = bool(cases_feeds & snapshot.stale_feeds())
    news = warnings.announcements(snapshot, known, city_index)
    return {
        "stage": banner.stage(snapshot, city_index),
        "now_mode": banner.mode(snapshot),
        "now_date": day,
        "now_time": time,
        "headlines": headlines(
            snapshot.headlines,
            city_index.zone,
            snapshot.clock_ms,
            of_open_cases(snapshot),
            snapshot.stale_feeds(),
        ),
        **{f"{name}_panel": _panel(f"panel {name}", cases_blind) for name in CASE_PANELS},
        "funnel": funnel_rows(snapshot.stages),
        "overdue": overdue_rows(snapshot, city_index),
        **{f"ranking_{by}": ranking_rows(snapshot, city_index, by) for by in RANKED},
        "warnings": warnings.warning_rows(snapshot, city_index),
        "more": warnings.more(snapshot),
        "health": health_rows(snapshot),
        "footer": footer(snapshot, city_index),
        "announcer": no_update if news is None else news,
    }


def _map(
    snapshot: Snapshot,
    layer: Layer | None,
    raster: GridRaster,
    city_index: CityIndex,
    rem_px: float,
    now_seen: Seen,
    seen: Seen | None,
) -> dict[str, Any]:
    """Map and its words: the whole figure when its frame changed, else its values alone."""
    is_new = seen is None or seen["frame"] != now_seen["frame"]
    worst = snapshot.warnings[0] if snapshot.warnings else None
    if layer is None:
        words = map_words.caption(None, raster, city_index, snapshot)
        empty = {"map": grid_map(raster, None, rem_px, worst), "legend": [], "caption": words}
        return empty if is_new else {}
    is_blind = layer.feed in snapshot.stale_feeds()
    stale = " stale-layer" if is_blind or map_words.is_stale(layer, snapshot.clock_ms) else ""
    changed: dict[str, Any] = {
        "legend": map_words.legend(layer, city_index, snapshot.clock_ms),
        "caption": map_words.caption(layer, raster, city_index, snapshot),
        "map_panel": _panel(f"panel map{stale}", is_blind),
    }
    if seen is None or seen["layers"] != now_seen["layers"]:
        changed["layers"] = [
            {"label": both(each.title), "value": each.id}
            for each in map_words.offered(snapshot.layers)
        ]
        changed["layer"] = layer.id
    if is_new:
        changed["map"] = grid_map(raster, layer, rem_px, worst)
    elif seen is not None and seen["cells"] != now_seen["cells"]:
        changed["map"] = _new_values(raster, layer)
    return changed


def _panel(classes: str, is_blind: bool) -> str:
    """Class names of a panel; over a blind one the style sheet writes that it is stale."""
    return f"{classes} is-blind" if is_blind else classes


def _new_values(raster: GridRaster, layer: Layer) -> Patch:
    patch = Patch()
    trace = patch["data"][DATA_TRACE]
    trace["z"] = z_values(raster, layer)
    trace["zmin"], trace["zmax"] = bounds(layer)
    trace["colorscale"] = [list(stop) for stop in colour_scale(layer)]
    return patch


def _trends(
    snapshot: Snapshot, city_index: CityIndex, rem_px: float, now_seen: Seen, seen: Seen | None
) -> dict[str, Any]:
    if seen is not None and seen["trends"] == now_seen["trends"]:
        return {}
    changed: dict[str, Any] = {}
    shown, blind = shown_trends(snapshot.trends), snapshot.stale_feeds()
    for slot in range(TREND_SLOTS):
        trend = shown[slot] if slot < len(shown) else None
        changed[f"trend_title_{slot}"] = trend_title(trend)
        changed[f"trend_panel_{slot}"] = _panel("trend", trend is not None and trend.feed in blind)
        changed[f"trend_{slot}"] = (
            trend_line(trend, city_index.zone, rem_px) if trend else blank(rem_px)
        )
    return changed
