"""`gridpulse kpi`: the case indicators of a file, with numerator, denominator and definition."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from ops.cli_options import (
    EncodingName,
    Lang,
    LangOption,
    LatName,
    LonName,
    Missing,
    TimeFormat,
    TimeZoneName,
)

OpenedName = Annotated[
    str | None, typer.Option("--time", help="column of the opening of a case; else found")
]


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
        Path | None, typer.Argument(help="cases: a table of any make; else the archive")
    ] = None,
    *,
    mapping: Annotated[str | None, typer.Option(help="mapping that names the columns")] = None,
    by: Annotated[By | None, typer.Option(help="one row of indicators for each")] = None,
    time: OpenedName = None,
    lon: LonName = None,
    lat: LatName = None,
    timezone: TimeZoneName = None,
    time_format: TimeFormat = None,
    missing: Missing = None,
    encoding: EncodingName = None,
    as_of: Annotated[
        str | None,
        typer.Option("--as-of", help="count the archive as it stood at this time, or day's begin"),
    ] = None,
    lang: LangOption = Lang.ZH,
    wide: Annotated[bool, typer.Option("--wide", help="all columns, however wide")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="print the rows as CSV")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="print one JSON object")] = False,
) -> None:
    """Compute the indicators of a file of cases, or of the archive.

    A group's period takes the cases filed in it, and the cases whose limit falls in it as due. The
    data end with the last event in the file. Each case has the limit that it names, else the one
    of the registry on its day. With --as-of the same question has the same answer for ever, but
    for steps that were told only later.
    """
    import msgspec

    from config.errors import InputError
    from models.printable import printable_json
    from ops.analysis.kpi import load_archive, load_table
    from ops.analysis.kpi_screen import Screen, print_csv
    from ops.cities import catalog_of
    from ops.cli_times import moment_ms
    from ops.files.choices import Choices

    settings, catalog = catalog_of(mapping)
    known = None if mapping is None else catalog.mapping(mapping)
    group = "all" if by is None else by.value
    choices = Choices(
        time=time,
        lon=lon,
        lat=lat,
        timezone=timezone,
        time_format=time_format,
        encoding=encoding,
        missing=tuple(missing or ()),
    )
    if as_of is not None and file is not None:
        msg = "--as-of asks the archive: leave the file out"
        raise InputError(msg)
    table = (
        load_archive(settings, catalog, moment_ms(as_of, catalog.city.timezone))
        if file is None
        else load_table(file, catalog, known, choices)
    )
    rows = table.rows(group)
    if as_json:
        print(printable_json(msgspec.json.encode(table.to_builtins(rows)).decode()))
    elif as_csv:
        print_csv(rows)
    else:
        Screen(table, rows, group, catalog, lang=lang.value, wide=wide).show()
