"""The windows of a feed as small fields, of which a checkpoint writes only the changed ones.

A field is one block of series in one pane or slot, or the few plain values that go with all of
them. Names are `<feed>/<part>/<number>/<block>`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec
import numpy as np

from models.windows.feed import FeedWindows

_FORMAT: Final = 2  # in the first one a reading stood in the ring of every window


class StateMismatch(ValueError):
    """Saved windows do not fit the feed as it is configured now."""


def changes(windows: FeedWindows) -> dict[bytes, bytes | None]:
    """Fields that changed since the last call; None deletes a field."""
    windows.settle()
    fields: dict[bytes, bytes | None] = {}
    for part, component in _components(windows):
        for place, blob in component.changes().items():
            fields[_name(windows.name, part, *place)] = blob
    fields[_name(windows.name, "state")] = msgspec.msgpack.encode(_plain(windows))
    return fields


def restore(windows: FeedWindows, fields: Mapping[bytes, bytes]) -> None:
    """Load all fields of this feed into new windows; fields of other feeds are passed over.

    Raises
    ------
    StateMismatch
        The format, the pane length, or the resolution or presence of a saved metric is no longer
        the same.
    """
    mine = {
        tuple(name.decode().split("/")[1:]): blob
        for name, blob in fields.items()
        if name.startswith(_name(windows.name, ""))
    }
    state = mine.pop(("state",), None)
    if state is None:
        return
    _load_plain(windows, msgspec.msgpack.decode(state))
    metric_of = _metric_numbers(windows, msgspec.msgpack.decode(state))
    blocks = sorted(int(place[1]) for place in mine if place[0] == "series")
    windows.series.load([mine[("series", str(block))] for block in blocks], metric_of)
    components = dict(_components(windows))
    for (part, *place), blob in mine.items():
        if part != "series":
            components[part].load(*map(int, place), blob)


def _components(windows: FeedWindows) -> Iterator[tuple[str, Any]]:
    yield "series", windows.series
    yield "seen", windows.seen
    yield "pane", windows.panes
    yield "quantile", windows.quantiles
    yield from windows.sums.rings.items()


def _name(feed: str, *place: object) -> bytes:
    return "/".join((feed, *map(str, place))).encode()


def _plain(windows: FeedWindows) -> dict[str, Any]:
    return {
        "format": _FORMAT,
        "width_ms": windows.panes.width_ms,
        "metrics": windows.metrics,
        "resolutions": windows.resolutions,
        "watermark": windows.watermark.dump(),
        "applied": windows.applied.dump(),
        "panes": windows.panes.dump(),
        "heads": {name: ring.dump() for name, ring in windows.sums.rings.items()},
        "now_ms": windows.now_ms,
        "counters": [windows.applied_count, windows.late_count, windows.last_event_ms],
        "ingested_ms": list(windows.ingested_ms),
    }


def _load_plain(windows: FeedWindows, state: dict[str, Any]) -> None:
    if state.get("format", 1) != _FORMAT:
        msg = f"its windows were saved in format {state.get('format', 1)}, now {_FORMAT}"
        raise StateMismatch(msg)
    if state["width_ms"] != windows.panes.width_ms:
        msg = f"saved panes are {state['width_ms']} ms long, now {windows.panes.width_ms} ms"
        raise StateMismatch(msg)
    windows.watermark.restore(state["watermark"])
    windows.applied.restore(state["applied"])
    windows.panes.restore(state["panes"])
    for name, head in state["heads"].items():
        windows.sums.rings[name].restore(head)
    windows.now_ms = state["now_ms"]
    windows.applied_count, windows.late_count, windows.last_event_ms = state["counters"]
    windows.ingested_ms.extend(state["ingested_ms"])


def _metric_numbers(windows: FeedWindows, state: dict[str, Any]) -> np.ndarray[Any, Any]:
    """Give the number today of each saved metric; others may have been added since."""
    today = dict(zip(windows.metrics, windows.resolutions, strict=True))
    for name, resolution in zip(state["metrics"], state["resolutions"], strict=True):
        if today.get(name) != resolution:
            msg = f"metric {name} was saved with resolution {resolution}, now {today.get(name)}"
            raise StateMismatch(msg)
    return np.array([windows.metrics.index(name) for name in state["metrics"]], np.int64)
