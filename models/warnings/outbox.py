"""When a change of a warning is handed out again: pure bookkeeping, told the time by its caller."""

from __future__ import annotations

from typing import Final

import msgspec

from models.messages.warnings import Receipt

FIRST_WAIT_MS: Final = 5_000
LONGEST_WAIT_MS: Final = 900_000
ANSWER_MS: Final = 60_000  # no receipt after so long: it is lost, try again
GIVE_UP_MS: Final = 86_400_000

Key = tuple[str, int]  # id and revision of a warning


class DeliveryAttempt(msgspec.Struct, frozen=True, kw_only=True):
    """One change of a warning on its way.

    Attributes
    ----------
    warning : bytes
        As on the topic `warnings`.
    attempts : int
        Times it was handed out.
    first_ms, next_ms : int
        Wall clock of the first try, and before which it is not tried again; 0 until the first
        tick after it was handed out.
    """

    warning: bytes
    attempts: int = 1
    first_ms: int = 0
    next_ms: int = 0


def wait_ms(attempts: int) -> int:
    """Time from a failed try to the next one: doubled each time, up to a quarter of an hour.

    Examples
    --------
    >>> [wait_ms(n) // 1000 for n in (1, 2, 3, 20)]
    [5, 10, 20, 900]
    """
    return min(FIRST_WAIT_MS << min(attempts - 1, 20), LONGEST_WAIT_MS)


def handed_out(parcel: DeliveryAttempt, now_ms: int) -> DeliveryAttempt:
    """Start its clock at the first tick after it was handed out."""
    first_ms = parcel.first_ms or now_ms
    return msgspec.structs.replace(parcel, first_ms=first_ms, next_ms=now_ms + ANSWER_MS)


def failed(parcel: DeliveryAttempt, receipt: Receipt) -> DeliveryAttempt:
    """Take in that a try failed."""
    first_ms = parcel.first_ms or receipt.sent_ms
    next_ms = receipt.answered_ms + wait_ms(parcel.attempts)
    return msgspec.structs.replace(parcel, first_ms=first_ms, next_ms=next_ms)


def is_hopeless(parcel: DeliveryAttempt, now_ms: int) -> bool:
    """Tell whether it has been tried for a day."""
    return parcel.first_ms > 0 and now_ms - parcel.first_ms >= GIVE_UP_MS


def retried(parcel: DeliveryAttempt, now_ms: int) -> DeliveryAttempt:
    """Count one more try."""
    return handed_out(msgspec.structs.replace(parcel, attempts=parcel.attempts + 1), now_ms)
