"""`gridpulse up`: ingest, worker, wall and watchdog against the servers of the settings."""

from __future__ import annotations

import typer


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command("up")(up)


def up() -> None:
    """Run ingest, one worker, the wall and the watchdog on this machine until interrupted.

    Kafka and Redis are those of the settings (GRIDPULSE_BROKERS, GRIDPULSE_REDIS_URL).
    """
    from config.loader import load
    from config.settings import Settings
    from ops.processes.fleet import Fleet
    from ops.processes.platform import launch, log_folder, run_until, wall_url
    from ops.processes.signals import Stop

    settings = Settings.from_env()
    catalog = load(settings)
    with Stop() as stop, Fleet(log_folder(), typer.echo) as fleet:
        typer.echo(f"logs in {log_folder().resolve()}")
        launch(fleet, settings, catalog, typer.echo)
        fleet.start("watchdog", ("watchdog",), settings)
        typer.echo(f"the wall is at {wall_url(settings)}")
        run_until(fleet, None, stop)
