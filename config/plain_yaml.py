"""The plain part of YAML, read by libyaml: fields, lists, texts, numbers, dates, and their lines.

ruamel.yaml takes a second for the files of a city, which every process and every command would
wait for. It reads what is not plain, and says what is wrong in a file: where this reader is not
sure that ruamel.yaml gives the same, it gives nothing (`tests/config/test_plain_yaml.py`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any, Final, NamedTuple

import yaml  # type: ignore[import-untyped]
from ruamel.yaml.resolver import implicit_resolvers
from yaml.cyaml import CParser  # type: ignore[import-untyped]

Steps = tuple[str | int, ...]  # keys and list positions from the top of a file

_WHOLE: Final = re.compile(r"-?(0|[1-9][0-9]*)")
_NUMBER: Final = re.compile(r"-?(0|[1-9][0-9]*)\.[0-9]+")
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_BLOCK: Final = re.compile(r"[|>][-+]?")  # how a block of text may begin
_NAMED: Final = {"true": True, "false": False, "null": None, "~": None, "": None}
# Characters of which YAML 1.1 (libyaml) and 1.2 may think differently: breaks, tabs, marks.
_ODD: Final = re.compile(r"[^\n\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd]")
# What may be no text, by first character, as ruamel.yaml resolves it.
_TOLD_APART: Final = {
    first: [
        pattern
        for versions, _, pattern, firsts in implicit_resolvers
        if (1, 2) in versions and first in firsts
    ]
    for _, _, _, every in implicit_resolvers
    for first in every
}


class Plain(NamedTuple):
    """A document of plain values.

    Attributes
    ----------
    data : dict
    lines : mapping of tuple to int
        Line (from 1) of every key and list item, by its path from the top.
    """

    data: dict[str, Any]
    lines: Mapping[Steps, int]


class _NotPlainError(Exception):
    """The text is not plain, or no YAML."""


def plain(text: str) -> Plain | None:
    """Read a text whose top is fields and that holds plain values alone; else give nothing."""
    if _ODD.search(text):
        return None
    parser = CParser(text)
    try:
        return _Reader(text, parser).document()
    except (_NotPlainError, yaml.YAMLError, RecursionError):
        return None
    finally:
        parser.dispose()


class _Reader:
    """Puts values together from the events of one text."""

    def __init__(self, text: str, parser: CParser) -> None:
        self._text = text.split("\n")
        self._next = parser.get_event
        self._lines: dict[Steps, int] = {}

    def document(self) -> Plain:
        self._next()  # of the stream
        begin, top = self._next(), self._next()
        if getattr(begin, "version", None) or getattr(begin, "tags", None):
            raise _NotPlainError
        if not isinstance(top, yaml.MappingStartEvent):
            raise _NotPlainError
        data = self._fields(top, ())
        if self._next().explicit or not isinstance(self._next(), yaml.StreamEndEvent):
            raise _NotPlainError
        return Plain(data, self._lines)

    def _value(self, event: Any, path: Steps) -> Any:
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event)
        if isinstance(event, yaml.MappingStartEvent):
            return self._fields(event, path)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._items(event, path)
        raise _NotPlainError  # an alias

    def _fields(self, event: Any, path: Steps) -> dict[Any, Any]:
        _refuse_marks(event)
        found: dict[Any, Any] = {}
        while not isinstance(key := self._next(), yaml.MappingEndEvent):
            name = self._scalar(key) if isinstance(key, yaml.ScalarEvent) else None
            if name is None or name in found:
                raise _NotPlainError
            below = (*path, name)
            self._lines[below] = key.start_mark.line + 1
            found[name] = self._value(self._next(), below)
        return found

    def _items(self, event: Any, path: Steps) -> list[Any]:
        _refuse_marks(event)
        found: list[Any] = []
        while not isinstance(item := self._next(), yaml.SequenceEndEvent):
            below = (*path, len(found))
            self._lines[below] = item.start_mark.line + 1
            found.append(self._value(item, below))
        return found

    def _scalar(self, event: Any) -> Any:
        _refuse_marks(event)
        if not event.style:
            return _resolved(event.value)
        begin = event.start_mark
        if event.style in "|>" and not _BLOCK.fullmatch(self._text[begin.line], begin.column):
            raise _NotPlainError
        return event.value


def _refuse_marks(event: Any) -> None:
    """Leave what has a tag, or may be referred to, to the other reader."""
    if event.tag is not None or event.anchor is not None:
        raise _NotPlainError


def _resolved(value: str) -> Any:
    """Give what a text without quotes stands for."""
    if value in _NAMED:
        return _NAMED[value]
    if not any(pattern.match(value) for pattern in _TOLD_APART.get(value[0], ())):
        return value
    if _WHOLE.fullmatch(value):
        return int(value)
    if _NUMBER.fullmatch(value):
        return float(value)
    if _DAY.fullmatch(value):
        return _day(value)
    raise _NotPlainError


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise _NotPlainError from None
