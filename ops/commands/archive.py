"""`gridpulse archive`: what the archive holds, one file a day, and the end of old days."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from ops.analysis.archive import Day

JsonOption = Annotated[bool, typer.Option("--json", help="print one JSON object")]


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    archive = typer.Typer(help="Look at the archive and keep it in order.", no_args_is_help=True)
    archive.command("show")(show)
    archive.command("compact")(compact)
    archive.command("prune")(prune)
    app.add_typer(archive, name="archive")


def show(as_json: JsonOption = False) -> None:
    """Show what the archive holds of each dataset."""
    from config.settings import Settings
    from models.archive.datasets import DATASETS
    from ops.analysis.archive import connect, days, unreadable
    from ops.output import say

    folder = Settings.from_env().archive_dir
    found = days(folder)
    held: dict[str, Any] = {}
    with connect(folder) as connection:
        for name in DATASETS:
            mine = [day for day in found if day.dataset == name]
            rows = connection.execute(f"SELECT count(*) FROM {name}").fetchall()[0][0]
            held[name] = {**_sum(mine), "rows": rows}
    lines = [f"{folder}:"] + [f"  {name}: {_line(one)}" for name, one in held.items()]
    broken = [str(file) for file in unreadable(folder)]
    lines += [f"  not readable as Parquet, left out: {file}" for file in broken]
    say(
        {"archive": str(folder), "datasets": held, "unreadable": broken},
        "\n".join(lines),
        as_json=as_json,
    )


def compact(as_json: JsonOption = False) -> None:
    """Make one file of each day that has more; safe at any time, also beside running workers."""
    from config.settings import Settings
    from ops.analysis.archive import compact as compact_all
    from ops.output import say

    done = compact_all(Settings.from_env().archive_dir)
    text = f"{len(done)} days compacted, {sum(day.files for day in done)} files before"
    say({"days": [_named(day) for day in done]}, text, as_json=as_json)


def prune(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="only tell what would go")] = False,
    as_json: JsonOption = False,
) -> None:
    """Delete the days that are older than GRIDPULSE_ARCHIVE_DAYS keeps, counted from today."""
    from zoneinfo import ZoneInfo

    from config.loader import load
    from config.settings import Settings
    from ops.analysis.archive import delete, outdated, retention
    from ops.output import say

    settings = Settings.from_env()
    today = datetime.now(ZoneInfo(load(settings).city.timezone)).date()
    old = outdated(settings.archive_dir, retention(settings.archive_days), today)
    if not dry_run:
        for day in old:
            delete(settings.archive_dir, day)
    word = "would go" if dry_run else "deleted"
    lines = [f"{day.dataset} {day.day}: {word}" for day in old] or ["nothing is old enough"]
    found = {"days": [_named(day) for day in old], "deleted": not dry_run}
    say(found, "\n".join(lines), as_json=as_json)


def _sum(days: list[Day]) -> dict[str, Any]:
    return {
        "days": len(days),
        "first": days[0].day.isoformat() if days else None,
        "last": days[-1].day.isoformat() if days else None,
        "files": sum(day.files for day in days),
        "bytes": sum(day.size for day in days),
    }


def _line(one: dict[str, Any]) -> str:
    if not one["days"]:
        return "nothing yet"
    return (
        f"{one['rows']} rows in {one['days']} days from {one['first']} to {one['last']}, "
        f"{one['files']} files, {one['bytes'] / 2**20:.1f} MiB"
    )


def _named(day: Day) -> dict[str, Any]:
    return {"dataset": day.dataset, "day": day.day.isoformat(), "files": day.files}
