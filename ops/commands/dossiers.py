"""`gridpulse dossiers`: open cases of one place that several departments share (协同作战)."""

from __future__ import annotations

from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command("dossiers")(dossiers)


def dossiers(
    *,
    department: Annotated[
        list[str] | None, typer.Option("--department", help="only the shares of this one")
    ] = None,
    within: Annotated[int, typer.Option(min=0, max=365, help="days between two cases")] = 14,
    as_json: Annotated[bool, typer.Option("--json", help="print one JSON object")] = False,
) -> None:
    """List the dossiers of the archive, with each department's cases and earliest limit."""
    from config.loader import load
    from config.settings import Settings
    from ops.analysis.dossiers import dossier_lines, open_cases
    from ops.output import say

    settings = Settings.from_env()
    catalog = load(settings)
    found = open_cases(settings, catalog).dossiers(within)
    if department:
        mine = (one.seen_by(department) for one in found)
        found = [one for one in mine if one is not None]
    lines = list(dossier_lines(found, catalog)) or ["no place has open cases of two departments"]
    say({"dossiers": _plain(found)}, "\n".join(lines), as_json=as_json)


def _plain(found: object) -> object:
    import msgspec

    return msgspec.to_builtins(found)
