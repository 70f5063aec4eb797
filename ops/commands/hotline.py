"""`gridpulse hotline`: the three rates, score and rank of the calls to 12345 (接诉即办)."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from ops.cli_options import Lang, LangOption


class By(StrEnum):
    """What calls are grouped by."""

    STREET = "street"
    DEPARTMENT = "department"
    CATEGORY = "category"
    MONTH = "month"


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command("hotline")(hotline)


def hotline(
    file: Annotated[Path, typer.Argument(help="calls as JSON lines, from `simulate --hotline`")],
    *,
    by: Annotated[By, typer.Option(help="one row for each")] = By.STREET,
    month: Annotated[str | None, typer.Option(help="only this month, such as 2026-04")] = None,
    lang: LangOption = Lang.ZH,
    wide: Annotated[bool, typer.Option("--wide", help="all columns, however wide")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="print one JSON object")] = False,
) -> None:
    """Count response, solving and satisfaction, repeats, precise dispatch, and what came before.

    Groups of few calls have no rank.
    """
    from config.loader import load
    from config.settings import Settings
    from ops.hotline.rates import rates_of_file
    from ops.hotline.screen import print_rates
    from ops.output import say

    catalog = load(Settings.from_env())
    found = rates_of_file(file, catalog, by.value, month)
    if as_json:
        say(found.to_builtins(), "", as_json=True)
    else:
        print_rates(found, catalog, by.value, lang.value, wide=wide)
