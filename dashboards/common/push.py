"""What a snapshot shows, made once and sent to every browser as the same bytes.

A `PageChannel` belongs to one page. Each state of it is rendered, encoded and compressed once; a
browser that follows gets what changed, one that comes gets everything.
"""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass
from threading import Lock
from typing import Any, Final

from dash.development.base_component import Component

from dashboards.common.markup import markup
from dashboards.common.pages import Live

GZIP_HEAD: Final = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
UNSEEN: Final = -2  # number of a browser that has seen nothing; not that before the first message
_LEVEL: Final = 6


@dataclass(frozen=True)
class PushedMessage:
    """One message, as text of an event stream and compressed for a gzip stream."""

    plain: bytes
    packed: bytes


def packed(data: bytes) -> bytes:
    """Compress a piece of a gzip stream so that it stands after any other piece.

    A fresh compressor refers to nothing before it, and the flush ends at a whole byte: pieces that
    were compressed once can be joined to any stream that began with `GZIP_HEAD`.

    Examples
    --------
    >>> stream = GZIP_HEAD + packed(b"one ") + packed(b"two")
    >>> zlib.decompressobj(31).decompress(stream)
    b'one two'
    """
    compressor = zlib.compressobj(_LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
    return compressor.compress(data) + compressor.flush(zlib.Z_FULL_FLUSH)


def event(body: dict[str, Any], values: dict[str, str]) -> bytes:
    """Write one event of a stream; `values` are JSON already."""
    sets = ",".join(f"{json.dumps(name)}:{value}" for name, value in values.items())
    head = json.dumps(body, separators=(",", ":"))
    return f'data: {head[:-1]},"set":{{{sets}}}}}\n\n'.encode()


class PageChannel:
    """State of one page as all its browsers see it; safe for several threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._values: dict[str, str] = {}
        self._head: dict[str, Any] = {}
        self._full: PushedMessage | None = None
        self._number = 0
        self._delta = PushedMessage(b"", b"")

    def advance(self, head: dict[str, Any], live: Live) -> None:
        """Show a new state: `head` is what every message tells, `live` all values of the page."""
        encoded = dict(encoded_value(name, value) for name, value in live.items())
        with self._lock:
            changed = {
                name: text for name, text in encoded.items() if self._values.get(name) != text
            }
            self._values |= changed
            self._say(head, changed)

    def beat(self, head: dict[str, Any]) -> None:
        """Say that the server lives while there is nothing new to show."""
        with self._lock:
            self._say(head, {})

    def _say(self, head: dict[str, Any], changed: dict[str, str]) -> None:
        self._number += 1
        self._head, self._full = head, None
        self._delta = _frame(event({"n": self._number, **head}, changed))

    def after(self, number: int) -> tuple[int, PushedMessage] | None:
        """Give the next message for a browser that has seen message `number`, and its number.

        None where there is none yet. One that missed a message gets everything.
        """
        with self._lock:
            if number == self._number:
                return None
            if number == self._number - 1:
                return self._number, self._delta
            if self._full is None:
                self._full = _frame(event({"n": self._number, **self._head}, self._values))
            return self._number, self._full

    def full(self) -> PushedMessage:
        """Everything, for a browser that comes."""
        found = self.after(UNSEEN)
        assert found is not None  # no message has this number
        return found[1]


def encoded_value(name: str, value: Any) -> tuple[str, str]:
    """Encode one value with the name that tells the browser how to take it in.

    Examples
    --------
    >>> encoded_value("x.children", ["a", 1]), encoded_value("x.className", "a")
    (('x.html', '"a1"'), ('x.className', '"a"'))
    """
    told, plain = named_value(name, value)
    return told, to_json(plain)


def named_value(name: str, value: Any) -> tuple[str, Any]:
    """Name a value as the browser takes it in: children that are plain HTML go as text."""
    component, _, what = name.rpartition(".")
    if what == "children" and (text := markup(value)) is not None:
        return f"{component}.html", text
    return name, value


def to_json(value: Any) -> str:
    """Encode components and plain values as Dash does."""
    return json.dumps(value, default=_plain, separators=(",", ":"), ensure_ascii=False)


def _plain(value: object) -> Any:
    if isinstance(value, Component):
        made: Any = value.to_plotly_json  # untyped in Dash
        return made()
    msg = f"cannot be sent to a page: {type(value).__name__}"
    raise TypeError(msg)


def _frame(data: bytes) -> PushedMessage:
    return PushedMessage(data, packed(data))
