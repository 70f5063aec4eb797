"""`gridpulse scan`: places that have seen too many events in the last days."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


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
    as_json: Annotated[bool, typer.Option("--json", help="print one JSON object")] = False,
) -> None:
    """Find clusters that are alive on the day of analysis, the strongest first.

    The recurrence interval says how rarely chance alone gives one as strong, in days of analysis.
    """
    import msgspec

    from ops.analysis.scan import scan_file
    from ops.cities import catalog_of
    from ops.cli_times import local_day
    from ops.output import say

    _, catalog = catalog_of(mapping)
    known = None if mapping is None else catalog.mapping(mapping)
    day = None if at is None else local_day(at, catalog.city.timezone)
    found = scan_file(file, catalog, known, at=day, days=days, radius_m=radius)
    out.write_bytes(msgspec.json.format(msgspec.json.encode(found)))
    say(found, _text(found), as_json=as_json)


def _text(found: dict[str, object]) -> str:
    clusters = found["clusters"]
    assert isinstance(clusters, list)
    lines = [f"{len(clusters)} clusters on {found['at']} among {found['events']} events"]
    lines += [
        f"{c['rank']}. {c['observed']} events where {c['expected']:.1f} were expected, "
        f"{c['start']} to {c['end']}, within {c['radius_m']:.0f} m of "
        f"{c['center'][0]:.5f},{c['center'][1]:.5f}: by chance once in "
        f"{c['recurrence_interval_days']:.0f} days"
        for c in clusters
    ]
    return "\n".join(lines)
