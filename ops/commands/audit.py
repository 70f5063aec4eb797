"""`gridpulse audit`: who changed which warning, as what, why and when."""

from __future__ import annotations

import typer

from ops.cli_options import Lang, LangOption


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(audit)


def audit(
    warning: str = typer.Argument("", help="Only the changes of this warning; default: of all."),
    people: bool = typer.Option(False, "--people", help="Only what people did."),
    limit: int = typer.Option(50, "--limit", min=0, help="The newest so many."),
    lang: LangOption = Lang.ZH,
    wide: bool = typer.Option(False, "--wide", help="Do not wrap to the terminal's width."),
    as_json: bool = typer.Option(False, "--json", help="One JSON object on stdout."),
) -> None:
    """List the changes of warnings with who made them, the newest last."""
    from zoneinfo import ZoneInfo

    from config.loader import load
    from config.settings import Settings
    from models.messages.commands import Role
    from ops.output import say
    from ops.warnings.asking import read_audit
    from ops.warnings.tables import print_audit

    settings = Settings.from_env()
    every = read_audit(settings, warning)
    found = [entry for entry in every if not people or entry.role is not Role.SYSTEM]
    shown = found[max(0, len(found) - limit) :]
    if as_json:
        say({"total": len(found), "entries": shown}, "", as_json=True)
        return
    zone = ZoneInfo(load(settings).city.timezone)
    print_audit(shown, zone, lang.value, wide=wide, total=len(found))
