"""`docs/configuration.md`: every field of every file a city edits, made from the models.

`python -m ops.config_docs` writes it; a test compares it, and refuses a field that is not
described: by its entry under *Attributes* in the docstring of its model, or by the comment beside
or above it.
"""

from __future__ import annotations

import ast
import inspect
import io
import re
import textwrap
import tokenize
import typing
from collections.abc import Iterator
from datetime import datetime
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple

from annotated_types import Ge, Gt, Le, Lt, MaxLen, MinLen
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from config import events, hotline, maintenance, mapping, modes, place, plans, platform, roster
from config import registry_entries as registry
from config.kinds import known_feed_kinds, known_rule_kinds
from config.loader import SensorsFile, StreetsFile
from config.second_grids import SecondGrid
from config.subscriptions import SubscriptionsFile
from config.targets import TargetsFile
from config.work_calendar import WorkCalendar

PAGE: Final = Path(__file__).parents[1] / "docs" / "configuration.md"


class File(NamedTuple):
    """A kind of file in a city's folder."""

    name: str
    about: str
    models: tuple[type[BaseModel], ...]


GEOJSON: Final = """## A file of surveyed cells (GeoJSON)

`grid.cells` in `city.yaml` may name a FeatureCollection (RFC 7946, degrees, longitude first), whose
features have:

| field | value | what it is |
|---|---|---|
| `properties.code` | 15 digits, once | the cell; it begins with the code of a street |
| `geometry.type` | `Polygon` | |
| `geometry.coordinates` | one closed ring | the outline: no holes, at least 4 points, no crossing |

A point on the edge of two cells, or in two that overlap, lies in the one with the lower code.
"""
_BOUNDS: Final = ((Ge, "≥", "ge"), (Gt, ">", "gt"), (Le, "≤", "le"), (Lt, "<", "lt"))
_LENGTHS: Final = ((MinLen, "at least", "min_length"), (MaxLen, "at most", "max_length"))


def page() -> str:
    """Write the whole page."""
    parts = [
        "# Configuration",
        "A city is a folder `config/city/<city>/`. This page lists every field of its files; it is "
        "made from the models by `python -m ops.config_docs`. Settings of a process "
        "(`GRIDPULSE_*`) are in [operations.md](operations.md). A field that is not known, missing "
        "or out of its range stops `gridpulse` with the file, the line and what was expected.",
    ]
    seen: set[type[BaseModel]] = set()
    for file in files():
        parts.append(f"## {file.name}")
        parts.append(file.about)
        for root in file.models:
            parts += [_section(model) for model in _reachable(root) if model not in seen]
            seen.update(_reachable(root))
    return "\n\n".join([*parts, GEOJSON])


def files() -> tuple[File, ...]:
    """List the files of a city's folder; each kind of feed and rule brings its own model."""
    return (
        File("city.yaml", "The district: names, time zone, grid, limits.", (place.City,)),
        File("streets.yaml", "Streets with the dates of their validity.", (StreetsFile,)),
        File(
            "feeds/<feed>.yaml",
            "One file a feed; the file's name is the feed's. Each kind has fields of its own.",
            tuple(kind.feed for kind in known_feed_kinds().values()),
        ),
        File("sensors/<feed>.yaml", "Where the sensors of a feed stand.", (SensorsFile,)),
        File(
            "rules/<rule>.yaml",
            "One file a rule, by its kind.",
            tuple(kind.rule for kind in known_rule_kinds().values()),
        ),
        File(
            "events/<event>.yaml",
            "One file a major event: objects and where they are, phases, clocks, roles, reports.",
            (events.SpecialEvent,),
        ),
        File("plans/<plan>.yaml", "One file a response plan (预案).", (plans.Plan,)),
        File(
            "maintenance.yaml",
            "Announced work, during which what it disturbs is kept back. May be missing.",
            (maintenance.Maintenance,),
        ),
        File(
            "roster.yaml",
            "Who is on duty when, and how long a warning waits to be acknowledged. May be missing. "
            "A roster that leaves a level of duty without anybody at any hour is refused.",
            (roster.Roster,),
        ),
        File(
            "modes.yaml",
            "What changes when a commander switches to event or emergency mode; it may be missing.",
            (modes.ModesFile,),
        ),
        File("hotline.yaml", "How calls are judged; it may be missing.", (hotline.HotlinePlan,)),
        File("targets.yaml", "What is to be reached; it may be missing.", (TargetsFile,)),
        File("platform.yaml", "What the city is sent; may be missing.", (platform.PlatformPlan,)),
        File("grids/<name>.yaml", "One file a second grid over the cells.", (SecondGrid,)),
        File("mappings/<name>.yaml", "Which column of a table is what.", (mapping.Mapping,)),
        File(
            "subscriptions.yaml",
            "Who is told of which warnings; may be missing. `gridpulse subscriptions` adds others.",
            (SubscriptionsFile,),
        ),
        File(
            "registry/*.yaml",
            "Departments, classes, owners, limits, components and the working calendar.",
            (
                registry.DepartmentsFile,
                registry.CategoriesFile,
                registry.ResponsibilitiesFile,
                registry.LimitsFile,
                WorkCalendar,
                registry.ComponentsFile,
            ),
        ),
    )


def undescribed() -> list[str]:
    """Name every field that the page could say nothing about."""
    models = {model for file in files() for root in file.models for model in _reachable(root)}
    return sorted(
        f"{model.__name__}.{name}"
        for model in models
        for name in model.model_fields
        if not _described(model).get(name)
    )


def _section(model: type[BaseModel]) -> str:
    first = (inspect.getdoc(model) or "").split("\n\n")[0].replace("\n", " ")
    lines = [f"### {model.__name__}", "", first, "", "| field | value | default | what it is |"]
    lines.append("|---|---|---|---|")
    about = _described(model)
    for name, field in model.model_fields.items():
        cells = (f"`{name}`", _value(field), _default(field), about.get(name, ""))
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines)


@cache
def _reachable(root: type[BaseModel]) -> tuple[type[BaseModel], ...]:
    """List a model and all models its fields hold, each once, from the outside in."""
    found = [root]
    for model in found:
        for field in model.model_fields.values():
            found += [m for m in _models_in(field.annotation) if m not in found]
    return tuple(found)


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if inspect.isclass(annotation) and issubclass(annotation, BaseModel):
        yield annotation
    for part in typing.get_args(annotation):
        yield from _models_in(part)


def _value(field: FieldInfo) -> str:
    bounds = [
        f"{sign} {getattr(rule, name):g}"
        for kind, sign, name in _BOUNDS
        for rule in field.metadata
        if isinstance(rule, kind)
    ]
    lengths = [
        f"{word} {getattr(rule, name)}"
        for kind, word, name in _LENGTHS
        for rule in field.metadata
        if isinstance(rule, kind)
    ]
    return ", ".join([_shown(field.annotation), *bounds, *lengths])


def _shown(annotation: Any) -> str:
    """Write a type as a person who edits YAML would say it."""
    origin, parts = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated:
        return _shown(parts[0])
    if inspect.isclass(annotation) and issubclass(annotation, Enum):
        origin, parts = typing.Literal, tuple(one.value for one in annotation)
    if origin is typing.Literal:
        return ", ".join(f"`{part}`" for part in parts)
    if origin is dict:
        return f"names → {_shown(parts[1])}"
    if origin in (tuple, list):
        return f"list of {_shown(parts[0])}"
    if parts:
        return " or ".join(_shown(part) for part in parts)
    return _PLAIN.get(annotation, getattr(annotation, "__name__", str(annotation)))


_PLAIN: Final = {
    str: "text",
    float: "number",
    int: "whole number",
    bool: "yes or no",
    type(None): "nothing",
    datetime: "date or time",
}


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=True)
    if value is PydanticUndefined or isinstance(value, BaseModel):
        return "its own defaults"
    if value in (None, "", (), {}, []):
        return "–"
    if isinstance(value, tuple):
        return ", ".join(f"`{one}`" for one in value)
    return f"`{value}`"


@cache
def _described(model: type[BaseModel]) -> dict[str, str]:
    """Describe the fields of a model, what its bases say included."""
    found: dict[str, str] = {}
    for one in reversed(model.__mro__):
        if inspect.isclass(one) and issubclass(one, BaseModel) and one is not BaseModel:
            found |= _commented(one) | _listed(one)
    return found


def _listed(model: type[BaseModel]) -> dict[str, str]:
    """Read the section *Attributes* of a docstring (numpydoc)."""
    text = inspect.cleandoc(model.__doc__ or "")
    _, _, listed = text.partition("Attributes\n----------\n")
    listed = re.split(r"\n\n?\w[^\n]*\n-{3,}\n", listed)[0]
    found: dict[str, str] = {}
    for names, about in re.findall(
        r"^([\w, ]+?)(?: : [^\n]*)?\n((?: {4}[^\n]*\n?|\n)+)", listed, re.M
    ):
        for name in names.split(", "):
            found[name] = " ".join(about.split())
    return found


def _commented(model: type[BaseModel]) -> dict[str, str]:
    """Read the comments beside and above the fields of a class."""
    try:
        source = textwrap.dedent(inspect.getsource(model))
    except OSError:
        return {}
    comments = {
        token.start[0]: token.string.lstrip("# ")
        for token in tokenize.generate_tokens(io.StringIO(source).readline)
        if token.type == tokenize.COMMENT
    }
    body = ast.parse(source).body[0]
    assert isinstance(body, ast.ClassDef)
    return {
        node.target.id: _near(node, comments, source.splitlines())
        for node in body.body
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
    }


def _near(node: ast.AnnAssign, comments: dict[int, str], lines: list[str]) -> str:
    """Join the comment lines right above a field and the comments on its own lines."""
    first = node.lineno
    while lines[first - 2].lstrip().startswith("#"):
        first -= 1
    rows = range(first, (node.end_lineno or node.lineno) + 1)
    return " ".join(comments[row] for row in rows if row in comments)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    print(f"wrote {PAGE}")
