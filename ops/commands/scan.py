"""`gridpulse scan`: places that have seen too many events in the last days."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from ops.analysis.scan_options import Compared, Model, ScanOptions
from ops.cli_options import (
    EncodingName,
    LatName,
    LonName,
    Missing,
    SeriesName,
    TimeFormat,
    TimeName,
    TimeZoneName,
)


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command("scan")(scan)


def scan(
    file: Annotated[Path, typer.Argument(help="point events with a time, longitude, latitude")],
    out: Annotated[Path, typer.Option(help="JSON file to write")],
    mapping: Annotated[str | None, typer.Option(help="mapping that names the columns")] = None,
    at: Annotated[str | None, typer.Option(help="day of analysis; the last in the file")] = None,
    days: Annotated[int, typer.Option(help="longest window, days")] = 30,
    radius: Annotated[float, typer.Option(help="largest radius, metres")] = 1000.0,
    model: Annotated[
        Model | None, typer.Option(help="what events are compared with; else by what is given")
    ] = None,
    population: Annotated[
        Path | None, typer.Option(help="file of places with their people: poisson")
    ] = None,
    population_column: Annotated[
        str | None, typer.Option(help="column of the people; else found")
    ] = None,
    controls: Annotated[
        Path | None, typer.Option(help="file of events that are no cases: bernoulli")
    ] = None,
    spatial: Annotated[
        bool, typer.Option("--spatial", help="only places: the year is one step of time")
    ] = False,
    retrospective: Annotated[
        bool, typer.Option("--retrospective", help="clusters of the year, also those that are over")
    ] = False,
    ellipses: Annotated[
        bool, typer.Option("--ellipses", help="zones are ellipses as well as circles")
    ] = False,
    all_centers: Annotated[
        bool, typer.Option("--all-centers", help="cells without an event are centres of zones too")
    ] = False,
    replicates: Annotated[int, typer.Option(help="most draws of chance")] = 999,
    category: Annotated[
        list[str] | None, typer.Option(help="only events of this category, may be given again")
    ] = None,
    time: TimeName = None,
    lon: LonName = None,
    lat: LatName = None,
    series: SeriesName = None,
    missing: Missing = None,
    timezone: TimeZoneName = None,
    time_format: TimeFormat = None,
    encoding: EncodingName = None,
    all_: Annotated[bool, typer.Option("--all", help="list also what chance brings often")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="print one JSON object")] = False,
) -> None:
    """Find clusters that are alive on the day of analysis, the strongest first.

    The recurrence interval says how rarely chance alone gives one as strong, in days of analysis;
    999 shuffles of the dates can tell 1,000 days and no more. Clusters under 20 days are counted,
    and listed with --all. With --series each series is scanned by itself, and the interval is that
    of all of them together.
    """
    import msgspec

    from ops.analysis.scan import scan_file
    from ops.cities import catalog_of
    from ops.cli_times import local_day
    from ops.files.choices import Choices
    from ops.files.write import require_output
    from ops.output import say

    require_output(out, *(each for each in (file, population, controls) if each is not None))
    choices = Choices(
        time=time,
        lon=lon,
        lat=lat,
        series=series,
        missing=tuple(missing or ()),
        timezone=timezone,
        time_format=time_format,
        encoding=encoding,
    )
    compared = Compared(
        population=population, population_column=population_column, controls=controls
    )
    _, catalog = catalog_of(mapping)
    found = scan_file(
        file,
        catalog,
        None if mapping is None else catalog.mapping(mapping),
        at=None if at is None else local_day(at, timezone or catalog.city.timezone),
        options=ScanOptions(
            days=days,
            radius_m=radius,
            model=compared.model(model),
            spatial=spatial,
            retrospective=retrospective,
            ellipses=ellipses,
            all_centres=all_centers,
            replicates=replicates,
        ),
        compared=compared,
        choices=choices,
        categories=category or (),
        lists_all=all_,
    )
    out.write_bytes(msgspec.json.format(msgspec.json.encode(found)))
    say(found, _text(file, found), as_json=as_json)


def _text(file: Path, found: dict[str, Any]) -> str:
    from ops.analysis.scan import LISTED_DAYS
    from ops.files.account import account_text

    lines = [account_text(file, found["input"])]
    lines.append(
        f"{len(found['clusters'])} clusters on {found['at']} among {found['events']} events"
    )
    told = found["replicates"] / found.get("series", 1)  # days that the draws can tell
    lines += [_cluster(each, told) for each in found["clusters"]]
    if found["unlisted"]:
        often = f"chance brings more often than once in {LISTED_DAYS:.0f} days"
        lines.append(f"{found['unlisted']} more that {often} (--all lists them)")
    return "\n".join(lines)


def _cluster(c: dict[str, Any], told: float) -> str:
    interval = c["recurrence_interval_days"]
    how_often = f"p = {c['p_value']:.3g}"
    if interval is not None:
        at_least = " or more seldom" if interval > told else ""
        how_often = f"by chance once in {interval:.0f} days{at_least}"
    series = f"{c['series']}: " if "series" in c else ""
    return (
        f"{c['rank']}. {series}{c['observed']} events where {c['expected']:.1f} were expected, "
        f"{c['start']} to {c['end']}, within {c['radius_m']:.0f} m of "
        f"{c['center'][0]:.5f},{c['center'][1]:.5f}: {how_often}"
    )
