"""`gridpulse train`: learn from history what the stream predicts with."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    train = typer.Typer(help="Learn from history what the stream predicts with.")
    train.command("cases")(cases)
    train.command("readings")(readings)
    train.callback()(_train)
    app.add_typer(train, name="train")


def _train() -> None:
    """Learn from history what the stream predicts with."""


def cases(
    file: Annotated[
        Path | None, typer.Argument(help="cases: CSV, JSON lines or Parquet; else the archive")
    ] = None,
    mapping: Annotated[str | None, typer.Option(help="mapping that names the columns")] = None,
    out: Annotated[
        Path | None, typer.Option(help="write the model there, and hand it to no worker")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="train, tell, write and publish nothing")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="print one JSON object")] = False,
) -> None:
    """Train the prediction of breaches, and judge it against "age over a share of the limit".

    The model is written to the archive and handed to the workers that run; none restarts.
    """
    from models.cases.prediction.breach import MODEL_FILE
    from models.cases.prediction.training import train
    from ops.analysis.kpi import load_archive, load_table
    from ops.analysis.train_cases import judge, publish, write_model
    from ops.cities import catalog_of
    from ops.files.write import require_output
    from ops.output import say

    if out is not None and file is not None:
        require_output(out, file)
    settings, catalog = catalog_of(mapping)
    known = None if mapping is None else catalog.mapping(mapping)
    table = load_archive(settings, catalog) if file is None else load_table(file, catalog, known)
    end_ms = table.span[1]
    judged = judge(table.columns, end_ms, table.zone)
    model = train(table.columns, end_ms, table.zone)
    target = settings.archive_dir / MODEL_FILE if out is None else out
    if not dry_run:
        write_model(model, target)
    sent = 0 if dry_run or out is not None else publish(model, settings, catalog)
    found: dict[str, Any] = {"model": None if dry_run else str(target), "cases": model.cases}
    found |= {"fallback": model.is_fallback, "uses": model.method, "validation": model.validation}
    found |= {"published_messages": sent, "input": table.account.to_builtins(), **judged}
    say(found, f"{table.account.as_text()}\n{_text(found)}", as_json=as_json)


def readings(
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="train, tell, publish nothing")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="print one JSON object")] = False,
) -> None:
    """Train the baselines of all watched readings on the archive, for the workers that run.

    Workers take a baseline up with the first pane after the end of its training; none restarts.
    """
    from config.loader import load
    from config.settings import Settings
    from ops.analysis.train_readings import publish, train_all
    from ops.output import say

    settings = Settings.from_env()
    catalog = load(settings)
    trained = train_all(settings.archive_dir, catalog)
    sent = 0 if dry_run else publish(trained, settings, catalog)
    listed = [each.to_builtins() for each in trained]
    found = {"baselines": listed, "published_messages": sent}
    say(found, "\n".join(_line(one) for one in listed), as_json=as_json)
    if lacking := sum(one["baseline"] is None for one in listed):
        print(f"gridpulse: {lacking} of {len(listed)} baselines are missing", file=sys.stderr)
        raise typer.Exit(1)


def _line(one: dict[str, Any]) -> str:
    """Tell what a baseline has seen, and how far to trust it."""
    name = f"{one['feed']} {one['metric']} ({one['detector']})"
    if one["baseline"] is None:
        return f"{name}: no baseline, {one['reason']}"
    quality = one["quality"]
    days = (one["trained_until_ms"] - one["trained_from_ms"]) / 86_400_000
    lines = [
        f"{name}: version {one['baseline']}, {days:.0f} days, {quality['cells']} cells, "
        f"{quality['panes']} panes, {quality['coverage']:.0%} with a value"
    ]
    if quality["judged"]:
        lines.append(
            f"  last month, judged before it was learnt: spread {quality['spread']:.2f} (1 is "
            f"right), typical error {quality['error']:.1f}, "
            f"{quality['alarms_per_cell_month']:.2f} alarms a cell and month"
        )
    return "\n".join(lines)


def _text(found: dict[str, Any]) -> str:
    """Tell what was learnt, and how far to trust it."""
    scores = found["brier"]
    better = "better" if scores["model"] < scores["rule"] else "WORSE"
    lines = [
        f"Learnt from {found['cases']} cases; written to {found['model'] or 'nothing'}"
        + (", handed to the running workers." if found["published_messages"] else "."),
        f"Judged on the newest {found['judged']} looks at open cases, {found['broke']:.0%} of them "
        "of cases that broke their limit, by a model of the older ones:",
        f"  Brier score {scores['model']:.4f}, plain rule {scores['rule']:.4f}: {better}",
        f"  of that model's methods it used: {found['method']} (by themselves: "
        + ", ".join(f"{name} {scores[name]:.4f}" for name in ("curves", "regression", "both"))
        + ")",
    ]
    lines += [
        f"  precision at recall {recall}: {pair['model']:.3f}, plain rule {pair['rule']:.3f}"
        for recall, pair in found["precision_at_recall"].items()
    ]
    lines += ["  predicted → observed (looks):"]
    lines += [
        f"    {one['predicted']:.2f} → {one['observed']:.2f} ({one['n']})"
        for one in found["reliability"]
    ]
    lines.append(f"The model written uses: {found['uses']}, chosen on its own newest cases.")
    if found["fallback"]:
        lines.append("Too little history: only how long cases usually take was learnt.")
    return "\n".join(lines)
