"""The close-out of major events; what counts the archive and writes the report is handed in."""

from __future__ import annotations

from typing import Protocol

import msgspec

from config.catalog import Text


class CloseOutFigures(msgspec.Struct, frozen=True, kw_only=True):
    """What an event came to, by the archive of cases.

    Attributes
    ----------
    at_ms, live_ends_ms : int
        Moment for which it counts, and the end of the live phases.
    cases : int
        Cases of the archive that had begun by then, of the event or not.
    percent : float or None
        Closed of filed; None where none was filed.
    definitions : dict of str to Text
        What each figure means.
    """

    event: str
    title: Text
    at_ms: int
    live_ends_ms: int
    objects: int
    cases: int
    tagged: int
    filed: int
    closed: int
    open: int
    overdue: int
    closed_late: int
    percent: float | None
    definitions: dict[str, Text]
    source: str

    @property
    def is_early(self) -> bool:
        """Whether the event was not over at the moment for which it counts."""
        return self.at_ms < self.live_ends_ms


class CloseOuts(Protocol):
    """Gives close-outs; each raises `GridpulseError` where the archive cannot say it.

    `clock_ms` is the time up to which the pages show. An event is counted as it stood at the end of
    its live phases; while that lies ahead, as it stands by the clock.
    """

    def figures(self, event: str, clock_ms: int) -> CloseOutFigures:
        """Give the figures of an event."""
        ...

    def page(self, event: str, clock_ms: int, language: str) -> str:
        """Give the report as one page of HTML."""
        ...

    def document(self, event: str, clock_ms: int, language: str) -> bytes:
        """Give the report as PDF."""
        ...
