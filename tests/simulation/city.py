"""The smallest city in which everything happens: two streets, four sensors, cases, and rules."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import numpy as np

from config.catalog import Catalog
from config.loader import load
from config.settings import Settings
from streams.agents import discover
from streams.host.processor import AgentSpec
from tests.config.town import write_town

LATENESS_S: Final = 1800
SENSORS: Final = {
    "W1": (116.4055, 39.9055),
    "W2": (116.4085, 39.9015),
    "E1": (116.4155, 39.9055),
    "E2": (116.4185, 39.9085),
}
METRICS: Final = {"pm10": (0.0, 1000.0), "pm25": (0.0, 500.0)}
CATEGORIES: Final = ("rubbish", "noise")
_DAY: Final = date(2024, 3, 4)

_WORDS: Final = """
        cause: {zh: 因, en: cause}
        consequence: {zh: 果, en: consequence}
        suggestion: {zh: 策, en: suggestion}
        owner: {zh: 局, en: Bureau}
        response_minutes: 60
"""
_DUST: Final = """\
        kind: readings
        title: {zh: 扬尘, en: Dust}
        owner: {zh: 局, en: Bureau}
        source: invented
        sensors: sites
        metrics:
          pm10: {title: {zh: PM10, en: PM10}, unit: µg/m³, resolution: 0.1, low: 0, high: 1000}
          pm25: {title: {zh: PM2.5, en: PM2.5}, unit: µg/m³, resolution: 0.1, low: 0, high: 500}
"""
_CASES: Final = """\
        kind: cases
        title: {zh: 案件, en: Cases}
        owner: {zh: 中心, en: Centre}
        source: invented
        expected_interval_s: 3600
        pane_s: 3600
        allowed_lateness_s: 600
        categories:
          rubbish: {title: {zh: 垃圾, en: Rubbish}}
          noise: {title: {zh: 噪声, en: Noise}}
"""
_EXCESS: Final = f"""\
        title: {{zh: 扬尘, en: Dust}}
        feed: dust
        metric: pm10
        detector: seasonal
        levels: {{blue: 30, yellow: 90, orange: 365}}
        raise_after: 1
        clear_after: 1
        minimum: 20
{_WORDS}"""
_LIMIT: Final = f"""\
        title: {{zh: 超标, en: Over the limit}}
        kind: limit
        feed: dust
        metric: pm10
        limits:
          - valid_from: 1970-01-01
            source: {{zh: 虚构, en: invented}}
            levels: {{blue: 90, yellow: 150, orange: 250}}
        raise_after: 1
        clear_after: 1
        minimum: 0
{_WORDS}"""
_SILENCE: Final = f"""\
        title: {{zh: 静默, en: Silence}}
        kind: silence
        feed: dust
        metric: sensors
        levels: {{blue: 1}}
        minimum: 1
{_WORDS}"""
_FEED_DOWN: Final = f"""\
        title: {{zh: 中断, en: Down}}
        kind: silence
        feed: dust
        metric: feed
        levels: {{blue: 1}}
        minimum: 1
{_WORDS}"""
_POSTS: Final = {"desk": "operator", "lead": "leader", "head": "commander"}
# Short, so that it has come to its end before a world has: see `world.ESCALATIONS`.
_ROSTER: Final = """\
        source: invented
        acknowledge_minutes: {blue: 8, yellow: 6, orange: 4, red: 2}
        shifts:
          day: {hours: "08:00-20:00"}
          night: {hours: "20:00-08:00", acknowledge_minutes: {yellow: 7}}
        posts:
""" + "".join(
    f"          {name}: {{level: {level}, title: {{zh: {name}, en: {name}}}, "
    "shifts: [day, night], valid_from: 2000-01-01}\n"
    for name, level in _POSTS.items()
)
_COUNTS: Final = f"""\
        title: {{zh: 增多, en: More}}
        kind: counts
        feed: cases
        levels: {{yellow: 30}}
        minimum: 3
{_WORDS}"""


@dataclass(frozen=True, kw_only=True)
class SimCity:
    """A city whose sensors speak often or seldom.

    Attributes
    ----------
    interval_s, pane_s : int
        Of the feed `dust`.
    partitions : int
        Of each raw topic and of each topic of the streets.
    """

    interval_s: int
    pane_s: int
    partitions: int
    settings: Settings
    catalog: Catalog
    agents: tuple[AgentSpec, ...]


def is_of_matters(agent: AgentSpec) -> bool:
    """Tell whether an agent reads of matters alone."""
    return all(topic.startswith("matter-") for topic in agent.topics)


@cache
def sim_city(interval_s: int, pane_s: int, partitions: int, rounds: int = 2) -> SimCity:
    """Write and load a city, once in a process of Python; `rounds` is that of its roster."""
    settings = _written(
        partitions,
        _ROSTER + f"        rounds: {rounds}\n",
        f"        expected_interval_s: {interval_s}\n"
        f"        pane_s: {pane_s}\n"
        f"        allowed_lateness_s: {LATENESS_S}\n",
    )
    catalog = load(settings)
    return SimCity(
        interval_s=interval_s,
        pane_s=pane_s,
        partitions=partitions,
        settings=settings,
        catalog=catalog,
        agents=tuple(discover(catalog, settings)),
    )


def _written(partitions: int, roster: str, times: str) -> Settings:
    """Write a city with this roster and these times of its feed of dust; give its settings."""
    folder = TemporaryDirectory(prefix="gridpulse-sim-")
    _KEPT.append(folder)
    sensors = "\n".join(
        f"          {name}: {{title: {{zh: {name}, en: {name}}}, lon: {lon}, lat: {lat}}}"
        for name, (lon, lat) in SENSORS.items()
    )
    town = write_town(
        Path(folder.name),
        feeds__dust=_DUST + times,
        feeds__cases=_CASES,
        sensors__sites=f"        source: invented\n        sensors:\n{sensors}\n",
        rules__dust=_EXCESS,
        rules__limit=_LIMIT,
        rules__quiet=_SILENCE,
        rules__down=_FEED_DOWN,
        rules__more=_COUNTS,
        roster=roster,
        mappings__table=None,
    )
    return Settings(
        config_dir=town.config_dir,
        city=town.city,
        street_partitions=partitions,
        raw_partitions=partitions,
        webhook_url="http://desk.example/in",
        webhook_secret="key",
        archive_dir=Path(folder.name) / "archive",
    )


_KEPT: list[TemporaryDirectory[str]] = []


@cache
def cell_at(lon: float, lat: float) -> int:
    """Find the cell of a place, which is the same in all our cities."""
    grid = sim_city(900, 1800, 2).catalog.grid_at(_DAY)
    return int(grid.codes[grid.locate(np.array([lon]), np.array([lat]))[0]])
