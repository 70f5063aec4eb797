"""`gridpulse watchdog`: tell by a way of its own when the whole line has fallen silent."""

from __future__ import annotations

import typer


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("watchdog")(watchdog)


def watchdog() -> None:
    """Listen for the heartbeat of the whole line, and tell when it stays away.

    Once a minute a heartbeat goes the way of a warning, from ingest to the topic `watchdog`. When
    none has come for GRIDPULSE_WATCHDOG_MINUTES, or those that come are as old, it is posted to
    GRIDPULSE_WATCHDOG_URL, signed with GRIDPULSE_WATCHDOG_SECRET, and mailed to the addresses of
    GRIDPULSE_WATCHDOG_MAIL, and again every half hour; and
    once more when it is over.
    """
    from config.loader import load
    from config.settings import Settings
    from ops.processes.signals import Stop
    from ops.processes.watchdog import run

    settings = Settings.from_env()
    with Stop() as stop:
        run(settings, load(settings), stop)
