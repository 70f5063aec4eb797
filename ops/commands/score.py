"""`gridpulse score`: how unusual each row of a CSV of time series is."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command("score")(score)


def score(
    file: Annotated[Path, typer.Argument(help="CSV with one or more columns of numbers")],
    out: Annotated[Path, typer.Option(help="CSV to write: the rows and anomaly_score")],
    time: Annotated[
        str | None, typer.Option(help="time column; without it: found, or rows in their order")
    ] = None,
    value: Annotated[
        list[str] | None,
        typer.Option(help="value column, may be given again; without it: all that are numbers"),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="print one JSON object")] = False,
) -> None:
    """Add `anomaly_score` in [0, 1] to each row, from that row and earlier rows only.

    Needs no training and no settings. Columns named like a label or an index are left alone.
    """
    from ops.analysis.score import score_rows, steps
    from ops.files.series_file import read_series, write_scores
    from ops.output import progress, say

    series = read_series(file, time=time, values=value or [])
    with progress() as bar:
        task = bar.add_task("scoring", total=steps(series))
        scores = score_rows(series, lambda: bar.advance(task))
    write_scores(out, series, scores)
    done = {"rows": len(series.rows), "time": series.time, "values": series.values}
    told = f"in the order of {series.time}" if series.time else "in their order"
    text = f"{len(series.rows)} rows {told}, scored by {', '.join(series.values)}; written to {out}"
    say({**done, "out": str(out)}, text, as_json=as_json)
