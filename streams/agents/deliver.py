"""District agent `deliver`: each change of a warning reaches its receiver, or is seen to have not.

A change is handed out once, again with growing pauses while its receipts say that it failed, and
given up after a day with a last receipt that says so. Without a receiver in the settings nothing
is handed out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from config.catalog import Catalog
from config.names import RECEIPTS, WARNINGS
from config.settings import Settings
from models.messages.warnings import Receipt, decode_receipt, decode_warning, encode_receipt
from models.warnings.outbox import DeliveryAttempt, Key, failed, handed_out, is_hopeless, retried
from streams.host.processor import AgentSpec, Deliver, Effect, Record, Send
from streams.host.refused import refused

REMEMBERED: Final = 1000  # settled changes that a repeat is still recognised by


class DeliverProcessor:
    """State of the agent: parcels on their way, and the newest settled ones.

    Parameters
    ----------
    city : str
        District code: key of the messages.
    has_receiver : bool
        Whether the settings name a receiver.
    """

    def __init__(self, city: str, *, has_receiver: bool) -> None:
        self._city = city.encode()
        self._has_receiver = has_receiver
        self._parcels: dict[Key, DeliveryAttempt] = {}
        self._settled: dict[Key, None] = {}  # in the order of settling
        self._changed: set[Key] = set()
        self._has_settled = False

    def apply(self, record: Record) -> Sequence[Effect]:
        """Hand out a new change, or take a receipt in."""
        try:
            if record.topic == RECEIPTS:
                self._receipt(decode_receipt(record.value))
                return ()
            warning = decode_warning(record.value)
        except msgspec.MsgspecError as error:
            return (refused(record, f"neither warning nor receipt: {error}"),)
        key = (warning.id, warning.revision)
        if warning.held or not self._has_receiver or key in self._parcels or key in self._settled:
            return ()
        self._put(key, DeliveryAttempt(warning=record.value))
        return (Deliver(record.value),)

    def tick(self, now_ms: int) -> Sequence[Effect]:
        """Hand out again what is due, and give up what is hopeless."""
        effects: list[Effect] = []
        for key, parcel in list(self._parcels.items()):
            if parcel.next_ms == 0:
                self._put(key, handed_out(parcel, now_ms))
            elif is_hopeless(parcel, now_ms):
                effects.append(self._give_up(key, parcel, now_ms))
            elif parcel.next_ms <= now_ms:
                self._put(key, retried(parcel, now_ms))
                effects.append(Deliver(parcel.warning))
        return effects

    def changes(self) -> Mapping[bytes, bytes | None]:
        """Give the parcels that changed, and the settled ones."""
        fields: dict[bytes, bytes | None] = {}
        for key in sorted(self._changed):
            parcel = self._parcels.get(key)
            name = f"parcel/{key[1]}/{key[0]}".encode()
            fields[name] = None if parcel is None else msgspec.msgpack.encode(parcel)
        if self._has_settled:
            fields[b"settled"] = msgspec.msgpack.encode(list(self._settled))
        self._changed, self._has_settled = set(), False
        return fields

    def restore(self, fields: Mapping[bytes, bytes]) -> None:
        """Load all state."""
        for name, data in fields.items():
            if name == b"settled":
                self._settled = dict.fromkeys(msgspec.msgpack.decode(data, type=list[Key]))
                continue
            _, revision, warning = name.decode().split("/", 2)
            self._parcels[warning, int(revision)] = msgspec.msgpack.decode(
                data, type=DeliveryAttempt
            )

    def _receipt(self, receipt: Receipt) -> None:
        """Settle a parcel, or plan its next try."""
        key = (receipt.warning, receipt.revision)
        parcel = self._parcels.get(key)
        if parcel is None:
            return
        if receipt.delivered or receipt.gave_up:
            self._settle(key)
        else:
            self._put(key, failed(parcel, receipt))

    def _give_up(self, key: Key, parcel: DeliveryAttempt, now_ms: int) -> Send:
        """Write the last receipt of a parcel."""
        self._settle(key)
        last = Receipt(
            warning=key[0],
            revision=key[1],
            channel="webhook",
            receiver="",
            attempt=parcel.attempts,
            delivered=False,
            status=0,
            detail=f"given up after {parcel.attempts} tries in a day",
            sent_ms=parcel.first_ms,
            answered_ms=now_ms,
            gave_up=True,
        )
        return Send(RECEIPTS, self._city, encode_receipt(last))

    def _put(self, key: Key, parcel: DeliveryAttempt) -> None:
        """Keep a parcel as it is now."""
        self._parcels[key] = parcel
        self._changed.add(key)

    def _settle(self, key: Key) -> None:
        """Let a parcel go, and remember that it was there."""
        del self._parcels[key]
        self._changed.add(key)
        self._settled[key] = None
        while len(self._settled) > REMEMBERED:
            del self._settled[next(iter(self._settled))]
        self._has_settled = True


def spec(catalog: Catalog, settings: Settings) -> AgentSpec:
    """Describe the agent."""
    city, has_receiver = catalog.city.code, bool(settings.webhook_url)
    return AgentSpec(
        "deliver",
        "district",
        (WARNINGS, RECEIPTS),
        lambda _: DeliverProcessor(city, has_receiver=has_receiver),
    )
