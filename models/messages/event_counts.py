"""Cases of a major event as counts, a part of the summaries of street partitions."""

from __future__ import annotations

import msgspec

from models.messages.bounds import Count


class EventCounts(msgspec.Struct, frozen=True, array_like=True):
    """Cases of one major event in one phase at one object, or at all (`object` empty).

    Attributes
    ----------
    event, phase, object : str
    tagged : int
        Cases that began in the phase inside the geometry.
    filed, closed, closed_late, open, cancelled : int
        Of them; a case that was never filed is only tagged.
    overdue : int
        Open past their limit, the held ones apart.
    """

    event: str
    phase: str
    object: str
    tagged: Count
    filed: Count
    closed: Count
    closed_late: Count
    open: Count
    cancelled: Count
    overdue: Count = 0
