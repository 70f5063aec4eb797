"""`gridpulse rules`: check the rules of the city, and project how many alarms they would raise."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from config.catalog import Catalog, LevelName
    from models.warnings.suggestions import Precision
    from ops.backtest.rules import Load

BacktestOption = Annotated[
    Path | None, typer.Option("--backtest", help="report of `backtest`; default: the archive")
]
HistoryOption = Annotated[
    float | None,
    typer.Option(
        "--history-days",
        help="history that all levels must be reached with; default: as much as each needs",
        min=0,
    ),
]
PrecisionOption = Annotated[
    bool,
    typer.Option("--precision", help="also how often each rule was right, from the topic `audit`"),
]
JsonOption = Annotated[bool, typer.Option("--json", help="print one JSON object")]


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    rules = typer.Typer(help="Check the rules and their alarm load.", no_args_is_help=True)
    rules.command("lint")(lint)
    rules.command("load")(load)
    rules.command("backtest")(backtest)
    app.add_typer(rules, name="rules")


def lint(
    backtest: BacktestOption = None, history_days: HistoryOption = None, as_json: JsonOption = False
) -> None:
    """Check every rule of the city; exit 1 where one is wrong or they raise too many alarms.

    Every level is proven to be reachable: the monitor of a rule over readings is run on an ordinary
    past and then given the largest value that the feed accepts. How rare something may be called is
    bounded by the length of the history; what each level needs is listed.
    """
    from config.errors import ConfigError
    from config.loader import load as load_city
    from config.settings import Settings
    from ops.backtest.rules import faults_of, history_needed, load_json
    from ops.output import say

    try:
        catalog = load_city(Settings.from_env())
    except ConfigError as error:
        say({"rules": 0, "faults": [{"wrong": str(error)}]}, str(error), as_json=as_json)
        raise typer.Exit(1) from None
    faults = faults_of(catalog, history_days)
    loads, needed = _loads(catalog, backtest), history_needed(catalog)
    lines = [f"{fault.rule}: {fault.field}: {fault.wrong}" for fault in faults]
    lines += [_needed_line(name, days) for name, days in needed.items()]
    lines += [_line(load) for load in loads]
    lines.append(f"{len(catalog.rules)} rules checked, {len(faults)} faults")
    figures = {
        "rules": len(catalog.rules),
        "faults": [vars(fault) for fault in faults],
        "history_days_needed": needed,
        "load": load_json(loads),
    }
    say(figures, "\n".join(lines), as_json=as_json)
    if faults or any(load.is_over for load in loads):
        raise typer.Exit(1)


def load(
    backtest: BacktestOption = None, precision: PrecisionOption = False, as_json: JsonOption = False
) -> None:
    """Project the load of each owner and of one operator against EEMUA 191; exit 1 if over."""
    from config.loader import load as load_city
    from config.settings import Settings
    from ops.backtest.rules import load_json
    from ops.output import say

    loads = _loads(load_city(Settings.from_env()), backtest)
    operator = _operator(backtest)
    judged = _precisions() if precision else {}
    lines = [*map(_line, loads), *_operator_lines(operator)]
    lines += [
        f"{name}: right in {one.right} of {one.n} judged, {one.low:.0%} to {one.high:.0%}"
        for name, one in judged.items()
    ]
    text = "\n".join(lines) or "no alarms on record"
    figures = {"load": load_json(loads), "operator": operator, "precision": judged}
    say(figures, text, as_json=as_json)
    if any(load.is_over for load in loads) or (operator and operator["over"]):
        raise typer.Exit(1)


def backtest(
    a: Annotated[str, typer.Argument(help="folder of rules, or `current`")],
    b: Annotated[str, typer.Argument(help="folder of rules, or `current`")],
    since: Annotated[str, typer.Option(help="local date or time from which on")] = "",
    until: Annotated[str, typer.Option(help="local date or time until before which")] = "",
    as_json: JsonOption = False,
) -> None:
    """Run two rule sets over the archive: warnings, load, lead time, and what only one has."""
    from config.loader import load as load_city
    from config.settings import Settings
    from ops.backtest.rule_sets import catalog_of, compared, not_run, run_rules
    from ops.cli_times import moment_ms
    from ops.output import say

    settings = Settings.from_env()
    zone = load_city(settings).city.timezone
    since_ms = moment_ms(since or None, zone) or 0
    until_ms = moment_ms(until or None, zone) or 2**62
    sets = [catalog_of(settings, each) for each in (a, b)]
    runs = [run_rules(each, settings, settings.archive_dir, since_ms, until_ms) for each in sets]
    found = compared(*runs)
    found["not_run"] = sorted({name for each in sets for name in not_run(each)})
    lines = [
        f"{name.upper()} {given}: {found[name]['warnings']} warnings; "
        + "; ".join(_operator_lines(found[name]["load"]))
        for name, given in (("a", a), ("b", b))
    ]
    lead = found["lead_min"]
    lines.append(
        f"in both {found['both']}, only in A {len(found['only_a'])}, only in B "
        f"{len(found['only_b'])}; B earlier in {lead['earlier_in_b']}, later in "
        f"{lead['later_in_b']}, median lead of B {lead['median']} min"
    )
    lines += [f"only in {name.upper()}: {each}" for name in "ab" for each in found[f"only_{name}"]]
    if found["not_run"]:
        lines.append(f"not run, they ask the cases themselves: {', '.join(found['not_run'])}")
    say(found, "\n".join(lines), as_json=as_json)


def _loads(catalog: Catalog, backtest: Path | None) -> list[Load]:
    """Project from a report where one is given, else from the archive."""
    from config.settings import Settings
    from ops.backtest.rules import alarms_of_archive, alarms_of_report, project

    if backtest is not None:
        return project(catalog, alarms_of_report(backtest))
    return project(catalog, alarms_of_archive(Settings.from_env().archive_dir))


def _precisions() -> dict[str, Precision]:
    """Read from the audit how often each rule was right."""
    from config.settings import Settings
    from models.warnings.suggestions import precisions
    from ops.warnings.asking import read_audit

    return precisions(read_audit(Settings.from_env()))


def _operator(backtest: Path | None) -> dict[str, Any] | None:
    """Count from the archive what one operator was called for; None from a report."""
    from config.settings import Settings
    from ops.backtest.rule_sets import figures_json
    from ops.backtest.rules import operator_figures

    if backtest is not None:
        return None
    return figures_json(operator_figures(Settings.from_env().archive_dir))


def _operator_lines(load: dict[str, Any] | None) -> list[str]:
    """Say what one operator was called for, against EEMUA 191."""
    if not load or not load["called"]:
        return []
    return [
        f"one operator: {load['called']} warnings shown, at most {load['most_an_hour']} in an hour "
        f"(6), {load['most_in_10_min']} in ten minutes (10), {load['hours_over_6']} hours over 6, "
        f"{len(load['chattering'])} chattering (over 3 changes an hour), "
        f"{len(load['standing_over_24_h'])} stood for over 24 h: "
        f"{'TOO MANY' if load['over'] else 'ok'}"
    ]


def _needed_line(rule: str, needed: Mapping[LevelName, float]) -> str:
    """Say how much history the levels of a rule need."""
    days = ", ".join(f"{level} {days:g}" for level, days in needed.items())
    return f"{rule}: days of history without which it does not come to: {days}"


def _line(load: Load) -> str:
    """Say the load of one owner in a line."""
    verdict = "TOO MANY" if load.is_over else "ok"
    rules = ", ".join(f"{name} {n}" for name, n in load.rules.items())
    return (
        f"{load.owner}: {load.alarms} alarms in {load.days:.1f} days, {load.per_window:.4f} in ten "
        f"minutes (at most 1), peak {load.peak}: {verdict} ({rules})"
    )
