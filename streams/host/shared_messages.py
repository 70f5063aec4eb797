"""Messages that several agents of a process read: each is decoded once.

Faust hands the same bytes to all agents of a topic, one soon after the other; a pane has six
readers. Messages cannot be changed, so that the agents may share them.
"""

from __future__ import annotations

from typing import Final

from models.messages.topic import AnyMessage
from models.messages.topics import decode

_KEPT: Final = 64  # newest messages
_LARGEST_BYTES: Final = 16 * 1024  # of larger ones the columns are not copied anyway


class SharedMessages:
    """The newest messages, found by the very object that holds their bytes."""

    def __init__(self) -> None:
        self._newest: dict[int, tuple[str, bytes, AnyMessage]] = {}

    def decode(self, topic: str, value: bytes) -> AnyMessage:
        """Read a message of a topic; raises MalformedMessage where it is none."""
        known = self._newest.get(id(value))
        if known is not None and known[1] is value and known[0] == topic:
            return known[2]
        message = decode(topic, value)
        if len(value) <= _LARGEST_BYTES:
            self._keep(topic, value, message)
        return message

    def _keep(self, topic: str, value: bytes, message: AnyMessage) -> None:
        """Keep a message, and its bytes: while they are kept no others have their place."""
        self._newest[id(value)] = topic, value, message
        if len(self._newest) > _KEPT:
            del self._newest[next(iter(self._newest))]
