"""`gridpulse counts`: which counts of a long CSV are more than their season explains."""

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
    as_json: Annotated[bool, typer.Option("--json", help="print one JSON object")] = False,
) -> None:
    """Judge each count from the earlier periods of its series only.

    Adds `expected`, `upper` (what is still usual), `p_value` (one-sided for an excess) and `alarm`.
    A period may be an integer, an ISO date, an ISO week (2024-W09) or a month (2024-03).
    """
    from ops.counts import judge_file
    from ops.output import say

    done = judge_file(file, out, season)
    say(
        {"rows": done.rows, "series": done.series, "alarms": done.alarms, "out": str(out)},
        f"{done.alarms} alarms in {done.rows} rows of {done.series} series; written to {out}",
        as_json=as_json,
    )
