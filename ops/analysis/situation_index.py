"""The situation index of the areas of a city, from the archive."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from datetime import date, timedelta
from typing import Any, Final

from config.catalog import Catalog
from config.errors import NothingUsed
from config.settings import Settings
from models.situation.index import COMPONENTS, AreaIndex, AreaSituation, index_of
from models.warnings.places import place_of
from ops.analysis.area_days import DIGITS, AreaDays, area_days

_BACK: Final = {"day_before": 1, "week_before": 7}


def situation_of(
    settings: Settings, catalog: Catalog, level: str, day: date
) -> list[AreaSituation]:
    """Compute the index of all areas of a level on a day, the highest first.

    Parameters
    ----------
    level : str
        `district`, `street` or `community`.

    Raises
    ------
    InputError
        There is no archive.
    NothingUsed
        It holds nothing of the day.
    """
    found = area_days(settings, catalog, day, [level])
    if not any(day in days for days in found.known.values()):
        msg = f"the archive holds nothing of {day}; `gridpulse archive show` lists its days"
        raise NothingUsed(msg)
    # A week back looks eight weeks further back.
    before = area_days(settings, catalog, day - timedelta(days=7), [level])
    areas = _areas(catalog, level, day)
    made = [
        AreaSituation(
            now=_index(found, area, day),
            day_before=_index(_joined(found, before), area, day - timedelta(days=1)).value,
            week_before=_index(before, area, day - timedelta(days=7)).value,
        )
        for area in areas
    ]
    return sorted(made, key=lambda one: (one.now.value is None, -(one.now.value or 0)))


def _joined(found: AreaDays, before: AreaDays) -> AreaDays:
    """Let the days of a week earlier stand behind those that are looked at."""
    joined = AreaDays(counts={**before.counts, **found.counts})
    joined.levels = {**before.levels, **found.levels}
    for code in {*found.known, *before.known}:
        joined.known[code] = before.known[code] | found.known[code]
    return joined


def _index(days: AreaDays, area: str, day: date) -> AreaIndex:
    codes = [component.code for component in COMPONENTS]
    today = {code: days.value(code, area, day) for code in codes}
    return index_of(area, today, {code: days.past(code, area, day) for code in codes})


def _areas(catalog: Catalog, level: str, day: date) -> list[str]:
    first = min(street.valid_from for street in catalog.streets)
    codes = catalog.grid_at(max(day, first)).codes
    return sorted({str(code)[: DIGITS[level]] for code in codes.tolist()})


def situation_values(made: list[AreaSituation], catalog: Catalog, day: date) -> dict[str, Any]:
    """Give the indices as plain values."""
    return {
        "day": day.isoformat(),
        "areas": [
            {
                "area": one.now.area,
                "name": place_of(catalog, one.now.area),
                "index": one.now.value,
                "known": one.now.known,
                "day_before": one.day_before,
                "week_before": one.week_before,
                "parts": [asdict(part) for part in one.now.parts],
            }
            for one in made
        ],
        "components": [asdict(component) for component in COMPONENTS],
    }


def situation_lines(made: list[AreaSituation], catalog: Catalog, day: date) -> Iterator[str]:
    """Tell each area in a line, and what moves it."""
    yield f"{day}: 50 is usual for the area itself, above is worse"
    titles = {component.code: component.title for component in COMPONENTS}
    for one in made:
        place = place_of(catalog, one.now.area)
        yield f"{place['zh']} {place['en']}: {_number(one.now.value)}" + (
            f" (day before {_number(one.day_before)}, week before {_number(one.week_before)};"
            f" {100 * one.now.known:.0f} % of the weight known)"
        )
        for part in one.now.parts:
            if abs(part.contribution) >= 0.5:
                title = titles[part.code]
                yield (
                    f"    {part.contribution:+.1f} {title['zh']} {title['en']}: "
                    f"{part.value:,.4g}, usually {part.usual:,.4g} ({part.past} days)"
                )
        unknown = [part.code for part in one.now.parts if part.score is None]
        if unknown:
            yield f"    unknown: {', '.join(unknown)}"


def _number(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.1f}"
