"""The tag of a case: to which event it belongs, in which phase, at which objects."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import msgspec

from config.events import PhaseKind

NORMAL: Final = "normal"
URGENT: Final = "urgent"
PRIORITIES: Final = (URGENT, "raised", NORMAL)  # the first comes first in every list


class EventTag(msgspec.Struct, frozen=True, kw_only=True):
    """One event that a case belongs to.

    Attributes
    ----------
    event : str
        Name of its file.
    tag : str
        The word that is shown.
    phase : PhaseKind
        Rehearsal or live, by the time at which the case began.
    objects : tuple of str
        Objects in whose geometry it lies, in the order of the file.
    levels : tuple of str
        Their levels, each once.
    priority : str
    """

    event: str
    tag: str
    phase: PhaseKind
    objects: tuple[str, ...]
    levels: tuple[str, ...]
    priority: str

    @property
    def is_exercise(self) -> bool:
        """Whether it belongs to a rehearsal (演练): it is counted apart."""
        return self.phase is PhaseKind.REHEARSAL


def priority_of(tags: Iterable[EventTag]) -> str:
    """Give the highest priority of several events; normal without any.

    Examples
    --------
    >>> priority_of(())
    'normal'
    """
    return min((tag.priority for tag in tags), key=PRIORITIES.index, default=NORMAL)
