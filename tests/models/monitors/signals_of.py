"""Signals of a batch as the kind that a test expects."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from models.messages.signals import Signal, SignalBase

S = TypeVar("S", bound=SignalBase)


def only(kind: type[S], signals: Iterable[Signal]) -> list[S]:
    """Give the signals, all of which are of one kind."""
    found = list(signals)
    wrong = [signal for signal in found if not isinstance(signal, kind)]
    assert wrong == []
    return [signal for signal in found if isinstance(signal, kind)]
