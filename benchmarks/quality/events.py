"""Rises of dust that are laid over a record, and what came of each try."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.detect.contract import DepartureScope, Floats

LENGTH_H: Final = 6
WITHIN_H: Final = 2
SIZES: Final = (0.5, 1.0, 2.0, 4.0)  # rise, as a share of the station's own coarse dust
AMOUNTS: Final = (50.0, 100.0, 200.0)  # rise in µg/m³: what a site adds whatever the air is like
RISES: Final = (*((True, size) for size in SIZES), *((False, amount) for amount in AMOUNTS))
SHAPES: Final[dict[str, Floats]] = {
    "step": np.ones(LENGTH_H),
    "ramp": np.linspace(0.5, 1.5, LENGTH_H),
    "bursts": np.array([1.5, 0.5, 1.5, 0.5, 1.5, 0.5]),
}

Scopes = NDArray[np.uint8]
Bools = NDArray[np.bool_]


def rise_name(rise: float, *, is_share: bool) -> str:
    """Name a rise.

    Examples
    --------
    >>> rise_name(0.5, is_share=True), rise_name(50.0, is_share=False)
    ('+50%', '+50 µg/m³')
    """
    return f"+{rise:.0%}" if is_share else f"+{rise:.0f} µg/m³"


@dataclass(frozen=True, kw_only=True)
class Event:
    """A rise laid over the record: by a share of the value, or by an amount."""

    shape: str
    rise: float
    is_share: bool
    is_regional: bool

    @property
    def name(self) -> str:
        """What the table calls it."""
        where = "all stations" if self.is_regional else "one station"
        return f"{where}, {self.shape}, {rise_name(self.rise, is_share=self.is_share)}"

    def laid_over(self, values: Floats, station: int) -> Floats:
        """Give the hours of the event, shape (LENGTH_H, stations), with the rise in them."""
        risen = values.copy()
        where = slice(None) if self.is_regional else slice(station, station + 1)
        shape = self.rise * SHAPES[self.shape][:, None]
        base = np.maximum(values[:, where], 0.0)
        risen[:, where] = base * (1 + shape) if self.is_share else base + shape
        return risen


def events() -> Iterator[Event]:
    """All kinds of events that are tried."""
    for shape in SHAPES:
        for is_share, rise in RISES:
            yield Event(shape=shape, rise=rise, is_share=is_share, is_regional=False)
    for is_share, rise in RISES:
        yield Event(shape="step", rise=rise, is_share=is_share, is_regional=True)


@dataclass(kw_only=True)
class Tally:
    """What came of the tries with one kind of event; one entry a try.

    Attributes
    ----------
    before : list of ndarray, shape (hours, stations hit)
        Scores without the event, whether or not the values are high enough to count.
    scores : list of ndarray, shape (hours, stations hit)
        Scores that count, with the event; NaN where none does.
    scopes : list of ndarray, shape (hours, stations hit)
        With the event.
    everywhere : list of ndarray, shape (hours, 1)
        Whether the event raised most of the stations in this hour; half more of nothing does not.
    """

    before: list[Floats] = field(default_factory=list)
    scores: list[Floats] = field(default_factory=list)
    scopes: list[Scopes] = field(default_factory=list)
    everywhere: list[Bools] = field(default_factory=list)

    def add(self, before: Floats, scores: Floats, scopes: Scopes, everywhere: Bools) -> None:
        """Take up a try."""
        self.before.append(before)
        self.scores.append(scores)
        self.scopes.append(scopes)
        self.everywhere.append(everywhere)

    def found(self, threshold: float) -> float:
        """Share of events with an alarm in time, whatever its label."""
        return float(np.mean([(one[:WITHIN_H] >= threshold).any() for one in self.scores]))

    def found_local(self, threshold: float) -> float:
        """Share of events with a local alarm in time."""
        pairs = zip(self.scores, self.scopes, strict=True)
        hits = [(s >= threshold) & (scope == DepartureScope.LOCAL) for s, scope in pairs]
        return float(np.mean([hit[:WITHIN_H].any() for hit in hits]))

    def labelled(
        self, scope: DepartureScope, threshold: float, *, is_everywhere: bool = True
    ) -> float:
        """Share of the alarms that the events brought about which have this label; NaN if none.

        Only hours in which the event raised most stations count, unless told otherwise.
        """
        labels = [
            scopes[(scores >= threshold) & ~(before >= threshold) & (wide | (not is_everywhere))]
            for before, scores, scopes, wide in zip(
                self.before, self.scores, self.scopes, self.everywhere, strict=True
            )
        ]
        flat = np.concatenate(labels) if labels else np.zeros(0)
        return float(np.mean(flat == scope)) if flat.size else float("nan")
