"""`gridpulse performance`: departments and streets against their targets, month by month."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer


class By(StrEnum):
    """Whose performance."""

    DEPARTMENT = "department"
    STREET = "street"


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command("performance")(performance)


def performance(
    *,
    month: Annotated[str | None, typer.Option(help="such as 2008-09; else the last one")] = None,
    by: Annotated[By, typer.Option(help="whose")] = By.DEPARTMENT,
    indicator: Annotated[
        str, typer.Option(help="closed_in_time_of_due or closed_of_filed")
    ] = "closed_in_time_of_due",
    as_json: Annotated[bool, typer.Option("--json", help="print one JSON object")] = False,
) -> None:
    """Rank them by the archive, with targets, what is missing to them, cases, and the trend.

    `gridpulse cases show` shows each case that is named.
    """
    from config.loader import load
    from config.settings import Settings
    from ops.output import say
    from ops.performance.read import lines_of, performance_of, values_of

    settings = Settings.from_env()
    catalog = load(settings)
    found = performance_of(settings, catalog, by.value, indicator, month)
    say(values_of(found, catalog), "\n".join(lines_of(found, catalog)), as_json=as_json)
