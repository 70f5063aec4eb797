"""`gridpulse wall`: the wall display's server."""

from __future__ import annotations

import typer


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("wall")(wall)


def wall() -> None:
    """Serve the wall display on GRIDPULSE_BIND_HOST:GRIDPULSE_WALL_PORT until stopped."""
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from config.loader import load
    from config.settings import Settings
    from dashboards.api.context import ApiContext
    from dashboards.app import LOCAL_HOSTS, create_app
    from dashboards.common.city_index import CityIndex
    from dashboards.common.source import SnapshotSource
    from dashboards.common.warning_book import WarningReader
    from dashboards.serving import serve

    settings = Settings.from_env()
    catalog = load(settings)
    today = datetime.now(ZoneInfo(catalog.city.timezone)).date()
    city_index = CityIndex(catalog, catalog.grid_at, today, catalog.registry.departments)
    hosts = {*LOCAL_HOSTS, settings.bind_host, *settings.wall_hosts.replace(",", " ").split()}
    source = SnapshotSource.at(settings.redis_url)
    reader = WarningReader.at(settings.redis_url)
    context = ApiContext(warnings=reader, snapshots=source, city=city_index)
    wall_app = create_app(source, city_index, sorted(hosts), context)
    typer.echo(f"wall: http://{settings.bind_host}:{settings.wall_port}", err=True)
    serve(wall_app, settings.bind_host, settings.wall_port)
