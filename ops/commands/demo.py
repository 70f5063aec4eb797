"""`gridpulse demo`: everything on this machine, with a simulated city."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command("demo")(demo)


def demo(
    for_s: Annotated[
        float | None,
        typer.Option("--for", help="stop so long after the first snapshot, s", min=0),
    ] = None,
    headless: Annotated[bool, typer.Option(help="open no browser")] = False,
    report: Annotated[Path | None, typer.Option(help="file for the figures of the run")] = None,
) -> None:
    """Run broker, Redis, ingest, worker, wall and a simulated Dongcheng day; needs no server."""
    from ops.processes.demo import run_demo

    run_demo(for_s=for_s, headless=headless, report=report)
