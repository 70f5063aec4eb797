"""Which city a command works on."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace

from config.catalog import Catalog
from config.errors import InputError
from config.loader import city_of_mapping, load
from config.registry_files import read_registry
from config.settings import PREFIX, Settings
from models.timing.calendar import day_table
from models.timing.holidays import Holidays


def catalog_of(
    mapping: str | None, env: Mapping[str, str] = os.environ
) -> tuple[Settings, Catalog]:
    """Load the city of the settings, or the one that ships a mapping.

    Only where the environment names no city (`GRIDPULSE_CITY`) does the mapping choose it.

    Raises
    ------
    ConfigError
        The settings or the city are wrong, or no city has the mapping.
    """
    settings = Settings.from_env(env)
    if mapping is not None and f"{PREFIX}CITY" not in env:
        settings = replace(settings, city=city_of_mapping(settings, mapping))
    return settings, load(settings)


def holidays_of(city: str, env: Mapping[str, str] = os.environ) -> Holidays:
    """Give the holidays of a configured city.

    Raises
    ------
    InputError
        No such city.
    ConfigError
        Its calendar is wrong.
    """
    settings = replace(Settings.from_env(env), city=city)
    folder = settings.config_dir / "city"
    if not (folder / city / "city.yaml").is_file():
        known = sorted(path.parent.name for path in folder.glob("*/city.yaml"))
        msg = f"no city is called {city!r}; there are {', '.join(known)}"
        raise InputError(msg)
    calendar = read_registry(folder / city).calendar
    return Holidays(day_table(calendar.holidays, calendar.overrides))
