"""`gridpulse replay`: a file of the past, published to a feed's raw topic."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ops.cli_options import (
    EncodingName,
    LatName,
    LonName,
    MappedValue,
    Missing,
    SeriesName,
    TimeFormat,
    TimeName,
    TimeZoneName,
)


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command("replay")(replay)


def replay(
    feed: Annotated[str, typer.Argument(help="name of a feed, such as dust or cases")],
    file: Annotated[
        Path, typer.Argument(help="CSV, JSON lines or Parquet (.gz too), or a folder of such")
    ],
    *,
    mapping: Annotated[
        str | None,
        typer.Option(
            help="what the columns are; without it, or columns named: JSON lines of raw messages"
        ),
    ] = None,
    time: TimeName = None,
    value: MappedValue = None,
    lon: LonName = None,
    lat: LatName = None,
    series: SeriesName = None,
    missing: Missing = None,
    timezone: TimeZoneName = None,
    time_format: TimeFormat = None,
    encoding: EncodingName = None,
    speed: Annotated[str, typer.Option(help="times real time by event time, or max")] = "max",
    since: Annotated[str | None, typer.Option(help="from this event time on")] = None,
    until: Annotated[str | None, typer.Option(help="until before this event time")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="print one JSON object")] = False,
) -> None:
    """Publish a file's messages in the order of their event times, each said to be sent then.

    Without GRIDPULSE_CITY the city is the one that ships the mapping.
    """
    from ops.files.choices import Choices
    from ops.files.replay_file import ReplayRequest, replay_file
    from ops.output import say

    choices = Choices(
        time=time,
        values=tuple(value or ()),
        lon=lon,
        lat=lat,
        series=series,
        missing=tuple(missing or ()),
        timezone=timezone,
        time_format=time_format,
        encoding=encoding,
    )
    request = ReplayRequest(
        feed=feed,
        file=file,
        mapping=mapping,
        choices=choices,
        speed=speed,
        since=since,
        until=until,
    )
    summary = replay_file(request)
    say(summary.as_dict(), summary.as_text(), as_json=as_json)
