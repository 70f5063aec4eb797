"""What the outbox remembers of one change of a warning."""

from __future__ import annotations

import msgspec

from models.messages.receipts import FailedTry, Receipt
from models.messages.warnings import CityWarning
from models.warnings.delivery_queue import Key


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """One change on its way to one receiver.

    Attributes
    ----------
    attempts, failures : int
        Times it was handed out, and came back undone.
    next_ms, first_ms : int
        Wall clock before which it is not tried (again), and at all.
    is_together : bool
        It was kept back, and goes with others that were.
    failed : tuple of FailedTry
        The tries that came back undone.
    """

    attempts: int = 0
    failures: int = 0
    next_ms: int
    first_ms: int
    is_together: bool = False
    failed: tuple[FailedTry, ...] = ()


class Entry(msgspec.Struct, kw_only=True):
    """One change of a warning.

    Attributes
    ----------
    warning : CityWarning or None
        None once nothing is open, and before it came.
    published_ms : int
        Wall clock at which it was published.
    is_routed : bool
        Its receivers are found.
    is_over : bool
        The end of its warning has been published since.
    open : dict of str to Delivery
        By receiver.
    settled : list of str
        Receivers with a last receipt that came before it was routed.
    settled_ms : int
        When nothing was open any more.
    """

    warning: CityWarning | None = None
    published_ms: int = 0
    is_routed: bool = False
    is_over: bool = False
    open: dict[str, Delivery] = {}
    settled: list[str] = []
    settled_ms: int = 0


def given_up(key: Key, entry: Entry, why: str, now_ms: int) -> Receipt:
    """Write the last receipt of a delivery."""
    delivery = entry.open[key[2]]
    return Receipt(
        warning=key[0],
        revision=key[1],
        channel="",
        receiver=key[2],
        attempt=delivery.attempts,
        delivered=False,
        status=0,
        detail=f"given up: {why}",
        sent_ms=entry.published_ms,
        answered_ms=now_ms,
        gave_up=True,
        earlier=list(delivery.failed),
    )
