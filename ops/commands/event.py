"""`gridpulse event`: the major events of the city, and what one of them came to."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ops.cli_options import Lang, LangOption

JsonOption = Annotated[bool, typer.Option("--json", help="print one JSON object")]
NameArgument = Annotated[str, typer.Argument(help="name of its file in events/")]


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    event = typer.Typer(help="Look at major events, and close one out.", no_args_is_help=True)
    event.command("list")(list_events)
    event.command("show")(show)
    event.command("check")(check)
    event.command("close-out")(close_out)
    app.add_typer(event, name="event")


def list_events(*, lang: LangOption = Lang.ZH, as_json: JsonOption = False) -> None:
    """List the events of the city with their dates, objects and phase of today."""
    from config.loader import load
    from config.settings import Settings
    from ops.events.screen import listed, print_list

    events = listed(load(Settings.from_env()))
    print_list(events, lang.value, as_json=as_json)


def show(
    name: NameArgument,
    *,
    lang: LangOption = Lang.ZH,
    wide: Annotated[bool, typer.Option("--wide", help="all columns, however wide")] = False,
    as_json: JsonOption = False,
) -> None:
    """Show an event: phases, objects and where they are, clocks, roles, reports due."""
    from config.loader import load
    from config.settings import Settings
    from ops.events.close_out import event_of
    from ops.events.screen import print_event

    catalog = load(Settings.from_env())
    print_event(event_of(catalog, name), lang.value, wide=wide, as_json=as_json)


def check(name: NameArgument, *, as_json: JsonOption = False) -> None:
    """Check an event's file, and tell what its geometry covers; exit 1 where something is odd."""
    from config.loader import load
    from config.settings import Settings
    from ops.events.check import checked
    from ops.output import say

    found = checked(load(Settings.from_env()), name)
    say(found.to_builtins(), found.as_text(), as_json=as_json)
    if found.oddities:
        raise typer.Exit(1)


def close_out(
    name: NameArgument,
    *,
    at: Annotated[
        str | None, typer.Option(help="local moment for which it counts; else the live end")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="folder for the report: HTML and PDF, zh and en")
    ] = None,
    lang: LangOption = Lang.ZH,
    as_json: JsonOption = False,
) -> None:
    """Count the cases of an event in the archive and write its close-out report."""
    from config.loader import load
    from config.settings import Settings
    from ops.events.close_out import close_out_of
    from ops.events.close_out_page import summary, write_report
    from ops.output import say

    settings = Settings.from_env()
    catalog = load(settings)
    report = close_out_of(settings, catalog, name, at)
    files = [] if out is None else write_report(report, catalog, out)
    values = report.to_builtins() | {"files": [str(file) for file in files]}
    text = "\n".join([*summary(report, lang.value), *map(str, files)])
    say(values, text, as_json=as_json)
