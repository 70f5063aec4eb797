"""What an outbox remembers: changes with open deliveries, and that the others were there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

import msgspec

from models.messages.warnings import CityWarning
from models.warnings.delivery_queue import Key
from models.warnings.outbox_entry import Delivery, Entry

MOST_SETTLED: Final = 20_000
_CHANGE: Final = b"change/"

Change = tuple[str, int]  # warning and revision


class OutboxState:
    """Entries by change; what changed of them is saved.

    Attributes
    ----------
    since_ms : int
        Wall clock at which this state began with nothing.
    unrouted : dict of Change
        Changes whose receivers are still to be found, in their order.
    """

    def __init__(self) -> None:
        self.since_ms = 0
        self.unrouted: dict[Change, None] = {}
        self._entries: dict[Change, Entry] = {}
        self._revisions: dict[str, set[int]] = {}  # of the changes of a warning that are kept whole
        self._waiting: dict[str, dict[Key, None]] = {}  # open deliveries, by receiver
        self._settled: dict[Change, int] = {}  # when, in the order of settling
        self._changed: set[Change] = set()
        self._saved_since_ms = 0

    def entry(self, name: Change) -> Entry | None:
        """Give what is known of a change."""
        return self._entries.get(name)

    def delivery(self, key: Key) -> Delivery | None:
        """Give an open delivery."""
        entry = self._entries.get(key[:2])
        return entry.open.get(key[2]) if entry else None

    def deliveries(self) -> Iterator[tuple[Key, Delivery]]:
        """Give all that are open."""
        for name, entry in self._entries.items():
            for receiver, delivery in list(entry.open.items()):
                yield (*name, receiver), delivery

    def waiting(self, receiver: str) -> Mapping[Key, None]:
        """Give the open deliveries of a receiver, the oldest first."""
        return self._waiting.get(receiver, {})

    def keep(self, name: Change, entry: Entry) -> None:
        """Put an entry in, or note that it changed."""
        self._entries[name] = entry
        self._changed.add(name)
        if entry.warning is not None:
            self._revisions.setdefault(name[0], set()).add(name[1])

    def put(self, key: Key, delivery: Delivery) -> None:
        """Open a delivery of a change that is kept, or note how it stands."""
        self._entries[key[:2]].open[key[2]] = delivery
        self._changed.add(key[:2])
        self._waiting.setdefault(key[2], {})[key] = None

    def settle(self, key: Key, at_ms: int) -> None:
        """Drop a delivery; of the last one of a change only that it is settled is kept."""
        self._waiting.get(key[2], {}).pop(key, None)
        entry = self._entries[key[:2]]
        entry.open.pop(key[2], None)
        self._changed.add(key[:2])
        if not entry.open:
            self.finish(key[:2], at_ms)

    def settle_early(self, key: Key, at_ms: int) -> None:
        """Remember a last receipt that came before its change was routed."""
        entry = self._entries.get(key[:2]) or Entry(settled_ms=at_ms)
        if key[2] not in entry.settled:
            entry.settled.append(key[2])
            self.keep(key[:2], entry)
            self._remember(key[:2], at_ms)

    def finish(self, name: Change, at_ms: int) -> None:
        """Remember of a change that has no open deliveries only that it was there."""
        self.keep(name, Entry(is_routed=True, settled_ms=at_ms))
        revisions = self._revisions.get(name[0], set())
        revisions.discard(name[1])
        if not revisions:
            self._revisions.pop(name[0], None)
        self._remember(name, at_ms)

    def reopen(self, name: Change) -> None:
        """Let a change that is settled be one that is not."""
        self._settled.pop(name, None)

    def mark_over(self, end: CityWarning) -> None:
        """Say of all earlier changes of a warning that it has ended."""
        for revision in self._revisions.get(end.id, ()):
            entry = self._entries[end.id, revision]
            if revision < end.revision and not entry.is_over:
                entry.is_over = True
                self._changed.add((end.id, revision))

    def forget_settled(self, before_ms: int) -> None:
        """Forget the first ones that were settled before a time."""
        while self._settled and next(iter(self._settled.values())) < before_ms:
            self._forget(next(iter(self._settled)))

    def changes(self) -> dict[bytes, bytes | None]:
        """Give the state fields that changed since the last call; None deletes one."""
        fields: dict[bytes, bytes | None] = {}
        for name in sorted(self._changed):
            entry = self._entries.get(name)
            fields[_field(name)] = None if entry is None else msgspec.msgpack.encode(entry)
        if self.since_ms != self._saved_since_ms:
            fields[b"since"] = b"%d" % self.since_ms
        self._changed, self._saved_since_ms = set(), self.since_ms
        return fields

    def restore(self, fields: Mapping[bytes, bytes]) -> None:
        """Load what `changes` gave."""
        self.since_ms = self._saved_since_ms = int(fields.get(b"since", b"0"))
        settled: list[tuple[int, Change]] = []
        for field, data in fields.items():
            if field.startswith(_CHANGE):
                name = msgspec.json.decode(field.removeprefix(_CHANGE), type=Change)
                entry = msgspec.msgpack.decode(data, type=Entry)
                self.keep(name, entry)
                if entry.settled_ms:
                    settled.append((entry.settled_ms, name))
                if entry.warning is not None and not entry.is_routed:
                    self.unrouted[name] = None
                for receiver in entry.open:
                    self._waiting.setdefault(receiver, {})[(*name, receiver)] = None
        self._settled = {name: at_ms for at_ms, name in sorted(settled)}
        self._changed.clear()

    def _remember(self, name: Change, at_ms: int) -> None:
        self._settled.pop(name, None)
        self._settled[name] = at_ms
        while len(self._settled) > MOST_SETTLED:
            self._forget(next(iter(self._settled)))

    def _forget(self, name: Change) -> None:
        del self._settled[name]
        if self._entries[name].warning is None:
            del self._entries[name]
            self._changed.add(name)


def _field(name: Change) -> bytes:
    return _CHANGE + msgspec.json.encode(name)
