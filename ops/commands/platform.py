"""`gridpulse platform`: the units' daily figures, sent to the municipal platform."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from config.catalog import Catalog
    from models.platform.outbox import Sent
    from ops.platform.send import PlatformSender

JsonOption = Annotated[bool, typer.Option("--json", help="print one JSON object")]
DateOption = Annotated[str | None, typer.Option("--date", help="a local day; else yesterday")]


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    platform = typer.Typer(
        help="Send the units' daily figures to the municipal platform.", no_args_is_help=True
    )
    platform.command("show")(show)
    platform.command("send")(send)
    platform.command("run")(run)
    platform.command("status")(status)
    app.add_typer(platform, name="platform")


def show(day: DateOption = None, as_json: JsonOption = False) -> None:
    """Show a day's figures: which units have told them, and which look implausible."""
    import msgspec

    from ops.output import say
    from ops.platform.screen import submission_lines

    sender, catalog, now_ms = _opened()
    made = sender.look(_day(day, catalog, now_ms), now_ms)
    values = msgspec.to_builtins(made) | {"complete": made.is_complete}
    say(values, "\n".join(submission_lines(made)), as_json=as_json)


def send(
    day: DateOption = None,
    again: Annotated[
        bool, typer.Option("--again", help="send now, also before its hour or what was taken")
    ] = False,
    out: Annotated[Path | None, typer.Option(help="copy the file of the day to this path")] = None,
    as_json: JsonOption = False,
) -> None:
    """Do with a day what is due: send it, try again, or send what changed as a correction.

    Exit 1 where the platform has not taken the figures as they stand.
    """
    import shutil

    from config.errors import NothingUsed
    from models.matters.kind import zone_of
    from models.platform.outbox import Reason
    from ops.output import say
    from ops.platform.screen import done_line, done_values, submission_lines

    sender, catalog, now_ms = _opened()
    done = sender.send(_day(day, catalog, now_ms), now_ms, is_forced=again)
    if out is not None and done.file is not None:
        shutil.copyfile(done.file, out)
    lines = [*submission_lines(done.submission), done_line(done, zone_of(catalog))]
    say(done_values(done), "\n".join(lines), as_json=as_json)
    is_file_only = catalog.platform is not None and not catalog.platform.url
    if not done.is_taken and not is_file_only and done.reason is not Reason.EARLY:
        msg = f"the platform has not taken {done.outbox.day}"
        raise NothingUsed(msg)


def run(
    every: Annotated[float, typer.Option(min=1, help="seconds between two looks")] = 60.0,
) -> None:
    """Send by schedule until interrupted: each day at its hour, retries, and corrections."""
    import time

    from config.errors import InputError
    from models.matters.kind import zone_of
    from models.printable import printable
    from ops.platform.screen import done_line
    from ops.processes.signals import Stop

    sender, catalog, _ = _opened()
    with Stop() as stop:
        while not stop.is_set():
            now_ms = round(time.time() * 1000)
            try:
                for done in sender.send_due(now_ms):
                    if isinstance(done, InputError):
                        print(f"gridpulse: {printable(str(done))}", flush=True)
                    elif done.outbox.newest and now_ms in _moments(done.outbox.newest):
                        print(printable(done_line(done, zone_of(catalog))), flush=True)
            except InputError as error:  # nothing archived yet
                print(f"gridpulse: {printable(str(error))}", flush=True)
            stop.wait(every)


def status(as_json: JsonOption = False) -> None:
    """List the days that were sent, with their receipts; exit 1 where one was not taken.

    Of a day whose file is damaged the sentence stands in its place; exit 1 too.
    """
    import msgspec

    from config.errors import NothingUsed
    from models.matters.kind import zone_of
    from ops.output import say
    from ops.platform.screen import outbox_line

    sender, catalog, _ = _opened()
    found, damaged = sender.files.read_all()
    broken = [str(error) for error in damaged]
    lines = [*(outbox_line(each, zone_of(catalog)) for each in found), *broken]
    values = {"days": msgspec.to_builtins(found), "damaged": broken}
    say(values, "\n".join(lines or ["nothing was sent yet"]), as_json=as_json)
    if broken:
        msg = f"{len(broken)} days cannot be read"
        raise NothingUsed(msg)
    open_days = [each.day for each in found if each.newest and not each.newest.received_ms]
    if open_days and catalog.platform is not None and catalog.platform.url:
        msg = f"the platform has not taken {', '.join(open_days)}"
        raise NothingUsed(msg)


def _moments(sent: Sent) -> tuple[int, int]:
    """Give when a revision was made, and when it was posted last."""
    return sent.made_ms, sent.tried_ms


def _opened() -> tuple[PlatformSender, Catalog, int]:
    import time

    from config.loader import load
    from config.settings import Settings
    from ops.platform.post import poster
    from ops.platform.read import plan_of
    from ops.platform.send import PlatformSender

    settings = Settings.from_env()
    catalog = load(settings)
    plan, _ = plan_of(catalog)
    post = poster(plan, settings) if plan.url else None
    return PlatformSender(settings, catalog, post), catalog, round(time.time() * 1000)


def _day(text: str | None, catalog: Catalog, now_ms: int) -> date:
    """Read a day that somebody typed; it has to be over."""
    from datetime import timedelta

    from config.errors import InputError
    from models.matters.kind import zone_of
    from models.timing.days import date_of, number_of

    today = date_of(number_of(now_ms, zone_of(catalog))[0])
    if text is None:
        return today - timedelta(days=1)
    try:
        day = date.fromisoformat(text)
    except ValueError:
        msg = f"{text!r} is no day: write one as 2009-03-01"
        raise InputError(msg) from None
    if day >= today:
        msg = f"{day} is not over: units report a day when it is"
        raise InputError(msg)
    return day
