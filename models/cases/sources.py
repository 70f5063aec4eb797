"""Sources that an event shows to be active: the beat that found it, the department that acts."""

from __future__ import annotations

from typing import Final

from models.grid.codes import district_code, street_code
from models.messages.case_events import CaseEvent, EventType
from models.messages.panes import Voice

DEPARTMENT: Final = "department"  # the role


def active_sources(event: CaseEvent) -> list[Voice]:
    """Name the beat of a report and the department of a department's step.

    A beat belongs to its street, a department to the whole district.
    """
    spoken: list[Voice] = []
    if event.type is EventType.REPORTED and event.beat:
        spoken.append(("beats", street_code(event.cell), event.beat))
    if event.role == DEPARTMENT and event.department:
        spoken.append(("departments", district_code(event.cell), event.department))
    return spoken
