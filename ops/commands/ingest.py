"""`gridpulse ingest`: one ingest process; several share the raw partitions."""

from __future__ import annotations

import typer


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command("ingest")
    def ingest() -> None:
        """Read the raw topics of all feeds; check, place and pass on, until SIGTERM or Ctrl-C."""
        from ops.processes.ingest import serve

        raise typer.Exit(serve())
