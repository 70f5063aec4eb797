"""`gridpulse problems`: what reports begin to tell of that has no class yet, to be judged."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from models.new_problems.review import Reviewed

JsonOption = Annotated[bool, typer.Option("--json", help="print one JSON object")]
NameArgument = Annotated[str, typer.Argument(help="id of the proposal, as `list` shows it")]


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    problems = typer.Typer(
        help="Find new kinds of problems in reports; name, merge or dismiss them.",
        no_args_is_help=True,
    )
    problems.command("find")(find)
    problems.command("list")(list_problems)
    problems.command("name")(name_problem)
    problems.command("merge")(merge)
    problems.command("dismiss")(dismiss)
    app.add_typer(problems, name="problems")


def find(
    file: Annotated[Path, typer.Argument(help="reports as JSON lines: case, ts, text, …")],
    as_json: JsonOption = False,
) -> None:
    """Look for words that grow together beyond what the known classes explain."""
    from config.loader import load
    from config.settings import Settings
    from ops.analysis.problems import find as find_problems
    from ops.analysis.problems import queue_lines, reports_of, values_of
    from ops.output import say

    settings = Settings.from_env()
    catalog = load(settings)
    reports, aside = reports_of(file, catalog)
    queue = find_problems(settings.archive_dir, reports)
    left = ", ".join(f"{n} × {reason}" for reason, n in aside.items() if n)
    lines = [f"{len(reports)} reports read" + (f"; set aside {left}" if left else "")]
    lines += list(queue_lines(queue, catalog)) or ["nothing new"]
    say(values_of(queue, aside), "\n".join(lines), as_json=as_json)


def list_problems(as_json: JsonOption = False) -> None:
    """List the proposals and what became of them."""
    from config.loader import load
    from config.settings import Settings
    from ops.analysis.problems import queue_lines, read_queue, values_of
    from ops.output import say

    settings = Settings.from_env()
    queue = read_queue(settings.archive_dir)
    lines = list(queue_lines(queue, load(settings))) or ["nothing was proposed yet"]
    say(values_of(queue), "\n".join(lines), as_json=as_json)


def name_problem(
    name: NameArgument,
    category: Annotated[str, typer.Argument(help="code of the class that it becomes")],
    *,
    zh: Annotated[str, typer.Option(help="its name in Chinese")],
    en: Annotated[str, typer.Option(help="its name in English")],
    since: Annotated[str | None, typer.Option(help="local day from which on; else today")] = None,
) -> None:
    """Make a class of a proposal from a day on, and print what the city's files need."""
    import time

    from config.errors import InputError
    from config.loader import load
    from config.settings import Settings
    from models.matters.kind import zone_of
    from models.new_problems.review import named
    from models.timing.days import number_of
    from ops.analysis.problems import class_lines
    from ops.cli_times import moment_ms

    settings = Settings.from_env()
    catalog = load(settings)
    if any(category in feed.categories for feed in catalog.feeds_of("cases")):
        msg = f"{category} is a class of the city already: take another code"
        raise InputError(msg)
    at_ms = moment_ms(since, catalog.city.timezone) or round(time.time() * 1000)
    day = number_of(at_ms, zone_of(catalog))[0]
    queue = _decide(lambda queue: named(queue, name, category, {"zh": zh, "en": en}, day))
    print("\n".join(class_lines(next(each for each in queue if each.problem.id == name))))


def merge(
    name: NameArgument, into: Annotated[str, typer.Argument(help="proposal that it is part of")]
) -> None:
    """Let a proposal be part of another one."""
    from models.new_problems.review import merged

    _decide(lambda queue: merged(queue, name, into))
    print(f"{name}: part of {into}")


def dismiss(
    name: NameArgument, why: Annotated[str, typer.Option("-m", "--message", help="why")]
) -> None:
    """Put a proposal away; it is not proposed again."""
    from models.new_problems.review import dismissed

    _decide(lambda queue: dismissed(queue, name, why))
    print(f"{name}: dismissed")


def _decide(decision: Callable[[list[Reviewed]], list[Reviewed]]) -> list[Reviewed]:
    """Change the queue and give it; InputError where the proposal does not wait for a verdict."""
    from config.errors import InputError
    from config.settings import Settings
    from models.new_problems.review import UnknownProblem
    from ops.analysis.problems import read_queue, write_queue

    archive = Settings.from_env().archive_dir
    try:
        queue = decision(read_queue(archive))
    except UnknownProblem as error:
        raise InputError(str(error)) from None
    write_queue(archive, queue)
    return queue
