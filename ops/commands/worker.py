"""`gridpulse worker`: one process of the Faust application."""

from __future__ import annotations

import typer


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("worker")(worker)


def worker() -> None:
    """Run the agents: panes, cases, detection, warnings, deliveries, snapshot."""
    from config.loader import load
    from config.settings import Settings
    from ops.processes.worker import run

    settings = Settings.from_env()
    run(settings, load(settings))
