"""`gridpulse counts`: which counts of a long CSV are more or fewer than their season explains."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ops.cli_options import (
    CountName,
    EncodingName,
    Missing,
    PeriodName,
    SeriesName,
    TimeFormat,
    TimeZoneName,
)

if TYPE_CHECKING:
    from ops.analysis.counts import CountsDone


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command("counts")(counts)


def counts(
    file: Annotated[Path, typer.Argument(help="long table of series, period and count")],
    out: Annotated[Path, typer.Option(help="CSV to write: the input and the verdicts")],
    season: Annotated[
        float | None,
        typer.Option(help="periods a year; 52 for integer periods, else told by the dates"),
    ] = None,
    holidays: Annotated[
        str | None,
        typer.Option(help="city whose calendar of holidays is expected in dates and weeks"),
    ] = None,
    told: Annotated[
        str | None,
        typer.Option(help="column with the period in which the cases of a row became known"),
    ] = None,
    series: SeriesName = None,
    period: PeriodName = None,
    count: CountName = None,
    missing: Missing = None,
    timezone: TimeZoneName = None,
    time_format: TimeFormat = None,
    encoding: EncodingName = None,
    as_json: Annotated[bool, typer.Option("--json", help="print one JSON object")] = False,
) -> None:
    """Judge each count from the earlier periods of its series only.

    Adds `expected`, `upper` (what is still usual), `p_value` (one-sided for an excess) and `alarm`,
    and of the other side `lower`, `p_drop` and `drop`: 1 where there are too few. A period that is
    not over looks like a drop; leave it out, or use --told.

    A period may be an integer, an hour, a date, a week (2024-W09, MMWR too), a month or a quarter,
    written in any way that leaves no doubt. With --told a period may have several rows, and the
    newest are judged by what is known of them.
    """
    from ops.analysis.counts import judge_file
    from ops.cities import holidays_of
    from ops.files.choices import Choices
    from ops.files.write import require_output
    from ops.output import say

    require_output(out, file)
    choices = Choices(
        series=series,
        period=period,
        count=count,
        missing=tuple(missing or ()),
        timezone=timezone,
        time_format=time_format,
        encoding=encoding,
    )
    off = None if holidays is None else holidays_of(holidays)
    done = judge_file(file, out, season, choices=choices, holidays=off, reported=told)
    say(*_report(done, out), as_json=as_json)


def _report(done: CountsDone, out: Path) -> tuple[dict[str, Any], str]:
    """Give what was judged, as values and as a text."""
    text = (
        f"{done.alarms} alarms and {done.drops} drops in {done.account.used} rows "
        f"of {done.series} series; written to {out}"
    )
    values = {
        "rows": done.rows,
        "series": done.series,
        "alarms": done.alarms,
        "drops": done.drops,
        "out": str(out),
        "input": done.account.to_builtins(),
    }
    return values, f"{done.account.as_text()}\n{text}"
