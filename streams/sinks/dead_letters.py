"""Where records go that were not accepted: `dead-letters`, and `late` for those past their time."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from models.messages.dead_letters import Rejected
from models.messages.envelope import encode


def send_rejected(
    send: Callable[[str, bytes, bytes], None], topic: str, rejected: Iterable[Rejected]
) -> None:
    """Send records that were set aside, those of one raw partition in their order.

    Parameters
    ----------
    send : callable
        Takes topic, key and value.
    topic : str
        `names.DEAD_LETTERS` or `names.LATE`.
    rejected : iterable of Rejected
    """
    for record in rejected:
        send(topic, f"{record.topic}/{record.partition}".encode(), encode(record))
