"""Sources by name, when they last reported, and which of them are silent for too long."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np

from models.detect.silence.rhythm import KEPT, LEAST, RARE, Silence
from models.monitors.reach import Reach
from models.timing.units import HOUR_S

DAY_H: Final = 24.0
LEAST_TAIL: Final = 0.25  # of the middle gap: no source is so regular that its gaps never vary
MOST_BEYOND: Final = 20.0  # e-folds: no past is long enough to promise more
MOST: Final = 20_000  # sources that are listened to; names that come later are not


@dataclass(frozen=True, kw_only=True)
class OverdueSource:
    """How long a source has been silent, in hours.

    Attributes
    ----------
    usual, longest : float
        Its middle gap, and the longest wait that is still usual for it.
    gaps : int
        Gaps that this rests on; 0 where the interval is the configured one.
    tail : float
        Mean excess of its gaps over the middle one: beyond the longest usual wait, a wait longer
        by so much is e times as rare.
    known_days : float
        For how long it was listened to.
    """

    source: str
    hours: float
    usual: float
    longest: float
    gaps: int
    tail: float = 0.0
    known_days: float = 0.0

    @property
    def excess(self) -> float:
        """Silence as a share of the longest that is usual."""
        return self.hours / self.longest

    @property
    def once_in_days(self) -> float:
        """By chance the source is silent for so long once in so many days; 0 without past gaps."""
        if not self.gaps:
            return 0.0
        beyond = (self.hours - self.longest) / max(self.tail, self.usual * LEAST_TAIL)
        return self.usual / DAY_H / (RARE * math.exp(-min(max(beyond, 0.0), MOST_BEYOND)))


class HeartbeatTracker:
    """The rhythms of all sources of one kind."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self._place: dict[str, int] = {}
        self._silence = Silence()

    def observe(self, names: Iterable[str], at_s: float) -> None:
        """Note that sources were active at an event time."""
        active = sorted(set(names))
        for name in active:
            if name not in self._place and len(self.names) < MOST:
                self._place[name] = len(self.names)
                self.names.append(name)
        known = [self._place[name] for name in active if name in self._place]
        places = np.array(known, dtype=np.int64)
        self._silence.observe(places, np.full(places.size, at_s))

    def rewind(self, now_s: float) -> None:
        """Take back what was reported later than a time."""
        self._silence.rewind(now_s)

    def overdue(self, now_s: float) -> list[OverdueSource]:
        """Tell who has been silent for too long at an event time, in the order of names."""
        if not self.names:
            return []
        silence = self._silence
        late = np.flatnonzero(silence.overdue(now_s))
        if not late.size:
            return []
        limits = silence.limit_s()
        waits = [self._wait(int(place), now_s, float(limits[place])) for place in late]
        return sorted(waits, key=lambda wait: wait.source)

    def reach(self) -> Reach:
        """Tell whether any source has reported often enough to be missed; a wait has no bound."""
        if (self._silence.count >= LEAST).any():
            return Reach()
        most = int(self._silence.count.max(initial=-1)) + 1
        why = f"a source is missed once it has reported {LEAST + 1} times, the best has {most}"
        return Reach(most=0.0, why=why)

    def to_bytes(self) -> tuple[list[str], bytes]:
        """Give the whole state."""
        return self.names, self._silence.to_bytes()

    @classmethod
    def from_bytes(cls, names: list[str], data: bytes) -> HeartbeatTracker:
        """Continue where `to_bytes` was called."""
        made = cls()
        made.names, made._silence = list(names), Silence.from_bytes(data)
        made._place = {name: place for place, name in enumerate(names)}
        return made

    def _wait(self, place: int, now_s: float, limit_s: float) -> OverdueSource:
        gaps = min(int(self._silence.count[place]), KEPT)
        last_s = float(self._silence.last_s[place])
        known = self._silence.gaps_s[:gaps, place]
        usual = float(np.median(known))
        return OverdueSource(
            source=self.names[place],
            hours=(now_s - last_s) / HOUR_S,
            usual=usual / HOUR_S,
            longest=limit_s / HOUR_S,
            gaps=gaps,
            tail=float(np.maximum(known - usual, 0).mean()) / HOUR_S,
            known_days=(last_s - float(self._silence.first_s[place])) / HOUR_S / DAY_H,
        )
