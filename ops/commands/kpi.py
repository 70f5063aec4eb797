"""`gridpulse kpi`: the case indicators of a file, with numerator, denominator and definition."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from models.cases.indicators.report import Row
    from ops.analysis.kpi import CaseTable


RANKED_BY: Final = "closed_in_time_of_due"
RANKED_SHOWN: Final = 12  # at each end


class By(StrEnum):
    """What the cases are grouped by."""

    STREET = "street"
    COMMUNITY = "community"
    CELL = "cell"
    DEPARTMENT = "department"
    CATEGORY = "category"
    MONTH = "month"
    SOURCE = "source"
    BEAT = "beat"


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command("kpi")(kpi)


def kpi(
    file: Annotated[
        Path | None, typer.Argument(help="cases: CSV, JSON lines or Parquet; else the archive")
    ] = None,
    mapping: Annotated[str | None, typer.Option(help="mapping that names the columns")] = None,
    by: Annotated[By | None, typer.Option(help="one row of indicators for each")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="print one JSON object")] = False,
) -> None:
    """Compute the indicators of a file of cases, or of the archive.

    A group's period takes the cases filed in it, and the cases whose limit falls in it as due. The
    data end with the last event in the file.
    """
    import msgspec

    from ops.analysis.kpi import load_archive, load_table
    from ops.cities import catalog_of

    settings, catalog = catalog_of(mapping)
    known = None if mapping is None else catalog.mapping(mapping)
    group = "all" if by is None else by.value
    table = load_archive(settings, catalog) if file is None else load_table(file, catalog, known)
    rows = table.rows(group)
    if as_json:
        print(msgspec.json.encode(table.to_builtins(rows)).decode())
    else:
        _show(table, rows, group)


def _show(found: CaseTable, rows: list[Row], by: str) -> None:
    """Print the table and below it what each figure means."""
    from rich.console import Console

    from models.cases.indicators.report import BASIC

    console = Console(width=None if Console().is_terminal else 160)
    console.print(_heading(found))
    console.print(_single(rows) if by == "all" else _grouped(rows, by))
    if by not in ("all", "month"):
        console.print(_ranking(rows, by))
    if by != "all":
        definitions = {r.indicator: r.definition for r in rows if r.indicator in BASIC}
        for code, definition in definitions.items():
            console.print(f"  {code}: {definition}", style="dim", highlight=False)
        console.print("  All indicators and groups: --json", style="dim", highlight=False)
    for line in _remarks(found):
        console.print(line, style="yellow", highlight=False)


def _remarks(found: CaseTable) -> Iterator[str]:
    """Say where the limits come from, and what was not used, is flagged or lacking."""
    own, registry, none = (found.limits[source] for source in ("own", "registry", "none"))
    yield f"limits to close: {own} named by the case, {registry} by the registry, {none} without"
    for reason, count in found.unused.items():
        yield f"not used: {count} × {reason}"
    for reason, count in found.unplaced.items():
        yield f"counted without a place in the city: {count} cases × {reason}"
    for flag, count in found.flags.items():
        yield f"flagged: {count} × {flag}"
    for note in found.notes:
        yield f"note: {note.text} ({note.cases} cases)"


def _heading(found: CaseTable) -> str:
    from datetime import UTC, datetime
    from zoneinfo import ZoneInfo

    first, end = (
        datetime.fromtimestamp(ms / 1000, UTC).astimezone(ZoneInfo(found.timezone))
        for ms in found.span
    )
    period = f"{first:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M} ({found.timezone})"
    return f"{len(found.columns)} cases, {period}"


def _single(rows: list[Row]) -> object:
    """One indicator a line."""
    from rich.table import Table

    table = Table("indicator", "指标")
    table.add_column("value", justify="right")
    table.add_column("counts", justify="right")
    table.add_column("definition", overflow="fold")
    for row in rows:
        counts = "" if row.denominator is None else f"{row.numerator} / {row.denominator}"
        table.add_row(row.indicator, row.zh, shown(row.value, row.unit), counts, row.definition)
    return table


def _grouped(found: list[Row], by: str) -> object:
    """One group a line, one basic indicator a column; a rate stands above its counts."""
    from rich.table import Table

    from models.cases.indicators.report import BASIC

    rows = [row for row in found if row.indicator in BASIC]
    codes = list(dict.fromkeys(row.indicator for row in rows))
    table = Table(by, show_lines=True)
    for code in codes:
        table.add_column(code.replace("_", " "), justify="right")
    lines: dict[str, list[str]] = {}
    for row in rows:
        counts = "" if row.unit != "share" else f"\n{row.numerator}/{row.denominator}"
        lines.setdefault(row.group, []).append(shown(row.value, row.unit) + counts)
    for group, cells in lines.items():
        table.add_row(group, *cells)
    return table


def _ranking(found: list[Row], by: str) -> object:
    """Rank the groups by what they close in time, so that small numbers neither win nor lose."""
    from rich.table import Table

    from models.cases.indicators.ranking import rank

    asked = [row for row in found if row.indicator == RANKED_BY and row.denominator]
    places = rank({row.group: (row.numerator, row.denominator or 0) for row in asked})
    table = Table("", by, title=f"{RANKED_BY}: best and worst, by the rate that n supports")
    for name in ("closed in time", "n", "95 %", "rate that n supports"):
        table.add_column(name, justify="right")
    for number, place in enumerate(places, start=1):
        if len(places) > 2 * RANKED_SHOWN and RANKED_SHOWN < number <= len(places) - RANKED_SHOWN:
            continue
        table.add_row(
            "too few" if place.is_small else str(number),
            place.group,
            shown(place.rate, "share"),
            str(place.n),
            f"{place.low:.1%} – {place.high:.1%}",
            shown(place.shrunk, "share"),
        )
    return table


def shown(value: float | None, unit: str) -> str:
    """Write a value for people; a dash where there is nothing to divide by."""
    if value is None:
        return "–"
    if unit == "share":
        return f"{value:.2%}"
    return f"{value:.1f} h" if unit == "hours" else f"{value:.0f}"
