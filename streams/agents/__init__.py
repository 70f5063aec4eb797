"""The agents of the application: one module each, found by being here."""

from __future__ import annotations

import importlib
import pkgutil

from config.catalog import Catalog
from config.settings import Settings
from streams.host.processor import AgentSpec


def discover(catalog: Catalog, settings: Settings) -> list[AgentSpec]:
    """Ask every module of this package for its agents, in the order of their names.

    Raises
    ------
    ConfigError
        An agent cannot work with this configuration.
    """
    found = sorted(module.name for module in pkgutil.iter_modules(__path__))
    modules = [importlib.import_module(f"{__name__}.{name}") for name in found]
    specs: list[AgentSpec] = []
    for module in modules:
        if hasattr(module, "spec"):
            specs.append(module.spec(catalog, settings))
        elif hasattr(module, "specs"):
            specs.extend(module.specs(catalog, settings))
    return specs
