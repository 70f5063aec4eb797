"""`gridpulse cases`: one case's whole timeline on a screen, and cases that fit a question."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from models.cases.quality import QualityFlag
from ops.cli_options import Lang, LangOption

if TYPE_CHECKING:
    from ops.analysis.case_views import CaseAtEnd

FileOption = Annotated[Path | None, typer.Option("--file", help="file of cases; else the archive")]
MappingOption = Annotated[str | None, typer.Option(help="mapping that names the columns")]
WideOption = Annotated[bool, typer.Option("--wide", help="one line a row, however wide")]
CsvOption = Annotated[bool, typer.Option("--csv", help="print the rows as CSV")]
JsonOption = Annotated[bool, typer.Option("--json", help="print one JSON object")]


CodeNames = Mapping[str, Mapping[str, str]]  # by dimension: names by code


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
    *,
    lang: LangOption = Lang.ZH,
    wide: WideOption = False,
    as_json: JsonOption = False,
) -> None:
    """Show the whole timeline of one case, and what is wrong with it."""
    from ops.analysis.case_views import view_one

    seen, view, account = view_one(case, file, mapping)
    if as_json:
        _print_json({**view.to_builtins(), "input": account.to_builtins()})
        return
    from models.printable import printable
    from ops.output import Column, print_table, say

    known = _names(mapping, lang.value)
    for line in _heading(view, known):
        print(printable(line))
    names = ("time", "after", "step", "by", "role", "department", "note")
    fields = ("time", "after", "type", "actor", "role", "department")
    rows = [(*(line[name] for name in fields), "; ".join(line["flags"])) for line in view.lines]
    print_table([Column(name=name) for name in names], rows, wide=wide)
    say({}, f"as of {seen}, the last event known\n{account.as_text()}", as_json=False)


def find(
    street: Annotated[str, typer.Option(help="street or cell code, or its beginning")] = "",
    department: Annotated[str, typer.Option(help="code of a department")] = "",
    category: Annotated[str, typer.Option(help="code of a class")] = "",
    number: Annotated[str, typer.Option(help="part of the number of a case")] = "",
    *,
    overdue: Annotated[bool, typer.Option("--overdue", help="open and past their limit")] = False,
    flag: Annotated[QualityFlag | None, typer.Option(help="reason code that they carry")] = None,
    limit: Annotated[int, typer.Option(min=1, help="show at most so many")] = 50,
    file: FileOption = None,
    mapping: MappingOption = None,
    lang: LangOption = Lang.ZH,
    wide: WideOption = False,
    as_csv: CsvOption = False,
    as_json: JsonOption = False,
) -> None:
    """Find cases; the ones furthest past their limit come first."""
    from ops.analysis.case_history import Question
    from ops.analysis.case_views import view_some
    from ops.output import say

    question = Question(street=street, department=department, category=category, number=number)
    code = "" if flag is None else flag.value
    seen, views, account = view_some(question, file, mapping, only_overdue=overdue, flag=code)
    if as_json:
        found = [view.summary() for view in views[:limit]]
        about = {"found": len(views), "as_of": seen, "input": account.to_builtins()}
        _print_json({"cases": found, **about})
        return
    _print_list(views[:limit], _names(mapping, lang.value), wide=wide, as_csv=as_csv)
    if not as_csv:
        shown = f"{min(limit, len(views))} shown; as of {seen}"
        say({}, f"{len(views)} found, {shown}\n{account.as_text()}", as_json=False)


def _print_json(value: dict[str, Any]) -> None:
    import msgspec

    from models.printable import printable_json

    print(printable_json(msgspec.json.encode(value).decode()))


def _names(mapping: str | None, lang: str) -> CodeNames:
    """Give the names of departments and classes of the city that is asked about."""
    from ops.analysis.code_names import names_of
    from ops.cities import catalog_of

    _, catalog = catalog_of(mapping)
    return {by: names_of(by, catalog, lang) for by in ("department", "category")}


def _heading(view: CaseAtEnd, known: CodeNames) -> list[str]:
    from ops.analysis.code_names import named

    lines = [f"{view.case}  {view.stage}" + (" (held)" if view.state.held else "")]
    place = view.state.cell or "place unknown"
    if view.state.unlisted:
        lines.append(f"sent as {view.state.unlisted}, which is no class of the list")
    category = named(view.state.category, known["category"]) or "?"
    department = named(view.state.department, known["department"]) or "?"
    lines.append(f"{category} · {place} · {department}")
    lines.append(f"limit {view.due or 'none'}" + (" — OVERDUE" if view.is_overdue else ""))
    if view.breach is not None and not view.is_overdue:
        lines.append(f"{view.breach:.0%} likely not to be closed in time")
    if view.expected:
        lines.append(f"expected to be closed about {view.expected}")
    return lines + [f"flagged: {flag}" for flag in sorted(view.state.flags)]


def _print_list(views: list[CaseAtEnd], known: CodeNames, *, wide: bool, as_csv: bool) -> None:
    from ops.analysis.code_names import named
    from ops.output import Column, print_table

    names = ("stage", "category", "cell", "department", "since", "limit", "overdue", "breach")
    columns = [Column(name="case", is_key=True), *(Column(name=name) for name in names)]
    columns += [Column(name="expected"), Column(name="flags")]
    rows = []
    for view in views:
        row = view.summary()
        row |= {by: named(row[by], known[by]) for by in known} if not as_csv else {}
        about = [row[name] for name in ("case", "stage", "category", "cell", "department")]
        rows.append(
            [
                *about,
                row["since"],
                row["due"],
                "yes" if view.is_overdue else "",
                "" if view.breach is None else f"{view.breach:.0%}",
                row["expected_close"],
                ", ".join(row["flags"]),
            ]
        )
    print_table(columns, rows, wide=wide, as_csv=as_csv)
