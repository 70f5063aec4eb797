"""`gridpulse wall`: the server of the wall display and of the API."""

from __future__ import annotations

import typer


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("wall")(wall)


def wall() -> None:
    """Serve pages and API on GRIDPULSE_BIND_HOST:GRIDPULSE_WALL_PORT until stopped."""
    from config.settings import Settings
    from ops.processes.wall import run_wall

    run_wall(Settings.from_env())
