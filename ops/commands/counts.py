"""`gridpulse counts`: which counts of a long CSV are more or fewer than their season explains."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command("counts")(counts)


def counts(
    file: Annotated[Path, typer.Argument(help="CSV with the columns series, period, count")],
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
    as_json: Annotated[bool, typer.Option("--json", help="print one JSON object")] = False,
) -> None:
    """Judge each count from the earlier periods of its series only.

    Adds `expected`, `upper` (what is still usual), `p_value` (one-sided for an excess) and `alarm`,
    and of the other side `lower`, `p_drop` and `drop`: 1 where there are too few. A period that is
    not over looks like a drop; leave it out, or use --told.

    A period may be an integer, an ISO date, an ISO week (2024-W09) or a month (2024-03). With
    --told a period may have several rows, and the newest are judged by what is known of them.
    """
    from ops.analysis.counts import judge_file
    from ops.cities import holidays_of
    from ops.output import say

    off = None if holidays is None else holidays_of(holidays)
    done = judge_file(file, out, season, holidays=off, told=told)
    say(
        {
            "rows": done.rows,
            "series": done.series,
            "alarms": done.alarms,
            "drops": done.drops,
            "out": str(out),
        },
        f"{done.alarms} alarms and {done.drops} drops in {done.rows} rows of {done.series} series; "
        f"written to {out}",
        as_json=as_json,
    )
