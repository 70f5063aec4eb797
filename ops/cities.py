"""Which city a command works on."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace

from config.catalog import Catalog
from config.loader import city_of_mapping, load
from config.settings import PREFIX, Settings


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
