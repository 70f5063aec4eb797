"""`gridpulse handover`: notes from shift to shift of a major event: list, write and sign them.

Nothing is changed from here: a command goes to Kafka, and its answer is waited for.
"""

from __future__ import annotations

from typing import Annotated

import typer

from ops.cli_options import Lang, LangOption

JsonOption = Annotated[bool, typer.Option("--json", help="print one JSON object")]
RoleOption = Annotated[str, typer.Option("--role", help="operator, commander or admin")]
ActorOption = Annotated[str, typer.Option("--actor", help="who asks; else this machine's user")]
IdOption = Annotated[str, typer.Option("--id", help="repeat the command of this id; done once")]
WaitOption = Annotated[float, typer.Option("--wait", min=0, help="seconds to wait for the answer")]


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    handover = typer.Typer(help="Hand over from shift to shift.", no_args_is_help=True)
    handover.command("list")(show)
    handover.command("write")(write)
    handover.command("sign")(sign)
    app.add_typer(handover, name="handover")


def show(
    *,
    event: Annotated[str, typer.Option("--event", help="only the notes of this event")] = "",
    unsigned: Annotated[bool, typer.Option("--open", help="only what nobody has signed")] = False,
    lang: LangOption = Lang.ZH,
    as_json: JsonOption = False,
) -> None:
    """List the notes, those that nobody has signed first."""
    import msgspec

    from config.loader import load
    from config.settings import Settings
    from ops.events.handovers import as_text, notes_of
    from ops.output import say

    settings = Settings.from_env()
    notes = notes_of(settings, event, unsigned_only=unsigned)
    text = as_text(notes, load(settings).city.timezone, lang.value)
    say({"notes": msgspec.to_builtins(notes)}, text, as_json=as_json)


def write(
    event: Annotated[str, typer.Argument(help="the event, from `gridpulse event list`")],
    *,
    text: Annotated[str, typer.Option("--text", "-m", help="what is open, what to mind")],
    role: RoleOption = "operator",
    actor: ActorOption = "",
    command_id: IdOption = "",
    wait: WaitOption = 5.0,
    lang: LangOption = Lang.ZH,
    as_json: JsonOption = False,
) -> None:
    """Write a note for who takes over."""
    parts = {"event": event, "text": text, "role": role, "actor": actor, "id": command_id}
    _ask(parts, wait, lang, as_json=as_json)


def sign(
    note: Annotated[str, typer.Argument(help="id of the note, from `gridpulse handover list`")],
    *,
    text: Annotated[str, typer.Option("--text", "-m", help="a remark")] = "",
    role: RoleOption = "operator",
    actor: ActorOption = "",
    command_id: IdOption = "",
    wait: WaitOption = 5.0,
    lang: LangOption = Lang.ZH,
    as_json: JsonOption = False,
) -> None:
    """Sign a note, as who takes over: another person than who wrote it."""
    if not note:
        msg = "expected the id of a note, from `gridpulse handover list`"
        raise typer.BadParameter(msg)
    parts = {"note": note, "text": text, "role": role, "actor": actor, "id": command_id}
    _ask(parts, wait, lang, as_json=as_json)


def _ask(parts: dict[str, str], wait_s: float, lang: Lang, *, as_json: bool) -> None:
    from config.loader import load
    from config.settings import Settings
    from models.messages.handovers import HandoverResult
    from ops.events.handovers import handover_command
    from ops.output import say
    from ops.warnings.asking import asked

    settings = Settings.from_env()
    command = handover_command(parts)
    result = asked(settings, load(settings).city.code, command, HandoverResult, wait_s)
    text = (
        f"no answer within {wait_s:g} s; the same with --id {command.id} asks for it again"
        if result is None
        else result.explanation[lang.value]
    )
    say({"result": result, "id": command.id}, text, as_json=as_json)
    if result is None or result.refusal is not None:
        raise typer.Exit(1)
