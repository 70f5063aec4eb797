"""`gridpulse mode`: how the district is run, and the one switch of it.

Nothing is changed from here: a command goes to Kafka, and its answer is waited for.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from ops.cli_options import Lang, LangOption

JsonOption = Annotated[bool, typer.Option("--json", help="print one JSON object")]


class ModeName(StrEnum):
    """Modes, as they are typed."""

    NORMAL = "normal"
    EVENT = "event"
    EMERGENCY = "emergency"


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    mode = typer.Typer(help="Normal, event or emergency mode.", no_args_is_help=True)
    mode.command("show")(show)
    mode.command("set")(switch)
    app.add_typer(mode, name="mode")


def show(*, lang: LangOption = Lang.ZH, as_json: JsonOption = False) -> None:
    """Show the mode, who switched to it, why, and all switches before."""
    from config.loader import load
    from config.settings import Settings
    from ops.events.modes import mode_now
    from ops.output import say

    settings = Settings.from_env()
    now = mode_now(settings, load(settings))
    say(now.to_builtins(), now.as_text(lang.value), as_json=as_json)


def switch(
    mode: Annotated[ModeName, typer.Argument(help="normal, event or emergency")],
    *,
    reason: Annotated[str, typer.Option("--reason", "-m", help="why, for the audit")],
    role: Annotated[str, typer.Option("--role", help="commander or admin")] = "commander",
    actor: Annotated[
        str, typer.Option("--actor", help="who asks; else the user of this machine")
    ] = "",
    revision: Annotated[
        int | None, typer.Option("--revision", min=0, help="the switch you saw; else the newest")
    ] = None,
    command_id: Annotated[
        str, typer.Option("--id", help="repeat the command of this id; done once")
    ] = "",
    wait: Annotated[
        float, typer.Option("--wait", min=0, help="seconds to wait for the answer")
    ] = 5.0,
    lang: LangOption = Lang.ZH,
    as_json: JsonOption = False,
) -> None:
    """Switch the mode; of two that saw the same switch, the second is refused as stale."""
    from config.loader import load
    from config.settings import Settings
    from models.messages.modes import ModeResult
    from ops.events.modes import mode_command, newest_revision
    from ops.output import say
    from ops.warnings.asking import asked

    settings = Settings.from_env()
    seen = newest_revision(settings) if revision is None else revision
    parts = {"mode": mode.value, "text": reason, "role": role, "actor": actor, "id": command_id}
    command = mode_command(parts, seen)
    result = asked(settings, load(settings).city.code, command, ModeResult, wait)
    text = (
        f"no answer within {wait:g} s; --id {command.id} asks for it again"
        if result is None
        else result.explanation[lang.value]
    )
    say({"result": result, "id": command.id}, text, as_json=as_json)
    if result is None or result.refusal is not None:
        raise typer.Exit(1)
