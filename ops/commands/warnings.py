"""`gridpulse warnings`: list them, and acknowledge, assign, shelve, close them and so on.

Nothing is changed from here: a command goes to Kafka, and its answer is waited for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from inspect import Parameter, Signature
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from ops.cli_options import Lang, LangOption

if TYPE_CHECKING:
    from config.settings import Settings
    from models.messages.command_results import CommandResult
    from models.messages.warnings import CityWarning

WarningArgument = Annotated[str, typer.Argument(help="id of the warning, from `warnings list`")]
JsonOption = Annotated[bool, typer.Option("--json", help="one JSON object on stdout")]
WideOption = Annotated[bool, typer.Option("--wide", help="do not wrap to the terminal's width")]
# Options of every command that asks for something: annotation and default.
ASKING: Final[dict[str, tuple[Any, Any]]] = {
    "warning": (WarningArgument, Parameter.empty),
    "text": (
        Annotated[
            str, typer.Option("--text", "-m", help="reason, comment or outcome, for the audit")
        ],
        "",
    ),
    "actor": (
        Annotated[str, typer.Option("--actor", help="who asks; else the user of this machine")],
        "",
    ),
    "role": (
        Annotated[str, typer.Option("--role", help="operator, bureau, commander, admin, viewer")],
        "operator",
    ),
    "revision": (
        Annotated[
            int | None,
            typer.Option("--revision", min=0, help="the revision you saw; else the newest"),
        ],
        None,
    ),
    "command_id": (
        Annotated[str, typer.Option("--id", help="repeat the command of this id; done once")],
        "",
    ),
    "wait": (
        Annotated[float, typer.Option("--wait", min=0, help="seconds to wait for the answer")],
        5.0,
    ),
    "lang": (LangOption, Lang.ZH),
    "as_json": (JsonOption, False),
}
# Options of some of them.
OWN: Final[dict[str, Any]] = {
    "to": Annotated[str, typer.Option("--to", help="role that is to deal with it")],
    "lasting": Annotated[str, typer.Option("--for", help="how long, such as 45m, 2h or 3d")],
    "by": Annotated[str, typer.Option("--by", help="id of the warning from which it follows")],
    "cause": Annotated[
        str,
        typer.Option(
            "--cause", help="resolved, false-alarm, expected, duplicate, equipment, no-action"
        ),
    ],
}
# Name of the command: what is asked, what it does, options of its own.
COMMANDS: Final[dict[str, tuple[str, str, tuple[str, ...]]]] = {
    "ack": ("acknowledge", "Say that somebody answers it.", ()),
    "unack": ("unacknowledge", "Say that nobody answers it any more.", ()),
    "assign": ("assign", "Give it to a role; who that is stands in --text.", ("to",)),
    "comment": ("comment", "Add --text to its history.", ()),
    "accept": ("accept", "The suggestion was followed; --text says with what outcome.", ()),
    "reject": ("reject", "The suggestion was not followed; --text says why.", ()),
    "shelve": ("shelve", "Keep it from view for a while; --text says why.", ("lasting",)),
    "unshelve": ("unshelve", "Bring it back into view.", ()),
    "suppress": ("suppress", "Keep it back, since it follows from another.", ("by", "lasting")),
    "out-of-service": (
        "out-of-service",
        "What watches there is being repaired; --text says why.",
        ("lasting",),
    ),
    "escalate": ("escalate", "Hand it to the next level of duty.", ()),
    "close": ("close", "It is over and has been dealt with.", ("cause",)),
    "reopen": ("reopen", "It was closed by mistake.", ()),
}


def register(app: typer.Typer) -> None:
    """Add the commands."""
    warnings = typer.Typer(help="Warnings, and what is done about them.", no_args_is_help=True)
    warnings.command("list")(show_all)
    warnings.command()(show)
    for name, (do, about, own) in COMMANDS.items():
        warnings.command(name, help=about)(_asking(do, own))
    app.add_typer(warnings, name="warnings")


def show_all(
    every: bool = typer.Option(False, "--all", help="Also what is over or kept from view."),
    lang: LangOption = Lang.ZH,
    wide: WideOption = False,
    as_json: JsonOption = False,
) -> None:
    """List the warnings that somebody has to deal with, the worst first."""
    from config.loader import load
    from config.settings import Settings
    from ops.output import say
    from ops.warnings.asking import known_warnings, to_deal_with
    from ops.warnings.tables import print_warnings

    settings = Settings.from_env()
    found = to_deal_with(known_warnings(settings), every=every)
    if as_json:
        say({"warnings": found}, "", as_json=True)
    else:
        print_warnings(found, load(settings), lang.value, wide=wide)


def show(
    warning: WarningArgument,
    lang: LangOption = Lang.ZH,
    wide: WideOption = False,
    as_json: JsonOption = False,
) -> None:
    """Show a warning with all that was done about it."""
    from config.loader import load
    from config.settings import Settings
    from ops.output import say
    from ops.warnings.advice import advice_of
    from ops.warnings.asking import newest_warnings, read_audit
    from ops.warnings.tables import print_warning

    settings = Settings.from_env()
    catalog, warnings = load(settings), newest_warnings(settings)
    found, every = _known(settings, warning, warnings), read_audit(settings)
    advice = advice_of(settings, catalog, found, warnings, every)
    entries = [entry for entry in every if entry.warning == warning]
    if as_json:
        say({"warning": found, "audit": entries, "advice": advice}, "", as_json=True)
    else:
        print_warning(found, entries, catalog, lang.value, wide=wide, advice=advice)


def _asking(do: str, own: tuple[str, ...]) -> Callable[..., None]:
    """Make the command that asks for something."""

    def ask_for(**given: Any) -> None:
        _ask(do, given)

    options = ASKING | {name: (OWN[name], Parameter.empty) for name in own}
    ask_for.__annotations__ = {name: annotation for name, (annotation, _) in options.items()}
    ask_for.__signature__ = Signature(  # type: ignore[attr-defined]
        [
            Parameter(name, Parameter.KEYWORD_ONLY, default=default, annotation=annotation)
            for name, (annotation, default) in options.items()
        ]
    )
    return ask_for


def _ask(do: str, given: dict[str, Any]) -> None:
    """Send a command, wait for its answer and print it; ends with 1 where it was not done."""
    from config.loader import load
    from config.settings import Settings
    from ops.warnings.asking import ask, command_of

    settings = Settings.from_env()
    catalog = load(settings)
    revision = given["revision"]
    if revision is None:
        revision = _known(settings, given["warning"]).revision
    command = command_of(do, given | {"revision": revision})
    result = ask(settings, catalog.city.code, command, given["wait"])
    if result is None:
        _print_unanswered(command.id, given)
    else:
        _print_result(result, catalog.city.timezone, given)
    if result is None or result.refusal is not None:
        raise typer.Exit(1)


def _known(
    settings: Settings, warning: str, warnings: Mapping[str, CityWarning] | None = None
) -> CityWarning:
    """Give the newest revision of a warning.

    Raises
    ------
    InputError
        There is none of that id.
    """
    from config.errors import InputError
    from ops.warnings.asking import newest_warnings

    found = (newest_warnings(settings) if warnings is None else warnings).get(warning)
    if found is None:
        msg = f"no warning {warning!r}; `gridpulse warnings list --all` lists those there are"
        raise InputError(msg)
    return found


def _print_result(result: CommandResult, timezone: str, given: dict[str, Any]) -> None:
    from zoneinfo import ZoneInfo

    from ops.output import say
    from ops.warnings.tables import print_result

    if given["as_json"]:
        say({"result": result}, "", as_json=True)
    else:
        print_result(result, ZoneInfo(timezone), given["lang"].value)


def _print_unanswered(command: str, given: dict[str, Any]) -> None:
    from ops.output import say

    text = (
        f"no answer within {given['wait']:g} s; the command is on its way, and --id {command} "
        "asks for its answer again without doing it twice"
    )
    say({"result": None, "id": command}, text, as_json=given["as_json"])
