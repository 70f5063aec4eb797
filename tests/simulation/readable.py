"""What can be read of a topic: torn records were put there on purpose."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeVar

from models.messages.envelope import MalformedMessage
from models.messages.topics import decode

M = TypeVar("M")


def readable(values: Iterable[bytes], topic: str, kind: type[M]) -> Iterator[M]:
    """Give the messages of one kind among the values of a topic."""
    for value in values:
        try:
            message = decode(topic, value)
        except MalformedMessage:
            continue
        if isinstance(message, kind):
            yield message
