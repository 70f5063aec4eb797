"""`gridpulse cases`: one case's whole timeline on a screen, and cases that fit a question."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from models.cases.quality import QualityFlag

if TYPE_CHECKING:
    from ops.analysis.case_views import CaseView

FileOption = Annotated[Path | None, typer.Option("--file", help="file of cases; else the archive")]
MappingOption = Annotated[str | None, typer.Option(help="mapping that names the columns")]
JsonOption = Annotated[bool, typer.Option("--json", help="print one JSON object")]


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    cases = typer.Typer(help="Show and find cases.", no_args_is_help=True)
    cases.command("show")(show)
    cases.command("find")(find)
    app.add_typer(cases, name="cases")


def show(
    case: Annotated[str, typer.Argument(help="number of the case")],
    file: FileOption = None,
    mapping: MappingOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show the whole timeline of one case, and what is wrong with it."""
    from ops.analysis.case_views import view_one

    seen, view = view_one(case, file, mapping)
    if as_json:
        _print_json(view.to_builtins())
        return
    from rich.console import Console

    console = Console(width=None if Console().is_terminal else 140)
    console.print(_heading(view))
    console.print(_timeline(view))
    console.print(f"as of {seen}, the last event known")


def find(
    street: Annotated[str, typer.Option(help="street or cell code, or its beginning")] = "",
    department: Annotated[str, typer.Option(help="code of a department")] = "",
    category: Annotated[str, typer.Option(help="code of a class")] = "",
    number: Annotated[str, typer.Option(help="part of the number of a case")] = "",
    overdue: Annotated[bool, typer.Option("--overdue", help="open and past their limit")] = False,
    flag: Annotated[QualityFlag | None, typer.Option(help="reason code that they carry")] = None,
    limit: Annotated[int, typer.Option(min=1, help="show at most so many")] = 50,
    file: FileOption = None,
    mapping: MappingOption = None,
    as_json: JsonOption = False,
) -> None:
    """Find cases; the ones furthest past their limit come first."""
    from ops.analysis.case_history import Question
    from ops.analysis.case_views import view_some

    question = Question(street=street, department=department, category=category, number=number)
    code = "" if flag is None else flag.value
    seen, views = view_some(question, file, mapping, only_overdue=overdue, flag=code)
    if as_json:
        shown = [view.summary() for view in views[:limit]]
        _print_json({"cases": shown, "found": len(views), "as_of": seen})
        return
    from rich.console import Console

    console = Console(width=None if Console().is_terminal else 140)
    console.print(_list(views[:limit]))
    console.print(f"{len(views)} found, {min(limit, len(views))} shown; as of {seen}")


def _print_json(value: dict[str, Any]) -> None:
    import msgspec

    print(msgspec.json.encode(value).decode())


def _heading(view: CaseView) -> str:
    lines = [f"[bold]{view.case}[/bold]  {view.stage}" + (" (held)" if view.state.held else "")]
    place = view.state.cell or "place unknown"
    if view.state.unlisted:
        lines.append(f"sent as {view.state.unlisted}, which is no class of the list")
    lines.append(f"{view.state.category or '?'} · {place} · {view.state.department or '?'}")
    lines.append(f"limit {view.due or 'none'}" + (" — OVERDUE" if view.is_overdue else ""))
    if view.breach is not None and not view.is_overdue:
        lines.append(f"{view.breach:.0%} likely not to be closed in time")
    if view.expected:
        lines.append(f"expected to be closed about {view.expected}")
    lines += [f"[yellow]flagged: {flag}[/yellow]" for flag in sorted(view.state.flags)]
    return "\n".join(lines)


def _timeline(view: CaseView) -> object:
    from rich.table import Table

    table = Table("time", "after", "step", "by", "role", "department", "note")
    for line in view.lines:
        note = "; ".join(line["flags"])
        table.add_row(
            line["time"],
            line["after"],
            line["type"],
            line["actor"],
            line["role"],
            line["department"],
            f"[yellow]{note}[/yellow]" if note else "",
        )
    return table


def _list(views: list[CaseView]) -> object:
    from rich.table import Table

    table = Table("case", "stage", "category", "cell", "department", "since", "limit")
    for name in ("breach", "expected", "flags"):
        table.add_column(name)
    for view in views:
        row = view.summary()
        table.add_row(
            row["case"],
            row["stage"],
            row["category"],
            row["cell"],
            row["department"],
            row["since"],
            f"[red]{row['due']}[/red]" if view.is_overdue else row["due"],
            "" if view.breach is None else f"{view.breach:.0%}",
            row["expected_close"],
            ", ".join(row["flags"]),
        )
    return table
