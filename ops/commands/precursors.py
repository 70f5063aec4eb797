"""`gridpulse precursors`: which signals came before which warnings, for people to judge."""

from __future__ import annotations

from typing import Annotated

import typer

JsonOption = Annotated[bool, typer.Option("--json", help="print one JSON object")]
NameArgument = Annotated[str, typer.Argument(help="id of the precursor, as `list` shows it")]
WhyOption = Annotated[str, typer.Option("-m", "--message", help="why")]
RoleOption = Annotated[str, typer.Option("--role", help="who decides")]


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    precursors = typer.Typer(
        help="Find precursors of warnings in the archive and judge them; none acts by itself.",
        no_args_is_help=True,
    )
    for name, command in (("mine", mine), ("list", list_offers), ("accept", accept)):
        precursors.command(name)(command)
    precursors.command("reject")(reject)
    app.add_typer(precursors, name="precursors")


def mine(
    within: Annotated[float, typer.Option(min=1, max=336, help="longest lead, hours")] = 24,
    as_json: JsonOption = False,
) -> None:
    """Mine the archive, and offer what holds against chance.

    Signals of a street are followed by a warning more often than if they had come on other days;
    5 % of what is offered may be false.
    """
    import time

    from config.loader import load
    from config.settings import Settings
    from models.precursors.review import merged
    from ops.analysis.precursors import mined, read_offers, write_offers

    settings = Settings.from_env()
    found = mined(settings.archive_dir, load(settings), within)
    known = read_offers(settings.archive_dir)
    write_offers(settings.archive_dir, merged(known, found, round(time.time() * 1000)))
    list_offers(as_json=as_json)


def list_offers(as_json: JsonOption = False) -> None:
    """List what was offered, with what it rests on and what people made of it."""
    import msgspec

    from config.settings import Settings
    from ops.analysis.precursors import offer_lines, read_offers
    from ops.output import say

    offers = read_offers(Settings.from_env().archive_dir)
    lines = list(offer_lines(offers)) or ["nothing is offered"]
    say({"precursors": msgspec.to_builtins(offers)}, "\n".join(lines), as_json=as_json)


def accept(name: NameArgument, why: WhyOption, role: RoleOption = "commander") -> None:
    """Accept a precursor as worth a rule; the rule is written by a person all the same."""
    _decide(name, "accepted", why, role)


def reject(name: NameArgument, why: WhyOption, role: RoleOption = "commander") -> None:
    """Reject a precursor; it is not offered again."""
    _decide(name, "rejected", why, role)


def _decide(name: str, verdict: str, why: str, role: str) -> None:
    import time
    from typing import cast

    from config.errors import InputError
    from config.settings import Settings
    from models.precursors.review import Verdict, decided
    from ops.analysis.precursors import read_offers, write_offers

    archive = Settings.from_env().archive_dir
    if not why.strip():
        msg = "a verdict needs a reason: -m TEXT"
        raise InputError(msg)
    now_ms = round(time.time() * 1000)
    try:
        made = decided(read_offers(archive), name, cast("Verdict", verdict), role, why, now_ms)
    except KeyError:
        msg = f"no precursor {name!r} was offered; `gridpulse precursors list` shows them"
        raise InputError(msg) from None
    write_offers(archive, made)
    print(f"{name}: {verdict}")
