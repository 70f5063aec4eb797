"""YAML files as checked values, with the file, line and field of whatever is wrong in them."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from types import UnionType
from typing import Any, Final, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.constructor import DuplicateKeyError
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from config.errors import ConfigError
from config.plain_yaml import plain

_MOST_VALUES: Final = 500_000  # a city's largest file, a register of components, has far fewer

Path_ = tuple[str | int, ...]  # keys and list positions from the top of a file
M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True, kw_only=True)
class Document:
    """One YAML file: plain values, and the line each of them begins on.

    Attributes
    ----------
    file : Path
        Where it was read.
    data : dict
        Its content, as plain Python values; the top of a file is always a mapping.
    lines : mapping of tuple to int
        Line (from 1) of every key and list item, by its path from the top.
    """

    file: Path
    data: dict[str, Any]
    lines: Mapping[Path_, int]

    def line(self, path: Iterable[str | int]) -> int:
        """Line of a field, or of the nearest field around it."""
        at = tuple(path)
        while at and at not in self.lines:
            at = at[:-1]
        return self.lines.get(at, 1)

    def error(self, path: Iterable[str | int], wrong: str) -> ConfigError:
        """Make the error that says what is wrong with a field."""
        at = tuple(path)
        field = ".".join(str(step) for step in at) or "the file"
        return ConfigError(f"{self.file}:{self.line(at)}: {field}: {wrong}")

    def parse(self, model: type[M], **given: object) -> M:
        """Check the document against a model.

        Parameters
        ----------
        model : subclass of BaseModel
            What the file should hold; unknown fields are refused where the model forbids them.
        **given
            Fields that the file does not hold itself, such as its name.

        Raises
        ------
        ConfigError
            The first field that does not fit.
        """
        for name in given:
            if name in self.data:
                raise self.error([name], "is given by the file's name or place; remove it")
        try:
            return model.model_validate({**self.data, **given})
        except ValidationError as invalid:
            raise self._explain(model, invalid) from None

    def _explain(self, model: type[BaseModel], invalid: ValidationError) -> ConfigError:
        """Turn pydantic's first finding into one sentence with its line."""
        # A misspelt field is also a missing one: name the spelling first.
        found = invalid.errors(include_url=False)
        first = min(found, key=lambda error: error["type"] != "extra_forbidden")
        path = _real_path(self.data, first["loc"])
        if first["type"] == "missing":
            return self.error(path, "is required and missing")
        if first["type"] == "extra_forbidden":
            return self.error(path, _unknown(str(path[-1]), _fields_at(model, path[:-1])))
        wrong = first["msg"].removeprefix("Value error, ").replace("Input should", "should")
        return self.error(path, f"{wrong}, found {_short(first['input'])}")


def read_document(file: Path) -> Document:
    """Read a YAML file.

    Raises
    ------
    ConfigError
        The file is missing, no YAML, holds a key twice, or no mapping at its top.
    """
    try:
        text = file.read_text(encoding="utf-8")
    except (FileNotFoundError, IsADirectoryError):
        msg = f"{file}: this file is required and missing"
        raise ConfigError(msg) from None
    except UnicodeDecodeError as error:
        msg = f"{file}: expected UTF-8 text, found byte {error.start} that is not"
        raise ConfigError(msg) from None
    return document_of(file, text)


def document_of(file: Path, text: str) -> Document:
    """Parse the text of a YAML file.

    Raises
    ------
    ConfigError
        It is no YAML, holds a key twice, or no mapping at its top.
    """
    if known := plain(text):
        return Document(file=file, data=known.data, lines=known.lines)
    return _any_document(file, text)


def _any_document(file: Path, text: str) -> Document:
    """Parse a text that is not plain, or no YAML."""
    try:
        tree = YAML(typ="rt").load(text)
    except YAMLError as error:
        raise _syntax_error(file, error) from None
    if not isinstance(tree, CommentedMap):
        msg = f"{file}:1: expected fields and values, found {_short(tree)}"
        raise ConfigError(msg)
    copy = _PlainCopy(file)
    data = copy.of(tree, ())
    assert isinstance(data, dict)  # a CommentedMap becomes a dict
    return Document(file=file, data=data, lines=copy.lines)


def _syntax_error(file: Path, error: YAMLError) -> ConfigError:
    """Say where YAML itself is broken."""
    if not isinstance(error, MarkedYAMLError):
        return ConfigError(f"{file}: no valid YAML: {' '.join(str(error).split())}")
    mark = error.problem_mark or error.context_mark
    line = mark.line + 1 if mark else 1
    problem = (error.problem or str(error)).split(" with value")[0]
    kind = "" if isinstance(error, DuplicateKeyError) else "no valid YAML: "
    return ConfigError(f"{file}:{line}: {kind}{problem}")


class _PlainCopy:
    """Copies a tree of ruamel's types to plain ones, and notes the line of each key and item.

    A file whose aliases refer to one another grows with every level ("billion laughs"); the copy
    stops at `_MOST_VALUES`.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._values = 0
        self.lines: dict[Path_, int] = {}

    def of(self, value: Any, path: Path_) -> Any:
        """Copy one value and all below it."""
        self._values += 1
        if self._values > _MOST_VALUES:
            msg = (
                f"{self._file}: holds more than {_MOST_VALUES} values once its aliases are followed"
            )
            raise ConfigError(msg)
        if getattr(getattr(value, "tag", None), "value", None):
            raise self._error(path, "carries a YAML tag; expected a plain value, a list or fields")
        if isinstance(value, CommentedMap):
            return {
                key: self._item(value.lc.key(key), item, (*path, key))
                for key, item in value.items()
            }
        if isinstance(value, CommentedSeq):
            return [
                self._item(value.lc.item(index), item, (*path, index))
                for index, item in enumerate(value)
            ]
        return self._scalar(value, path)

    def _item(self, place: tuple[int, int], value: Any, path: Path_) -> Any:
        if not isinstance(path[-1], (str, int, float, date)):
            raise self._error(path[:-1], f"has the field name {_short(path[-1])}; expected a text")
        self.lines[path] = place[0] + 1
        return self.of(value, path)

    def _scalar(self, value: Any, path: Path_) -> Any:
        for kind in (bool, str, int, float):
            if isinstance(value, kind):
                return kind(value)
        if value is None or isinstance(value, (date, datetime)):
            return value
        raise self._error(path, "is no plain value, list or fields")

    def _error(self, path: Path_, wrong: str) -> ConfigError:
        return Document(file=self._file, data={}, lines=self.lines).error(path, wrong)


def _real_path(data: Any, loc: tuple[str | int, ...]) -> Path_:
    """Drop the steps that pydantic adds for unions, which stand in no file."""
    path: list[str | int] = []
    for step in loc:
        inside = isinstance(data, (dict, list))
        try:
            data = data[step]
        except (KeyError, IndexError, TypeError):
            if inside and step is loc[-1]:
                path.append(step)
            continue
        path.append(step)
    return tuple(path)


def _fields_at(model: Any, path: Path_) -> list[str]:
    """Names of the fields that may stand at a path of a model."""
    for step in path:
        if get_origin(model) in (Union, UnionType):
            model = next(part for part in get_args(model) if part is not type(None))
        if isinstance(model, type) and issubclass(model, BaseModel):
            model = model.model_fields[str(step)].annotation
        else:
            parts = get_args(model)
            model = parts[-1] if get_origin(model) is dict else parts[0]
    if get_origin(model) in (Union, UnionType):
        model = next(part for part in get_args(model) if part is not type(None))
    return list(model.model_fields) if hasattr(model, "model_fields") else []


def _unknown(name: str, known: list[str]) -> str:
    """Say that a field is unknown, and which one was probably meant."""
    close = difflib.get_close_matches(name, known, 1)
    meant = f"; did you mean {close[0]}?" if close else ""
    return f"is not a field here; known are {', '.join(known)}{meant}"


def _short(value: object) -> str:
    """Show a found value on one line."""
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
