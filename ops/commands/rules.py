"""`gridpulse rules`: check the rules of the city, and project how many alarms they would raise."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from config.catalog import Catalog
    from ops.backtest.rules import Load

BacktestOption = Annotated[
    Path | None, typer.Option("--backtest", help="report of `backtest`; default: the archive")
]
HistoryOption = Annotated[
    float, typer.Option("--history-days", help="history that levels must be reached with", min=0)
]
JsonOption = Annotated[bool, typer.Option("--json", help="print one JSON object")]


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    rules = typer.Typer(help="Check the rules and their alarm load.", no_args_is_help=True)
    rules.command("lint")(lint)
    rules.command("load")(load)
    app.add_typer(rules, name="rules")


def lint(
    backtest: BacktestOption = None, history_days: HistoryOption = 14.0, as_json: JsonOption = False
) -> None:
    """Check every rule of the city; exit 1 where one is wrong or they raise too many alarms.

    Every level is proven to be reachable: the monitor of a rule over readings is run on an ordinary
    past of the given length and then given the largest value that the feed accepts.
    """
    from config.errors import ConfigError
    from config.loader import load as load_city
    from config.settings import Settings
    from ops.backtest.rules import faults_of, load_json
    from ops.output import say

    try:
        catalog = load_city(Settings.from_env())
    except ConfigError as error:
        say({"rules": 0, "faults": [{"wrong": str(error)}]}, str(error), as_json=as_json)
        raise typer.Exit(1) from None
    faults = faults_of(catalog, history_days)
    loads = _loads(catalog, backtest)
    lines = [f"{fault.rule}: {fault.field}: {fault.wrong}" for fault in faults]
    lines += [_line(load) for load in loads]
    lines.append(f"{len(catalog.rules)} rules checked, {len(faults)} faults")
    figures = {
        "rules": len(catalog.rules),
        "faults": [vars(fault) for fault in faults],
        "load": load_json(loads),
    }
    say(figures, "\n".join(lines), as_json=as_json)
    if faults or any(load.is_over for load in loads):
        raise typer.Exit(1)


def load(backtest: BacktestOption = None, as_json: JsonOption = False) -> None:
    """Project the alarm load of each owner; exit 1 where it is over one alarm in ten minutes."""
    from config.loader import load as load_city
    from config.settings import Settings
    from ops.backtest.rules import load_json
    from ops.output import say

    loads = _loads(load_city(Settings.from_env()), backtest)
    text = "\n".join(map(_line, loads)) or "no alarms on record"
    say({"load": load_json(loads)}, text, as_json=as_json)
    if any(load.is_over for load in loads):
        raise typer.Exit(1)


def _loads(catalog: Catalog, backtest: Path | None) -> list[Load]:
    """Project from a report where one is given, else from the archive."""
    from config.settings import Settings
    from ops.backtest.rules import alarms_of_archive, alarms_of_report, project

    if backtest is not None:
        return project(catalog, alarms_of_report(backtest))
    return project(catalog, alarms_of_archive(Settings.from_env().archive_dir))


def _line(load: Load) -> str:
    """Say the load of one owner in a line."""
    verdict = "TOO MANY" if load.is_over else "ok"
    rules = ", ".join(f"{name} {n}" for name, n in load.rules.items())
    return (
        f"{load.owner}: {load.alarms} alarms in {load.days:.1f} days, {load.per_window:.4f} in ten "
        f"minutes (at most 1), peak {load.peak}: {verdict} ({rules})"
    )
