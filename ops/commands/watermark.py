"""`gridpulse watermark show|reset`: how far event time has come, and setting it back."""

from __future__ import annotations

import time
from dataclasses import asdict
from datetime import datetime
from zoneinfo import ZoneInfo

import typer

_PARTITION = typer.Option(None, "--partition", min=0, help="Only this raw partition.")
_JSON = typer.Option(False, "--json", help="One JSON object on stdout.")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    watermark = typer.Typer(
        help="Show how far event time has come, or set a clock back that ran away.",
        no_args_is_help=True,
    )
    watermark.command()(show)
    watermark.command()(reset)
    app.add_typer(watermark, name="watermark")


def show(
    feed: str = typer.Argument("", help="Only this feed; default: all."),
    wide: bool = typer.Option(False, "--wide", help="As wide as the rows are."),
    as_json: bool = _JSON,
) -> None:
    """Show the watermarks of all checkpoints beside the wall clock; exit 1 if one ran ahead."""
    from config.loader import load
    from config.settings import Settings
    from models.timing.source_clocks import AHEAD_MS
    from ops.output import Column, print_table, say
    from ops.processes.checkpoints import connected
    from ops.processes.watermarks import watermarks

    settings, now_ms = Settings.from_env(), time.time_ns() // 1_000_000
    catalog = load(settings)
    with connected(settings) as redis:
        every = watermarks(redis, catalog, settings, now_ms)
        found = [each for each in every if feed in ("", each.feed)]
    if as_json:
        say({"now_ms": now_ms, "watermarks": [asdict(each) for each in found]}, "", as_json=True)
    else:
        zone = ZoneInfo(catalog.city.timezone)
        names = ("feed", "agent", "partition", "watermark", "seconds ahead")
        rows = [
            (e.feed, e.agent, e.partition, _local(e.watermark_ms, zone), f"{e.ahead_s:,.0f}")
            for e in found
        ]
        print_table(
            [Column(name=name, is_number=name in ("partition", "seconds ahead")) for name in names],
            sorted(rows),
            title=f"wall clock: {_local(now_ms, zone)}",
            wide=wide,
        )
    if any(each.ahead_s > AHEAD_MS / 1000 for each in found):
        raise typer.Exit(1)


def reset(
    feed: str = typer.Argument(help="The feed whose watermark ran away."),
    to: str | None = typer.Option(
        None, "--to", help="Time to go back to; default: now, less the allowed lateness."
    ),
    partition: int | None = _PARTITION,
    as_json: bool = _JSON,
) -> None:
    """Set a watermark back, so that live readings count again; ingest must be stopped.

    Start ingest afterwards: it tells the streets, and they the district. Docs: operations.md.
    """
    from config.errors import InputError
    from config.loader import load
    from config.settings import Settings
    from ops.cli_times import moment_ms
    from ops.output import say
    from ops.processes.checkpoints import connected
    from ops.processes.watermarks import reset as set_back

    settings, now_ms = Settings.from_env(), time.time_ns() // 1_000_000
    catalog = load(settings)
    known = catalog.feeds.get(feed)
    if known is None:
        msg = f"no feed is called {feed!r}; there are: {', '.join(sorted(catalog.feeds))}"
        raise InputError(msg)
    asked_ms = moment_ms(to, catalog.city.timezone)
    target_ms = now_ms - known.allowed_lateness_s * 1000 if asked_ms is None else asked_ms
    with connected(settings) as redis:
        done = set_back(redis, known, watermark_ms=target_ms, asked_ms=now_ms, partition=partition)
    zone = ZoneInfo(catalog.city.timezone)
    lines = [
        f"{feed}, raw partition {each.partition}: from {_local(each.before_ms, zone)} "
        f"back to {_local(each.after_ms, zone)}"
        for each in done
    ]
    end = "start ingest now" if done else f"nothing of {feed} has gone beyond that time"
    values = {"feed": feed, "asked_ms": now_ms, "set_back": [asdict(each) for each in done]}
    say(values, "\n".join([*lines, end]), as_json=as_json)


def _local(at_ms: int, zone: ZoneInfo) -> str:
    if at_ms < 0:
        return "never"
    return datetime.fromtimestamp(at_ms / 1000, zone).isoformat(sep=" ", timespec="seconds")
