"""`gridpulse report`: the bulletin of a day, week or month, from the archive."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ops.cli_options import Lang


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command("report")(report)


def report(
    period: Annotated[str, typer.Argument(help="daily, weekly or monthly")],
    *,
    date: Annotated[
        str | None, typer.Option(help="a local day of the period; else yesterday")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="folder for the bulletin: HTML and PDF")] = None,
    lang: Annotated[
        Lang | None, typer.Option("--lang", help="one language; else both, Chinese first")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="print one JSON object")] = False,
) -> None:
    """Say how a day, week or month went, and write it; exit 1 where the archive has none of it."""
    import time

    from config.errors import InputError, NothingUsed
    from config.loader import load
    from config.settings import Settings
    from models.bulletin.period import Span
    from models.bulletin.sentences import situation
    from ops.bulletin.figures_json import to_builtins
    from ops.bulletin.page import write_bulletin
    from ops.bulletin.read import bulletin_of
    from ops.output import say

    if period not in [each.value for each in Span]:
        msg = f"there is no bulletin {period!r}: write {', '.join(Span)}"
        raise InputError(msg)
    settings = Settings.from_env()
    catalog = load(settings)
    found = bulletin_of(settings, catalog, Span(period), date, round(time.time() * 1000))
    langs = [each.value for each in Lang] if lang is None else [lang.value]
    files = [] if out is None else write_bulletin(found, catalog, langs, out)
    lines = [line for each in langs for line in situation(found, each)]
    values = to_builtins(found) | {"files": [str(file) for file in files]}
    say(values, "\n".join([*lines, *map(str, files)]), as_json=as_json)
    if found.coverage.is_empty:
        msg = (
            f"the archive holds nothing of {found.period.first} to {found.period.last}; "
            "`gridpulse archive show` lists its days"
        )
        raise NothingUsed(msg)
