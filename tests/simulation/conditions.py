"""What signals alone did to warnings: that is the same whatever people do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from config.names import WARNINGS
from models.messages.warnings import CityWarning, Life, LifeState, Reason
from tests.simulation.readable import readable

Changes = dict[tuple[str, int], CityWarning]
_BY_OTHERS: Final = frozenset(
    {Reason.COMMAND, Reason.EXPIRED, Reason.SUPERSEDED, Reason.UNANSWERED}
)


def by_signals(changes: Mapping[tuple[str, int], CityWarning]) -> Changes:
    """Leave out what people and time did, number the rest anew, and take the life off.

    Whether an older warning was still to be closed when a newer one came depends on people.
    """
    counts: Counter[str] = Counter()
    found = Changes()
    for (name, _), change in sorted(changes.items()):
        if change.reason not in _BY_OTHERS:
            found[name, counts[name]] = msgspec.structs.replace(
                change, revision=counts[name], life=Life(), state=LifeState.NORMAL
            )
            counts[name] += 1
    return found


def any_unanswered(values: Iterable[bytes]) -> bool:
    """Tell whether a warning went higher by the wall clock, as nobody had answered it in time."""
    told = readable(values, WARNINGS, CityWarning)
    return any(change.reason is Reason.UNANSWERED for change in told)
