"""Deliveries for the command line: what became of each, and asking for one more try."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

import msgspec
from kafka.errors import KafkaError

from config import names
from config.errors import InputError, ServerUnavailable
from config.settings import Settings
from models.messages.envelope import MalformedMessage, encode
from models.messages.receipts import DeliverAgain, Receipt
from models.messages.topics import decode
from models.messages.warnings import CityWarning
from ops.kafka import clients
from ops.kafka.rights import require
from ops.kafka.topic_reader import read_values

_ANSWER_S: Final = 10.0


class DeliveryState(msgspec.Struct, frozen=True, kw_only=True):
    """How the delivery of one change to one receiver stands.

    Attributes
    ----------
    state : str
        `delivered`, `failing` (it is tried again) or `gave-up`.
    tries : int
    """

    warning: str
    revision: int
    receiver: str
    channel: str
    state: str
    tries: int
    status: int
    detail: str
    answered_ms: int


def receipts(settings: Settings, warning: str = "") -> list[Receipt]:
    """Give the receipts of one warning, or of all, in the order they were written.

    Raises
    ------
    ServerUnavailable
        Kafka did not answer, or has no such topic.
    """
    return [
        each
        for each in _read(settings, names.RECEIPTS)
        if isinstance(each, Receipt) and warning in ("", each.warning)
    ]


def states(found: Iterable[Receipt]) -> list[DeliveryState]:
    """Bring receipts together by change and receiver; what is failing first, then by time."""
    newest: dict[tuple[str, int, str], DeliveryState] = {}
    for receipt in found:
        key = receipt.warning, receipt.revision, receipt.receiver
        known = newest.get(key)
        if known is None or known.state != "delivered":
            newest[key] = _state(receipt, known)
    order = {"gave-up": 0, "failing": 1, "delivered": 2}
    return sorted(newest.values(), key=lambda each: (order[each.state], each.answered_ms))


def ask_again(settings: Settings, district: str, order: DeliverAgain) -> None:
    """Ask for a delivery to be tried again.

    Raises
    ------
    ServerUnavailable
        Kafka did not take the order.
    """
    require(settings, writes=[names.RECEIPTS])
    with clients.writer(settings, _ANSWER_S) as producer:
        try:
            sent = producer.send(names.RECEIPTS, value=encode(order), key=district.encode())
            sent.get(_ANSWER_S)
        except KafkaError as error:
            msg = f"Kafka did not take the order: {error}"
            raise ServerUnavailable(msg) from None


def revisions(settings: Settings, warning: str) -> dict[int, CityWarning]:
    """Give the changes of a warning by revision.

    Raises
    ------
    InputError
        There is none.
    """
    found = {
        each.revision: each
        for each in _read(settings, names.WARNINGS)
        if isinstance(each, CityWarning) and each.id == warning
    }
    if not found:
        msg = f"there is no warning {warning!r}; `gridpulse warnings list --all` names them"
        raise InputError(msg)
    return found


def _state(receipt: Receipt, known: DeliveryState | None) -> DeliveryState:
    undone = "gave-up" if receipt.gave_up else "failing"
    return DeliveryState(
        warning=receipt.warning,
        revision=receipt.revision,
        receiver=receipt.receiver,
        channel=receipt.channel or (known.channel if known else ""),
        state="delivered" if receipt.delivered else undone,
        tries=max(receipt.attempt, known.tries if known else 0),
        status=receipt.status or (known.status if known else 0),
        detail=receipt.detail,
        answered_ms=receipt.answered_ms,
    )


def _read(settings: Settings, topic: str) -> Iterator[object]:
    """Read the messages of a topic; a record that is not valid is skipped."""
    for value in read_values(settings, topic):
        try:
            yield decode(topic, value)
        except MalformedMessage:
            continue
