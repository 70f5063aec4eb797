"""Whose warning a signal belongs to: the street's where it is local, the district's if regional.

A sandstorm raises every cell at once; one warning of the district says so, and no street opens its
own beside it. What is merely seasonal gives no warning.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from models.grid.codes import AreaKind, kind_of
from models.messages.signals import Scope, Signal


def scope_of(area: str) -> Scope:
    """Give `regional` for a district's code and `local` for a street's."""
    return Scope.REGIONAL if kind_of(area) is AreaKind.DISTRICT else Scope.LOCAL


def muted(signal: Signal) -> Signal:
    """Give a signal as if it had returned to normal."""
    return msgspec.structs.replace(signal, active=False)


def by_area(signals: Iterable[Signal]) -> dict[str, list[Signal]]:
    """Hand each signal to its street and its district, active only where its scope says so.

    A cell whose departure turned from local to regional has thereby returned to normal for its
    street: the street gets it as inactive.
    """
    areas: dict[str, list[Signal]] = {}
    for signal in signals:
        homes = {signal.area.district: Scope.REGIONAL}
        if signal.area.street is not None:  # a district itself is only regional
            homes[signal.area.street] = Scope.LOCAL
        for area, scope in homes.items():
            belongs = signal.active and signal.scope == scope
            seen = signal if belongs else muted(signal)
            areas.setdefault(area, []).append(seen)
    return areas
