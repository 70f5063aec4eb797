"""Reading Dash components in tests."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def parts(component: Any) -> Iterator[Any]:
    """All components of a tree, itself first."""
    if isinstance(component, list | tuple):
        for each in component:
            yield from parts(each)
    elif hasattr(component, "to_plotly_json"):
        yield component
        yield from parts(getattr(component, "children", None))


def words(component: Any, language: str = "en") -> str:
    """What a reader of one language sees, joined by spaces."""
    return " ".join(_texts(component, {"zh": "en", "en": "zh-CN"}[language]))


def classes(component: Any) -> set[str]:
    """All class names of a tree."""
    return {
        name
        for part in parts(component)
        for name in (getattr(part, "className", None) or "").split()
    }


def _texts(component: Any, hidden: str) -> Iterator[str]:
    if isinstance(component, list | tuple):
        for each in component:
            yield from _texts(each, hidden)
    elif isinstance(component, str | int | float):
        yield str(component)
    elif component is not None and getattr(component, "lang", None) != hidden:
        yield from _texts(getattr(component, "children", None), hidden)
