"""How events are printed on the command line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from config.catalog import Catalog
from config.events import EventObject, SpecialEvent
from ops.output import Column, print_table, say


def listed(catalog: Catalog) -> list[SpecialEvent]:
    """Give the events of a city, by their beginning."""
    return sorted(catalog.events.values(), key=lambda event: (event.begins, event.name))


def print_list(events: Sequence[SpecialEvent], lang: str, *, as_json: bool) -> None:
    """Print one line an event."""
    if as_json:
        say({"events": [_brief(event) for event in events]}, "", as_json=True)
        return
    columns = [Column(name="event", is_key=True), *(Column(name=n) for n in ("title", "tag"))]
    columns += [Column(name="begins"), Column(name="ends"), Column(name="objects", is_number=True)]
    rows = [
        (e.name, e.title[lang], e.tag, f"{e.begins:%Y-%m-%d %H:%M}", f"{e.ends:%Y-%m-%d %H:%M}",
         len(e.objects))
        for e in events
    ]  # fmt: skip
    print_table(columns, rows, title=f"{len(events)} events")


def print_event(event: SpecialEvent, lang: str, *, wide: bool, as_json: bool) -> None:
    """Print all that an event's file says."""
    if as_json:
        say(_brief(event) | {"file": _plain(event)}, "", as_json=True)
        return
    columns = [Column(name="object", is_key=True)]
    columns += [Column(name=name) for name in ("kind", "level", "title", "place", "since")]
    columns += [Column(name="buffer m", is_number=True)]
    rows = [row for each in event.objects for row in _rows(event, each, lang)]
    print_table(columns, rows, title=f"{len(event.objects)} objects", wide=wide)
    say({}, "\n".join(_lines(event, lang)), as_json=False)


def _brief(event: SpecialEvent) -> dict[str, Any]:
    return {
        "event": event.name,
        "title": event.title,
        "tag": event.tag,
        "begins": event.begins.isoformat(),
        "ends": event.ends.isoformat(),
        "phases": [
            {"kind": p.kind.value, "begins": p.begins.isoformat(), "ends": p.ends.isoformat()}
            for p in event.phases
        ],
        "objects": len(event.objects),
        "objects_by_kind": {
            kind: sum(each.kind == kind for each in event.objects) for kind in event.kinds
        },
    }


def _plain(event: SpecialEvent) -> Any:
    return msgspec.json.decode(event.model_dump_json().encode())


def _rows(event: SpecialEvent, each: EventObject, lang: str) -> list[tuple[object, ...]]:
    """Give a row for each place an object has."""
    return [
        (
            each.id if number == 0 else "",
            event.kinds[each.kind][lang],
            event.levels[each.level].title[lang],
            each.title[lang],
            " ".join(f"{lon:.4f},{lat:.4f}" for lon, lat in place.points[:3])
            + ("…" if len(place.points) > 3 else ""),
            "" if place.since is None else f"{place.since:%Y-%m-%d %H:%M}",
            f"{place.buffer_m:g}",
        )
        for number, place in enumerate(each.places)
    ]


def _lines(event: SpecialEvent, lang: str) -> list[str]:
    lines = [f"{event.name}: {event.title[lang]}, {event.tag}, {event.priority}"]
    lines += [
        f"  {phase.kind.value}: {phase.begins:%Y-%m-%d %H:%M} - {phase.ends:%Y-%m-%d %H:%M}"
        for phase in event.phases
    ]
    lines += [
        f"  clock: {limit.step} {limit.minutes} min {limit.basis}, class {limit.category}"
        f"{'' if limit.level is None else f', {event.levels[limit.level].title[lang]}'}"
        for limit in event.limits
    ]
    lines += [
        f"  report: {duty.title[lang]}, {event.roles[duty.role].title[lang]}, {' '.join(duty.at)}"
        for duty in event.duties
    ]
    return [*lines, f"  source: {event.source}"]
