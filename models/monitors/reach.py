"""How far a rule could come with the history at hand: which of its levels could not be reached."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from config.catalog import LevelName

ENDLESS: Final = float("inf")


@dataclass(frozen=True)
class Reach:
    """The most that a rule could find.

    Attributes
    ----------
    most : float
        On the scale of the levels that it is compared with.
    modelled : float
        What it would be with a history long enough; the same where history does not bound it.
    why : str
        Why it is not more; empty where nothing bounds it.
    """

    most: float = ENDLESS
    modelled: float = 0.0
    why: str = ""


def unreachable(levels: Mapping[LevelName, float], reach: Reach) -> Iterator[tuple[LevelName, str]]:
    """Give the levels that begin beyond what could be found, with the reason.

    Examples
    --------
    >>> list(unreachable({"blue": 30, "red": 3650}, Reach(most=90, why="5 days of history")))
    [('red', 'begins at 3650, at most 90 can be reached: 5 days of history')]
    """
    for name, begin in levels.items():
        if begin > reach.most:
            yield name, f"begins at {begin:g}, at most {reach.most:.3g} can be reached: {reach.why}"
