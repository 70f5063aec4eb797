"""What is found by being there: the modules of a package."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from types import ModuleType


def modules_of(package: str, *, only_folders: bool = False) -> Iterator[tuple[str, ModuleType]]:
    """Import the modules of a package one after the other, in the order of their names.

    Examples
    --------
    >>> [name for name, _ in modules_of("email.mime")][:3]
    ['application', 'audio', 'base']
    """
    found = pkgutil.iter_modules(importlib.import_module(package).__path__)
    for name in sorted(each.name for each in found if each.ispkg or not only_folders):
        yield name, importlib.import_module(f"{package}.{name}")
