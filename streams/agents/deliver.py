"""District agent `deliver`: each change of a warning reaches its receivers, or is reported as lost.

The outbox (`models.warnings.outbox`) decides what is tried when, and is part of the checkpoint. A
try leaves as an effect; its receipt comes back as a record of the topic `receipts`. Who is told
stands on the topic `subscriptions`, in the city's file, and in the setting of the one webhook.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from config.catalog import Catalog
from config.names import RECEIPTS, SIGNALS, SUBSCRIPTIONS, WARNINGS
from config.settings import Settings
from models.messages.envelope import encode
from models.messages.receipts import DeliverAgain, Receipt
from models.messages.signals import SignalBatch
from models.messages.subscriptions import Subscription
from models.messages.warnings import CityWarning
from models.rules.contract import kind_of
from models.warnings.outbox import Outbox
from models.warnings.routing import Router
from models.warnings.subscribers import Subscribers, own_subscriptions
from streams.host.processor import AgentSpec, Deliver, Effect, Record, Send

UNREACHED: Final = b"unreached/"


class DeliverProcessor:
    """State of the agent: who is told, and its outbox.

    Parameters
    ----------
    catalog : Catalog
    own : sequence of Subscription
        Those of the city's file and of the settings.
    """

    def __init__(self, catalog: Catalog, own: Sequence[Subscription]) -> None:
        self._city = catalog.city.code.encode()
        self._subscribers = Subscribers(Router(catalog), own)
        self._outbox = Outbox(self._subscribers)
        found = (kind_of(r).receiver_monitor(r, catalog.city.code) for r in catalog.rules.values())
        self._watching = [each for each in found if each is not None]

    def apply(self, record: Record) -> Sequence[Effect]:
        """Take in a change, the receipt of a try, or a subscription."""
        if record.is_tombstone:
            self._outbox.note(record.published_ms)
            name = record.key.decode(errors="replace")
            self._subscribers.remove(name)
            return self._let_go(name, record.published_ms)
        match record.decode():
            case Receipt() as receipt:
                self._outbox.answer(receipt, record.published_ms)
                if receipt.is_gone:
                    self._subscribers.gone(receipt.receiver)
                return self._said(each.apply(receipt) for each in self._watching)
            case CityWarning() as change:
                self._outbox.add(change, record.published_ms)
            case Subscription() as subscription:
                self._outbox.note(record.published_ms)
                self._subscribers.apply(subscription)
                if subscription.is_ended:
                    return self._let_go(subscription.id, record.published_ms)
            case DeliverAgain() as order:
                self._subscribers.back(order.receiver)
                self._outbox.again(order.warning, order.receiver, record.published_ms)
        return ()

    def tick(self, now_ms: int) -> Sequence[Effect]:
        """Hand out what is due, and give up what failed to the end of the schedule."""
        attempts, given_up = self._outbox.due(now_ms)
        effects: list[Effect] = []
        for each in attempts:
            to = self._subscribers.get(each.receiver)
            assert to is not None  # the outbox asked whether it is served
            effects.append(Deliver(each.changes, to, each.attempt, self._city, each.earlier))
        return [*effects, *(Send(RECEIPTS, self._city, encode(last)) for last in given_up)]

    def changes(self) -> Mapping[bytes, bytes | None]:
        """Give the changes with open deliveries, the settled ones, and the subscriptions."""
        fields = self._outbox.changes() | self._subscribers.changes()
        for each in self._watching:
            if each.is_changed:
                fields[UNREACHED + each.name.encode()] = each.to_bytes()
        return fields

    def restore(self, fields: Mapping[bytes, bytes]) -> None:
        """Load all state."""
        self._outbox.restore(fields)
        self._subscribers.restore(fields)
        for each in self._watching:
            if data := fields.get(UNREACHED + each.name.encode()):
                each.restore(data)

    def _let_go(self, receiver: str, now_ms: int) -> Sequence[Effect]:
        """Forget the receivers that are sent nothing any more."""
        return self._said(each.forget(receiver, now_ms) for each in self._watching)

    def _said(self, batches: Iterable[SignalBatch | None]) -> Sequence[Effect]:
        return [Send(SIGNALS, self._city, encode(batch)) for batch in batches if batch is not None]


def spec(catalog: Catalog, settings: Settings) -> AgentSpec:
    """Describe the agent.

    Raises
    ------
    ConfigError
        The address of the webhook is not valid.
    """
    own = list(own_subscriptions(catalog, settings))
    return AgentSpec(
        "deliver",
        "district",
        (WARNINGS, RECEIPTS, SUBSCRIPTIONS),
        lambda _: DeliverProcessor(catalog, own),
        sends=(RECEIPTS, SIGNALS),
    )
