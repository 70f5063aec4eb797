"""`gridpulse score`: how unusual each row of a file is, and where something new begins."""

from __future__ import annotations

from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ops.cli_options import EncodingName, Missing, SeriesName, TimeFormat, TimeName, TimeZoneName

if TYPE_CHECKING:
    from ops.files.series_file import SeriesFile


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command("score")(score)


def score(
    file: Annotated[Path, typer.Argument(help="table with one or more columns of numbers")],
    out: Annotated[
        Path,
        typer.Option(help="CSV to write: the rows, anomaly_score, onset_score, level_shift"),
    ],
    time: TimeName = None,
    value: Annotated[
        list[str] | None,
        typer.Option(help="value column, may be given again; without it: all that are numbers"),
    ] = None,
    series: SeriesName = None,
    missing: Missing = None,
    timezone: TimeZoneName = None,
    time_format: TimeFormat = None,
    encoding: EncodingName = None,
    as_json: Annotated[bool, typer.Option("--json", help="print one JSON object")] = False,
) -> None:
    """Add `anomaly_score`, `onset_score`, `level_shift`, from a row and earlier ones of its series.

    Scores are in [0, 1]. `anomaly_score` says how unusual a row is, as long as that lasts.
    `onset_score` says that something new begins here, one call an event: 0.5 comes by chance once
    in 1,000 rows, 0.9 once in 9,000, on any series. `level_shift` names a change of level where it
    has lasted so long that it is the new normal, and since which row it has.

    Needs no training and no settings. Rows are scored in the order of time and written in the order
    of the file; a row without a time has no score. Columns named like a label or an index are left
    alone.
    """
    from ops.analysis.score import score_rows, shift_texts, steps
    from ops.files.choices import Choices
    from ops.files.series_file import read_series
    from ops.files.write import require_output, write_with
    from ops.output import progress, say

    require_output(out, file)
    choices = Choices(
        time=time,
        values=tuple(value or ()),
        series=series,
        missing=tuple(missing or ()),
        timezone=timezone,
        time_format=time_format,
        encoding=encoding,
    )
    read = read_series(file, choices)
    with progress() as bar:
        task = bar.add_task("scoring", total=steps(read))
        scores = score_rows(read, lambda: bar.advance(task))
    added = {
        "anomaly_score": _shown(scores.anomaly.tolist()),
        "onset_score": _shown(scores.onset.tolist()),
        "level_shift": shift_texts(read, scores.shifts),
    }
    write_with(read.table, added, out)
    say(*_report(read, out), as_json=as_json)


def _report(read: SeriesFile, out: Path) -> tuple[dict[str, Any], str]:
    """Give what was scored, as values and as a text."""
    order = f"in the order of {read.time}" if read.time else "in their order"
    text = f"scored {order} by {', '.join(read.values)}; written to {out}"
    values = {
        "rows": len(read.table),
        "time": read.time,
        "values": read.values,
        "out": str(out),
        "input": read.account.to_builtins(),
    }
    return values, f"{read.account.as_text()}\n{text}"


def _shown(scores: list[float]) -> list[str]:
    return ["" if isnan(score) else f"{score:.6f}" for score in scores]
