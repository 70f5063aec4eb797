"""Options that commands over a file share: they overrule what was recognised."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

TimeName = Annotated[str | None, typer.Option("--time", help="time column; else found")]
LonName = Annotated[str | None, typer.Option("--lon", help="column of the longitude, or of x")]
LatName = Annotated[str | None, typer.Option("--lat", help="column of the latitude, or of y")]
SeriesName = Annotated[
    str | None, typer.Option("--series", help="column that tells the series of a row")
]
MappedValue = Annotated[
    list[str] | None,
    typer.Option("--value", help="METRIC=COLUMN, or COLUMN of the only metric; may be given again"),
]
PeriodName = Annotated[str | None, typer.Option("--period", help="column of the period")]
CountName = Annotated[str | None, typer.Option("--count", help="column of the count")]
Missing = Annotated[
    list[str] | None,
    typer.Option("--missing", help="text that stands for no value, may be given again"),
]
TimeZoneName = Annotated[
    str | None, typer.Option("--timezone", help="IANA zone of times without an offset")
]
TimeFormat = Annotated[
    str | None,
    typer.Option(
        "--time-format",
        help="dmy, mdy, ymd, epoch-s, epoch-ms, compact, month, week, mmwr, excel, number, "
        "or a pattern such as %d/%m/%Y",
    ),
]


class Lang(StrEnum):
    """Language of the names beside codes."""

    ZH = "zh"
    EN = "en"


LangOption = Annotated[Lang, typer.Option("--lang", help="language of the names beside codes")]
EncodingName = Annotated[
    str | None, typer.Option("--encoding", help="of a text file; else found by its bytes")
]
