"""`gridpulse deliveries`: what arrived where, with its tries; and one more try."""

from __future__ import annotations

from typing import Annotated

import typer

JsonOption = Annotated[bool, typer.Option("--json", help="one JSON object on stdout")]
WideOption = Annotated[bool, typer.Option("--wide", help="do not wrap to the terminal's width")]
WarningArgument = Annotated[str, typer.Argument(help="id of the warning")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="What arrived where, and what did not.", no_args_is_help=True)
    group.command("list")(show_all)
    group.command()(show)
    group.command()(retry)
    app.add_typer(group, name="deliveries")


def show_all(
    undelivered: bool = typer.Option(False, "--undelivered", help="Only what has not arrived."),
    receiver: str = typer.Option("", "--receiver", help="Only those to this subscription."),
    limit: int = typer.Option(100, "--limit", min=0, help="The first so many."),
    wide: WideOption = False,
    as_json: JsonOption = False,
) -> None:
    """List the deliveries that were tried: what was given up and what is failing first."""
    from zoneinfo import ZoneInfo

    from config.loader import load
    from config.settings import Settings
    from ops.output import Column, print_table, say
    from ops.warnings.delivering import receipts, states
    from ops.warnings.tables import delivery_row

    settings = Settings.from_env()
    found = [
        each
        for each in states(receipts(settings))
        if receiver in ("", each.receiver) and not (undelivered and each.state == "delivered")
    ]
    if as_json:
        say({"total": len(found), "deliveries": found[:limit]}, "", as_json=True)
        return
    zone = ZoneInfo(load(settings).city.timezone)
    columns = [Column(name="warning", is_key=True), Column(name="revision", is_number=True)]
    columns += [Column(name=name) for name in ("receiver", "channel", "state")]
    columns += [Column(name="tries", is_number=True), Column(name="detail"), Column(name="time")]
    rows = [delivery_row(each, zone) for each in found[:limit]]
    print_table(columns, rows, title=f"{len(rows)} of {len(found)} deliveries", wide=wide)


def show(warning: WarningArgument, wide: WideOption = False, as_json: JsonOption = False) -> None:
    """Show every try to deliver the changes of a warning."""
    from zoneinfo import ZoneInfo

    from config.errors import InputError
    from config.loader import load
    from config.settings import Settings
    from ops.output import Column, print_table, say
    from ops.warnings.delivering import receipts
    from ops.warnings.tables import receipt_row

    settings = Settings.from_env()
    found = receipts(settings, warning)
    if not found:
        msg = f"no delivery of {warning!r} was tried; `gridpulse warnings list` names warnings"
        raise InputError(msg)
    if as_json:
        say({"receipts": found}, "", as_json=True)
        return
    zone = ZoneInfo(load(settings).city.timezone)
    columns = [Column(name="time"), Column(name="revision", is_number=True)]
    columns += [Column(name="receiver", is_key=True), Column(name="try", is_number=True)]
    columns += [Column(name=name) for name in ("outcome", "status", "detail")]
    rows = [receipt_row(each, zone) for each in found]
    print_table(columns, rows, title=f"{len(rows)} receipts", wide=wide)


def retry(
    warning: WarningArgument,
    receiver: str = typer.Option("", "--receiver", help="Subscription; else all that gave up."),
    revision: int | None = typer.Option(None, "--revision", min=0, help="Else each given up."),
    actor: str = typer.Option("", "--actor", help="Who asks; else the user of this machine."),
    as_json: JsonOption = False,
) -> None:
    """Have what was given up tried again from the start; who was gone is told again."""
    from config.errors import InputError
    from config.loader import load
    from config.settings import Settings
    from models.messages.receipts import DeliverAgain
    from ops.output import say
    from ops.warnings.actor import actor_of
    from ops.warnings.delivering import ask_again, receipts, revisions, states

    by, settings = actor_of(actor), Settings.from_env()
    changes = revisions(settings, warning)
    if revision is not None and revision not in changes:
        msg = f"{warning} has no revision {revision}; it has {min(changes)} to {max(changes)}"
        raise InputError(msg)
    wanted = {
        (each.revision, each.receiver)
        for each in states(receipts(settings, warning))
        if each.state == "gave-up"
        and receiver in ("", each.receiver)
        and revision in (None, each.revision)
    }
    if receiver and revision is not None:
        wanted.add((revision, receiver))
    if not wanted:
        msg = f"nothing of warning {warning} was given up; name --revision and --receiver to insist"
        raise InputError(msg)
    district = load(settings).city.code
    for number, to in sorted(wanted):
        order = DeliverAgain(warning=changes[number], receiver=to, by=by)
        ask_again(settings, district, order)
    again = [{"revision": number, "receiver": to} for number, to in sorted(wanted)]
    say({"again": again}, f"{len(again)} deliveries are tried again", as_json=as_json)
