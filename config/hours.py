"""Hours of a day as people write them: `08:30-18:00`, also past midnight."""

from __future__ import annotations

from typing import Final

DAY_MIN: Final = 1440


def hours_text(text: str) -> str:
    """Check `HH:MM-HH:MM`, which may pass midnight."""
    if span_of(text) is None:
        msg = f"expected hours such as 08:30-18:00 or 18:00-08:30, found {text!r}"
        raise ValueError(msg)
    return text


def span_of(text: str) -> tuple[int, int] | None:
    """Give the minute of the day at which hours begin, and how many minutes they last.

    Examples
    --------
    >>> span_of("18:00-08:30"), span_of("08:30-08:30"), span_of("8 to 6")
    ((1080, 870), (510, 1440), None)
    """
    try:
        (h1, m1), (h2, m2) = (map(int, part.split(":")) for part in text.split("-"))
    except ValueError:
        return None
    begin, end = h1 * 60 + m1, h2 * 60 + m2
    if not (0 <= begin < DAY_MIN and 0 <= end <= DAY_MIN and 0 <= m1 < 60 and 0 <= m2 < 60):
        return None
    return begin, (end - begin) % DAY_MIN or DAY_MIN
