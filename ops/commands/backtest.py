"""`gridpulse backtest`: a file through the live code path without Kafka."""

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
    app.command("backtest")(backtest)


def backtest(
    feed: Annotated[str, typer.Argument(help="feed that the file belongs to")],
    file: Annotated[Path, typer.Argument(help="CSV, JSON lines or Parquet, or a folder of them")],
    *,
    report: Annotated[Path | None, typer.Option(help="JSON file to write")] = None,
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
    archive: Annotated[
        Path | None,
        typer.Option(help="folder to write the archive to, as history for `train`"),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="print the report too")] = False,
) -> None:
    """Run a file through ingest, panes, cases, detection and warnings at full speed.

    The same file gives the same report, byte for byte. Without GRIDPULSE_CITY the city is the one
    that ships the mapping.
    """
    from ops.backtest.file import BacktestRequest, run_file, write_report
    from ops.files.choices import Choices
    from ops.files.write import require_output
    from ops.output import say

    if report is not None:
        require_output(report, file)
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
    request = BacktestRequest(
        feed=feed, file=file, mapping=mapping, choices=choices, archive=archive
    )
    figures, account = run_file(request)
    if report is not None:
        write_report(figures, report)
    account.require_used()
    taken = figures["readings_in"] + figures["cases_in"] or account.used  # of another matter
    text = (
        f"{taken} records taken in, {figures['panes_closed']} panes closed, "
        f"{figures['anomalies']} anomalies, {figures['warnings_opened']} warnings"
        f"{'' if report is None else f'; written to {report}'}\n{account.as_text()}"
    )
    say(figures, text, as_json=as_json)
