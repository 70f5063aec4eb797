"""The agents of the application: one module each, found by being here."""

from __future__ import annotations

from config.catalog import Catalog
from config.discovery import modules_of
from config.settings import Settings
from streams.host.processor import AgentSpec


def discover(catalog: Catalog, settings: Settings) -> list[AgentSpec]:
    """Ask every module of this package for its agents, in the order of their names.

    Raises
    ------
    ConfigError
        An agent cannot work with this configuration.
    """
    specs: list[AgentSpec] = []
    for _, module in modules_of(__name__):
        if hasattr(module, "spec"):
            specs.append(module.spec(catalog, settings))
        elif hasattr(module, "specs"):
            specs.extend(module.specs(catalog, settings))
    return specs
