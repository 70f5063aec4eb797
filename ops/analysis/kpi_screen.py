"""The indicators as a person reads them: tables, what they rest on, and what was not used."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

from config.catalog import Catalog
from models.cases.indicators.ranking import GroupRank, rank
from models.cases.indicators.report import BASIC, Row
from models.printable import printable
from ops.analysis.code_names import named, names_of
from ops.analysis.kpi import CaseTable
from ops.output import Column, console, print_table

RANKED_BY: Final = "closed_in_time_of_due"
RANKED_SHOWN: Final = 12  # at each end
_FULL_WIDTH: Final = 140  # columns of a terminal that all basic indicators need
_NARROW: Final = ("filed", "open", "overdue", "due", RANKED_BY, "median_hours_to_close")


class Screen:
    """Prints the indicators of a table.

    Parameters
    ----------
    found : CaseTable
    rows : sequence of Row
        Of each group.
    by : str
        What the groups are.
    catalog : Catalog
        Gives the names beside the codes.
    lang : str
        Language of those names.
    wide : bool
        All columns, however wide.
    """

    def __init__(
        self,
        found: CaseTable,
        rows: Sequence[Row],
        by: str,
        catalog: Catalog,
        *,
        lang: str = "zh",
        wide: bool = False,
    ) -> None:
        self._found, self._rows, self._by, self._wide = found, rows, by, wide
        self._names = names_of(by, catalog, lang)

    def show(self) -> None:
        """Print the tables, what each figure means, and what the figures rest on."""
        screen = console(wide=self._wide)
        screen.print(heading(self._found), highlight=False)
        if self._by == "all":
            self._one_group()
        else:
            is_full = self._wide or screen.width >= _FULL_WIDTH
            codes = BASIC if is_full else _NARROW
            self._groups(codes)
            if self._by != "month":
                self._ranking()
            self._definitions(codes, is_full=is_full)
        for line in notes(self._found):
            screen.print(printable(line), style="yellow", highlight=False, markup=False)

    def _one_group(self) -> None:
        """One indicator a line."""
        columns = [
            Column(name="indicator", is_key=True),
            Column(name="指标"),
            Column(name="value", is_number=True),
            Column(name="counts", is_number=True),
            Column(name="definition"),
        ]
        lines = [(r.indicator, r.zh, shown(r), counted(r), r.definition) for r in self._rows]
        print_table(columns, lines, wide=self._wide)

    def _groups(self, codes: Sequence[str]) -> None:
        """One group a line, one indicator a column; a rate stands above its counts."""
        columns = [Column(name=self._by, is_key=True)]
        columns += [Column(name=code.replace("_", " "), is_number=True) for code in codes]
        cells: dict[str, dict[str, str]] = {}
        for row in self._rows:
            counts = f"\n{row.numerator}/{row.denominator}" if row.unit == "share" else ""
            cells.setdefault(row.group, {})[row.indicator] = shown(row) + counts
        lines = [
            (named(group, self._names), *(found.get(code, "") for code in codes))
            for group, found in cells.items()
        ]
        print_table(columns, lines, wide=self._wide)

    def _ranking(self) -> None:
        """Rank the groups by what they close in time; small numbers neither win nor lose."""
        asked = [row for row in self._rows if row.indicator == RANKED_BY and row.denominator]
        places = rank({row.group: (row.numerator, row.denominator or 0) for row in asked})
        columns = [Column(name=""), Column(name=self._by, is_key=True)]
        names = ("closed in time", "n", "95 %", "rate that n supports")
        columns += [Column(name=name, is_number=True) for name in names]
        title = f"{RANKED_BY}: best and worst, by the rate that n supports"
        print_table(columns, list(self._places(places)), title=title, wide=self._wide)

    def _places(self, places: Sequence[GroupRank]) -> Iterator[tuple[str, ...]]:
        for number, place in enumerate(places, start=1):
            if RANKED_SHOWN < number <= len(places) - RANKED_SHOWN:
                continue
            yield (
                "too few" if place.is_small else str(number),
                named(place.group, self._names),
                "–" if place.rate is None else f"{place.rate:.2%}",
                str(place.n),
                f"{place.low:.1%} – {place.high:.1%}",
                f"{place.shrunk:.2%}",
            )

    def _definitions(self, codes: Sequence[str], *, is_full: bool) -> None:
        screen = console(wide=self._wide)
        definitions = {r.indicator: r.definition for r in self._rows if r.indicator in codes}
        for code, definition in definitions.items():
            screen.print(f"  {code}: {definition}", style="dim", highlight=False)
        more = "" if is_full else "more columns: --wide; "
        screen.print(f"  {more}all indicators and groups: --json", style="dim", highlight=False)


def heading(found: CaseTable) -> str:
    """Say how many cases there are, and of which time."""
    zone = ZoneInfo(found.timezone)
    first, end = (datetime.fromtimestamp(ms / 1000, UTC).astimezone(zone) for ms in found.span)
    period = f"{first:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M} ({found.timezone})"
    return f"{len(found.columns)} cases, {period}"


def notes(found: CaseTable) -> Iterator[str]:
    """Say where the limits come from, and what was not used, is flagged or lacking."""
    own, registry, none = (found.limits[source] for source in ("own", "registry", "none"))
    yield f"limits to close: {own} named by the case, {registry} by the registry, {none} without"
    yield from found.account.as_text().splitlines()
    for reason, count in found.unused.items():
        yield f"not used: {count} × {reason}"
    for reason, count in found.unplaced.items():
        yield f"counted without a place in the city: {count} cases × {reason}"
    for flag, count in found.flags.items():
        yield f"flagged: {count} × {flag}"
    for note in found.notes:
        yield f"note: {note.text} ({note.cases} cases)"


def print_csv(rows: Sequence[Row]) -> None:
    """Print all rows for a spreadsheet."""
    names = ("group", "indicator", "numerator", "denominator", "value", "unit", "definition")
    lines = [
        ["" if (cell := getattr(row, name)) is None else cell for name in names] for row in rows
    ]
    print_table([Column(name=name) for name in names], lines, as_csv=True)


def counted(row: Row) -> str:
    """Write numerator and denominator; nothing of a plain count."""
    return "" if row.denominator is None else f"{row.numerator} / {row.denominator}"


def shown(row: Row) -> str:
    """Write a value for people; a dash where there is nothing to divide by."""
    if row.value is None:
        return "–"
    if row.unit == "share":
        return f"{row.value:.2%}"
    return f"{row.value:.1f} h" if row.unit == "hours" else f"{row.value:.0f}"
