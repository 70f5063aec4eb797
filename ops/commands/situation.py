"""`gridpulse situation`: the situation index (总体态势) of district, streets, communities."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer


class By(StrEnum):
    """Of which areas the index is told."""

    DISTRICT = "district"
    STREET = "street"
    COMMUNITY = "community"


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command("situation")(situation)


def situation(
    *,
    date: Annotated[str | None, typer.Option(help="a local day; else yesterday")] = None,
    by: Annotated[By, typer.Option(help="of which areas")] = By.DISTRICT,
    as_json: Annotated[bool, typer.Option("--json", help="print one JSON object")] = False,
) -> None:
    """Say how far each area departs from its own past, and what moves it; 50 is usual."""
    import time
    from datetime import timedelta

    from config.errors import InputError
    from config.loader import load
    from config.settings import Settings
    from models.matters.kind import zone_of
    from models.timing.days import date_of, number_of
    from ops.analysis.situation_index import situation_lines, situation_of, situation_values
    from ops.cli_times import local_day
    from ops.output import say

    settings = Settings.from_env()
    catalog = load(settings)
    today = date_of(number_of(round(time.time() * 1000), zone_of(catalog))[0])
    try:
        day = today - timedelta(days=1)
        day = day if date is None else local_day(date, catalog.city.timezone)
    except (ValueError, OverflowError):
        msg = f"{date!r} is no day: write one as 2009-03-01"
        raise InputError(msg) from None
    made = situation_of(settings, catalog, by.value, day)
    lines = "\n".join(situation_lines(made, catalog, day))
    say(situation_values(made, catalog, day), lines, as_json=as_json)
