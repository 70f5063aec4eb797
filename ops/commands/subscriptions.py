"""`gridpulse subscriptions`: who is told of which warnings; added, tried on the past, ended."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from config.catalog import Catalog
    from config.settings import Settings
    from models.messages.subscriptions import Subscription
    from models.warnings.subscriptions import Rehearsal

FileArgument = Annotated[
    Path, typer.Argument(help="YAML file with the fields of docs/configuration.md")
]
JsonOption = Annotated[bool, typer.Option("--json", help="one JSON object on stdout")]
ActorOption = Annotated[str, typer.Option("--actor", help="who; else the user of this machine")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="Who is told of which warnings.", no_args_is_help=True)
    group.command("list")(show_all)
    group.command()(add)
    group.command()(test)
    group.command()(end)
    app.add_typer(group, name="subscriptions")


def show_all(
    every: bool = typer.Option(False, "--all", help="Also those that have ended."),
    as_json: JsonOption = False,
) -> None:
    """List the subscriptions, with those of the city's file and of the settings."""
    import time
    from zoneinfo import ZoneInfo

    from ops.output import Column, print_table, say
    from ops.warnings.subscribing import subscriptions
    from ops.warnings.tables import subscription_row

    settings, catalog = _city()
    now_ms = time.time() * 1000
    found = [
        each
        for each in subscriptions(settings, catalog).values()
        if every or not (each.is_ended or each.until_ms <= now_ms)
    ]
    if as_json:
        say({"subscriptions": [_shown(each) for each in found]}, "", as_json=True)
        return
    zone = ZoneInfo(catalog.city.timezone)
    columns = [Column(name="subscription", is_key=True), Column(name="version", is_number=True)]
    columns += [
        Column(name=name) for name in ("owner", "channel", "what", "where", "from", "until")
    ]
    rows = [subscription_row(each, zone) for each in found]
    print_table(columns, rows, title=f"{len(rows)} subscriptions")


def add(
    file: FileArgument,
    dry_run: bool = typer.Option(False, "--dry-run", help="Check and try it; save nothing."),
    actor: ActorOption = "",
    as_json: JsonOption = False,
) -> None:
    """Add a subscription, or a new version of one; it is tried on the past before it is saved."""
    from ops.warnings.actor import actor_of
    from ops.warnings.subscribing import made, read_entry, rehearsal, send, subscriptions

    by, (settings, catalog) = actor_of(actor), _city()
    entry = read_entry(file)
    known = subscriptions(settings, catalog).get(entry.id)
    subscription = made(settings, catalog, entry, known, by)
    tried = rehearsal(settings, catalog, subscription)
    if not dry_run:
        send(settings, subscription)
    _tell(catalog, subscription, tried, is_saved=not dry_run, as_json=as_json)


def test(
    name: str = typer.Argument(help="YAML file, or the id of a subscription"),
    as_json: JsonOption = False,
) -> None:
    """Say what a subscription would have received in the last 30 days; saves nothing."""
    from config.errors import InputError
    from ops.warnings.subscribing import made, read_entry, rehearsal, subscriptions

    settings, catalog = _city()
    if Path(name).suffix in (".yaml", ".yml"):
        subscription = made(settings, catalog, read_entry(Path(name)), None, "")
    else:
        known = subscriptions(settings, catalog)
        if name not in known:
            msg = f"there is no subscription {name!r}; `gridpulse subscriptions list` names them"
            raise InputError(msg)
        subscription = known[name]
    tried = rehearsal(settings, catalog, subscription)
    _tell(catalog, subscription, tried, is_saved=False, as_json=as_json)


def end(
    name: str = typer.Argument(help="id of a subscription"),
    actor: ActorOption = "",
    as_json: JsonOption = False,
) -> None:
    """End a subscription now; what is still on its way to it is dropped."""
    from config.errors import InputError
    from ops.output import say
    from ops.warnings.actor import actor_of
    from ops.warnings.subscribing import ended, send, subscriptions

    by, (settings, catalog) = actor_of(actor), _city()
    known = subscriptions(settings, catalog).get(name)
    if known is None or known.is_ended:
        state = "has ended already" if known else "is not there"
        msg = f"subscription {name!r} {state}; `gridpulse subscriptions list` names those there are"
        raise InputError(msg)
    if name == settings.webhook_url or "://" in name:
        msg = "the webhook of the settings is ended by taking GRIDPULSE_WEBHOOK_URL away"
        raise InputError(msg)
    version = ended(known, by)
    send(settings, version)
    say({"subscription": _shown(version)}, f"{name} has ended", as_json=as_json)


def _city() -> tuple[Settings, Catalog]:
    from config.loader import load
    from config.settings import Settings

    settings = Settings.from_env()
    return settings, load(settings)


def _shown(subscription: Subscription) -> object:
    """Give what may be printed: the URL of the settings' webhook may hold a secret."""
    import msgspec

    if "://" in subscription.id:
        return msgspec.structs.replace(subscription, address=subscription.id)
    return subscription


def _tell(
    catalog: Catalog,
    subscription: Subscription,
    tried: Rehearsal,
    *,
    is_saved: bool,
    as_json: bool,
) -> None:
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from ops.output import say

    zone = ZoneInfo(catalog.city.timezone)
    since, until = (
        datetime.fromtimestamp(at_ms / 1000, zone).date()
        for at_ms in (tried.since_ms, tried.until_ms)
    )
    saved = f"saved as version {subscription.version}" if is_saved else "nothing was saved"
    text = (
        f"{subscription.id}: from {since} to {until} it would have received {tried.messages} "
        f"messages ({tried.changes} changes of {tried.warnings} warnings); {saved}"
    )
    values = {"subscription": _shown(subscription), "rehearsal": tried, "saved": is_saved}
    say(values, text, as_json=as_json)
