"""The footer: versions, time zone, watermark and latency."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

from dash.development.base_component import Component

from dashboards.common.city_index import CityIndex
from dashboards.common.wording import clock, measured, say
from models.situation.snapshot import Snapshot


def program_version() -> str:
    """Version of the installed program."""
    try:
        return version("gridpulse")
    except PackageNotFoundError:
        return "0"


def footer(snapshot: Snapshot, city_index: CityIndex) -> list[Component]:
    """Say what a caller on the phone is asked for."""
    p99 = snapshot.latency_ms.get("ingest_to_snapshot", {}).get("p99")
    return [
        say("footer.versions", program=program_version(), snapshot=str(snapshot.version)),
        say(
            "footer.watermark",
            time=clock(snapshot.watermark_ms, city_index.zone, snapshot.clock_ms),
        ),
        say("footer.latency", value=measured(None if p99 is None else p99 / 1000, 1, "s")),
        say("footer.zone", zone=city_index.catalog.city.timezone),
    ]
