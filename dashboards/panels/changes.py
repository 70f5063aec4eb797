"""What changed in the last quarter of an hour, from what the server saw then."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Final

from dash import html
from dash.development.base_component import Component

from dashboards.common.city_index import CityIndex
from dashboards.common.messages import message
from dashboards.common.wording import both, clock, number, say
from dashboards.panels import levels
from models.situation.snapshot import Snapshot
from models.timing.units import MINUTE_MS

SPAN_MS: Final = 15 * MINUTE_MS
_EVERY_MS: Final = MINUTE_MS
COUNTED: Final = ("open_cases", "filed_today", "open_warnings", "sensors_online")


@dataclass(frozen=True)
class Moment:
    """What is kept of a snapshot to compare later ones with."""

    clock_ms: int
    numbers: dict[str, float | None]
    overdue: int
    warnings: dict[str, tuple[str, str]]  # id → (area, rule)


class Memory:
    """Moments of the last quarter of an hour, one a minute; a clock that goes back empties it."""

    def __init__(self) -> None:
        self._moments: deque[Moment] = deque()

    def before(self, snapshot: Snapshot) -> Moment | None:
        """Take a snapshot in and give the oldest moment kept; None where there is none before."""
        now = moment_of(snapshot)
        kept = self._moments
        if kept and now.clock_ms < kept[-1].clock_ms:
            kept.clear()
        while kept and now.clock_ms - kept[0].clock_ms > SPAN_MS:
            kept.popleft()
        oldest = kept[0] if kept else None
        if not kept or now.clock_ms - kept[-1].clock_ms >= _EVERY_MS:
            kept.append(now)
        return oldest


def moment_of(snapshot: Snapshot) -> Moment:
    """Keep of a snapshot what later ones are compared with."""
    return Moment(
        snapshot.clock_ms,
        {one.id: one.value for one in snapshot.headlines},
        sum(stage.overdue for stage in snapshot.stages.values()),
        {one.id: (one.area, one.rule) for one in snapshot.warnings},
    )


def change_rows(
    snapshot: Snapshot, before: Moment | None, city_index: CityIndex
) -> list[Component]:
    """Say what is new, what is over, and how the numbers moved; and since when that is known."""
    rows = [*_raised(snapshot, city_index)]
    if before is not None:
        rows += _over(snapshot, before, city_index)
        rows += _moved(snapshot, before)
    if not rows:
        rows = [html.Li(say("changes.none"), className="quiet")]
    since_ms = before.clock_ms if before is not None else snapshot.clock_ms
    if snapshot.clock_ms - since_ms < SPAN_MS - 2 * _EVERY_MS:
        at = clock(since_ms, city_index.zone, snapshot.clock_ms)
        rows.append(html.Li(say("changes.since", time=at), className="quiet small"))
    return rows


def _raised(snapshot: Snapshot, city_index: CityIndex) -> list[Component]:
    new = [w for w in snapshot.warnings if snapshot.clock_ms - w.raised_ms <= SPAN_MS]
    return [
        html.Li(
            [
                levels.mark(one.level),
                say(
                    "changes.raised",
                    area=city_index.area(one.area, snapshot.clock_ms),
                    rule=city_index.rule(one.rule),
                ),
            ]
        )
        for one in new
    ]


def _over(snapshot: Snapshot, before: Moment, city_index: CityIndex) -> list[Component]:
    """Warnings that were shown and are no longer; those that others took the place of apart."""
    if sum(snapshot.open_by_level.values()) > len(snapshot.warnings):
        return []  # more are open than are shown: one that is gone may be open still
    now = {one.id for one in snapshot.warnings}
    return [
        html.Li(
            say(
                "changes.over",
                area=city_index.area(area, snapshot.clock_ms),
                rule=city_index.rule(rule),
            )
        )
        for key, (area, rule) in before.warnings.items()
        if key not in now
    ]


def _moved(snapshot: Snapshot, before: Moment) -> list[Component]:
    now = moment_of(snapshot)
    pairs = [(name, before.numbers.get(name), now.numbers.get(name)) for name in COUNTED]
    pairs.append(("overdue", float(before.overdue), float(now.overdue)))
    return [
        html.Li(
            both(
                message(
                    f"changes.{name}",
                    change=f"{'+' if new > old else '−'}{number(abs(new - old))}",
                    value=number(new),
                )
            )
        )
        for name, old, new in pairs
        if old is not None and new is not None and new != old
    ]
