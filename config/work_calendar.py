"""When people of a city work, and which steps of a case it records."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from config.place import Strict


def _shift(text: str) -> str:
    """Check `HH:MM-HH:MM`."""
    start, end = _minutes(text)
    if not 0 <= start < end <= 1440:
        msg = f"expected a shift such as 08:30-12:00, found {text!r}"
        raise ValueError(msg)
    return text


def _minutes(text: str) -> tuple[int, int]:
    try:
        (h1, m1), (h2, m2) = (part.split(":") for part in text.split("-"))
        return int(h1) * 60 + int(m1), int(h2) * 60 + int(m2)
    except ValueError:
        return -1, -1


ShiftText = Annotated[str, AfterValidator(_shift)]


class WorkCalendar(Strict):
    """`calendar.yaml`: when people work, and which steps this city records.

    Attributes
    ----------
    holidays : {"china", "none"}
        Public holidays and 调休 of mainland China, or weekends only.
    overrides : dict of date to bool
        Days on which the city itself decided; true is worked.
    steps : tuple of str or None
        Steps that are recorded; None: all. What is never recorded is never missed.
    actors : bool
        Whether each step names who took it.
    open_departments, open_categories : bool
        Whether names that stand in no registry are accepted unflagged.
    ignores_case : bool
        Whether the names of departments compare without regard to case, besides Unicode NFC and
        blanks around them, which never make a difference.
    """

    source: Annotated[str, Field(min_length=3)]  # where the calendar comes from
    holidays: Literal["china", "none"]
    # working hours of a day, [from, to] each
    shifts: Annotated[tuple[ShiftText, ...], Field(min_length=1)]
    # working hours of the urgent clock
    urgent_shifts: Annotated[tuple[ShiftText, ...], Field(min_length=1)] = ("00:00-24:00",)
    overrides: dict[date, bool] = Field(default={})
    steps: tuple[str, ...] | None = None
    actors: bool = True
    open_departments: bool = False
    open_categories: bool = False
    ignores_case: bool = False

    @property
    def shift_minutes(self) -> tuple[tuple[int, int], ...]:
        """Shifts as minutes of the day."""
        return tuple(_minutes(text) for text in self.shifts)

    @property
    def urgent_minutes(self) -> tuple[tuple[int, int], ...]:
        """Shifts of urgent work as minutes of the day."""
        return tuple(_minutes(text) for text in self.urgent_shifts)
