"""Which of three numbers of a date is the day, the month and the year: proven, or refused."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Final

from models.feeds.times.stamp import Shape, Stamp, UnclearTimes, century

ORDERS: Final = {  # order → where year, month and day stand
    "dmy": (2, 1, 0),
    "mdy": (2, 0, 1),
    "ymd": (0, 1, 2),
}
SPOKEN: Final = {"dmy": "day first", "mdy": "month first", "ymd": "year first"}


def order_of(stamps: Sequence[Stamp], others: Iterable[Stamp] = ()) -> str:
    """Find the one order in which the dates of a column are dates.

    A date that is one in a single order decides. Where the column itself does not decide, columns
    of the same file with the same make do. Points between the numbers and a year of four digits
    mean the day first: nobody writes the month first so.

    Parameters
    ----------
    stamps : sequence of Stamp
        Of the shapes `YEAR_LAST` and `TWO_DIGIT`, all of one shape; distinct.
    others : iterable of Stamp
        Of other columns of the file.

    Raises
    ------
    UnclearTimes
        Two orders are possible, or some dates are one only day first and others only month first.
    """
    shape, signs = stamps[0].shape, {stamp.sign for stamp in stamps}
    orders = ("dmy", "mdy") if shape is Shape.YEAR_LAST else ("dmy", "mdy", "ymd")
    possible = _possible(stamps, orders)
    if len(possible) > 1 and shape is Shape.YEAR_LAST and signs == {"."} and "dmy" in possible:
        return "dmy"
    if len(possible) > 1 and not _differ(stamps, possible):
        return possible[0]
    if len(possible) > 1:
        alike = [other for other in others if other.shape is shape and other.sign in signs]
        possible = _possible(alike, possible) if alike else possible
    if len(possible) == 1:
        return possible[0]
    example = stamps[0]
    text = example.sign.join(f"{number:02}" for number in example[1:4])
    spoken = " or ".join(SPOKEN[order] for order in possible)
    msg = f"dates such as {text} may be {spoken}"
    raise UnclearTimes(msg, possible)


def can_be(stamp: Stamp) -> bool:
    """Tell whether a stamp is a date in any order; other shapes always can be."""
    if stamp.shape not in (Shape.YEAR_LAST, Shape.TWO_DIGIT):
        return True
    return any(_is_date(*date_in(stamp, order)) for order in ORDERS)


def date_in(stamp: Stamp, order: str) -> tuple[int, int, int]:
    """Year, month and day of a stamp in an order."""
    numbers = (stamp.first, stamp.second, stamp.third)
    year, month, day = (numbers[at] for at in ORDERS[order])
    return (year if year > 99 else century(year)), month, day


def _possible(stamps: Sequence[Stamp], orders: Sequence[str]) -> tuple[str, ...]:
    """Orders that no date rules out; a text that is not a date in any order is ignored.

    Raises
    ------
    UnclearTimes
        Each order is ruled out by some date: two makes in one column.
    """
    left = set(orders)
    for stamp in stamps:
        if fits := {order for order in orders if _is_date(*date_in(stamp, order))}:
            left &= fits
    if not left:
        msg = "some dates can only be day first and others only month first"
        raise UnclearTimes(msg, tuple(orders))
    return tuple(order for order in orders if order in left)


def _differ(stamps: Sequence[Stamp], orders: Sequence[str]) -> bool:
    """Tell whether the orders give different dates at all."""
    return any(len({date_in(stamp, order) for order in orders}) > 1 for stamp in stamps)


def _is_date(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True
