"""`gridpulse audit`: who changed which warning, as what, why and when; and who logged in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from ops.cli_options import Lang, LangOption

if TYPE_CHECKING:
    from config.settings import Settings


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(audit)


def audit(
    warning: str = typer.Argument("", help="Only the changes of this warning; default: of all."),
    people: bool = typer.Option(False, "--people", help="Only what people did."),
    access: bool = typer.Option(False, "--access", help="Logins and refusals instead."),
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
    if access:
        _print_access(settings, limit, wide=wide, as_json=as_json)
        return
    every = read_audit(settings, warning)
    found = [entry for entry in every if not people or entry.role is not Role.SYSTEM]
    shown = found[max(0, len(found) - limit) :]
    if as_json:
        say({"total": len(found), "entries": shown}, "", as_json=True)
        return
    zone = ZoneInfo(load(settings).city.timezone)
    print_audit(shown, zone, lang.value, wide=wide, total=len(found))


def _print_access(settings: Settings, limit: int, *, wide: bool, as_json: bool) -> None:
    """List who logged in or out and who was refused, the newest last."""
    from zoneinfo import ZoneInfo

    from config.loader import load
    from ops.output import Column, print_table, say
    from ops.warnings.asking import read_access
    from ops.warnings.tables import access_row

    found = read_access(settings)
    shown = found[max(0, len(found) - limit) :]
    if as_json:
        say({"total": len(found), "entries": shown}, "", as_json=True)
        return
    zone = ZoneInfo(load(settings).city.timezone)
    columns = [Column(name="time"), Column(name="what"), Column(name="user", is_key=True)]
    columns += [Column(name="role"), Column(name="from"), Column(name="times", is_number=True)]
    rows = [access_row(each, zone) for each in shown]
    title = f"{len(rows)} of {len(found)} logins and refusals"
    print_table([*columns, Column(name="why")], rows, title=title, wide=wide)
