"""`gridpulse grids`: second grids over the cells, and what lies far from its station."""

from __future__ import annotations

from typing import Annotated, Any

import typer

JsonOption = Annotated[bool, typer.Option("--json", help="print one JSON object")]


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    grids = typer.Typer(help="Look at second grids over the cells.", no_args_is_help=True)
    grids.command("list")(list_grids)
    grids.command("show")(show)
    app.add_typer(grids, name="grids")


def list_grids(as_json: JsonOption = False) -> None:
    """List the second grids of the city; `feeds show --by NAME` gives figures by one of them."""
    from ops.cities import catalog_of
    from ops.output import say

    _, catalog = catalog_of(None)
    grids: list[dict[str, Any]] = [
        {"grid": g.name, "title": g.title, "rule": g.rule} for g in catalog.grids.values()
    ]
    lines = [f"{g['grid']}: {g['title']['zh']} {g['title']['en']} ({g['rule']})" for g in grids]
    say({"grids": grids}, "\n".join(lines) or "the city has no second grids", as_json=as_json)


def show(
    name: Annotated[str, typer.Argument(help="name of a file in grids/")],
    as_json: JsonOption = False,
) -> None:
    """Show the parts of a second grid with their cells, and the share within reach of a station."""
    from ops.analysis.second_grids import grid_values
    from ops.cities import catalog_of
    from ops.output import say

    _, catalog = catalog_of(None)
    found = grid_values(catalog, name)
    lines = [f"{found['title']['zh']} {found['title']['en']}: {found['cells']} cells"]
    if found["within_m"] is not None:
        lines.append(
            f"  within {found['within_m']:g} m of a station: {found['share_within']:.1f}% "
            f"({found['cells_within']}/{found['cells']} cells)"
        )
    lines += [f"  {part['part']} {part['name']}: {part['cells']} cells" for part in found["parts"]]
    say(found, "\n".join(lines), as_json=as_json)
