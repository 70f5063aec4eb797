"""The outbox: which change of a warning goes to which receiver, when, and until when.

The transactional outbox pattern, told the time by its caller. It owns all retries: whoever sends
makes one try and gives one receipt. A receiver recognises repeats by (warning, revision), so a try
that is made twice after a crash counts once there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from models.messages.receipts import Receipt
from models.messages.warnings import CityWarning
from models.timing.units import DAY_MS, MINUTE_MS
from models.warnings.life.states import is_told

FIRST_WAIT_MS: Final = 5_000
LONGEST_WAIT_MS: Final = 900_000
ANSWER_MS: Final = MINUTE_MS  # no receipt after so long: it is lost, try again
GIVE_UP_MS: Final = DAY_MS
IN_FLIGHT: Final = 8  # tries without an answer, by receiver
SETTLED_MS: Final = 2 * GIVE_UP_MS  # older changes are never sent, so need not be remembered
MOST_SETTLED: Final = 20_000

# While records older than this come in, their receipts may still be on the way.
_OLD_MS: Final = MINUTE_MS
_QUIET_MS: Final = 3_000
_LONGEST_HOLD_MS: Final = 600_000
_MOST_AT_ONCE: Final = 200  # outcomes of one call

Key = tuple[str, int, str]  # warning, revision, receiver
Settled = tuple[str, int, str, int]  # a key and when it was settled


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """One change of a warning on its way to one receiver.

    Attributes
    ----------
    warning : CityWarning
    published_ms : int
        Wall clock at which the change was published; 0 until the first call of `due`.
    attempts : int
        Times it was handed out.
    next_ms : int
        Wall clock before which it is not tried again.
    is_over : bool
        The end of its warning has been published since.
    """

    warning: CityWarning
    published_ms: int = 0
    attempts: int = 0
    next_ms: int = 0
    is_over: bool = False


class DeliveryAttempt(msgspec.Struct, frozen=True, kw_only=True):
    """One try to be made now."""

    warning: CityWarning
    receiver: str
    attempt: int


def wait_ms(attempts: int) -> int:
    """Time from a failed try to the next one: doubled each time, up to a quarter of an hour.

    Examples
    --------
    >>> [wait_ms(n) // 1000 for n in (0, 1, 2, 3, 20)]
    [5, 5, 10, 20, 900]
    """
    doublings = max(0, min(attempts - 1, 20))
    return min(FIRST_WAIT_MS << doublings, LONGEST_WAIT_MS)


class Outbox:
    """Deliveries on their way, and the keys of those that are settled.

    Parameters
    ----------
    receivers : sequence of str
        Names of the receivers, free of secrets.
    """

    def __init__(self, receivers: Sequence[str]) -> None:
        self._receivers = tuple(receivers)
        self._open: dict[Key, Delivery] = {}
        self._open_of: dict[str, set[Key]] = {}  # by warning
        self._settled: dict[Key, int] = {}  # in the order of settling
        self._in_flight: dict[Key, int] = {}  # until when an answer is waited for; not saved
        self._since_ms = 0  # wall clock at which this state began with nothing
        self._started_ms = self._hold_ms = 0  # of this process
        self._oldest_ms = 0  # publication of the oldest record since the last call of `due`
        self._changed: set[Key] = set()
        self._is_settled_changed = self._is_since_changed = False

    def add(self, warning: CityWarning, published_ms: int) -> None:
        """Take a change in; one that is known already changes nothing.

        Parameters
        ----------
        warning : CityWarning
            The change.
        published_ms : int
            When the broker got it; 0 unknown.
        """
        self._note(published_ms)
        if warning.cleared_ms:
            self._mark_over(warning)
        if not is_told(warning):
            return
        for receiver in self._receivers:
            key = (warning.id, warning.revision, receiver)
            if key not in self._open and key not in self._settled:
                self._put(key, Delivery(warning=warning, published_ms=published_ms))

    def answer(self, receipt: Receipt, published_ms: int) -> None:
        """Take the receipt of a try in: settles its delivery, or plans the next try."""
        self._note(published_ms)
        key = (receipt.warning, receipt.revision, receipt.receiver)
        if receipt.delivered or receipt.gave_up:
            self._settle(key, receipt.answered_ms)
            return
        self._in_flight.pop(key, None)
        delivery = self._open.get(key)
        if delivery is not None and receipt.attempt >= delivery.attempts:
            next_ms = receipt.answered_ms + wait_ms(receipt.attempt)
            self._put(
                key,
                msgspec.structs.replace(delivery, attempts=receipt.attempt, next_ms=next_ms),
            )

    def due(self, now_ms: int) -> tuple[list[DeliveryAttempt], list[Receipt]]:
        """Give the tries to make now, and a last receipt of each delivery that is given up.

        Nothing is given while records of the past are read: after a loss of the state the receipts
        of what was delivered then are still to come. What was published before the state began, and
        whose warning has ended since, is dropped.
        """
        if self._is_reading_past(now_ms):
            return [], []
        self._forget_settled(now_ms)
        attempts: list[DeliveryAttempt] = []
        last: list[Receipt] = []
        room = self._room(now_ms)
        for key in list(self._open):
            if len(attempts) + len(last) >= _MOST_AT_ONCE:
                break
            delivery = self._dated(key, now_ms)
            if delivery.is_over and delivery.published_ms < self._since_ms - _OLD_MS:
                self._settle(key, now_ms)
            elif now_ms - delivery.published_ms >= GIVE_UP_MS:
                self._settle(key, now_ms)
                last.append(_given_up(key, delivery, now_ms))
            elif room[key[2]] > 0 and self._may_try(key, delivery, now_ms):
                room[key[2]] -= 1
                attempts.append(self._hand_out(key, delivery, now_ms))
        return attempts, last

    def changes(self) -> dict[bytes, bytes | None]:
        """Give the state fields that changed since the last call; None deletes one."""
        fields: dict[bytes, bytes | None] = {}
        for key in sorted(self._changed):
            delivery = self._open.get(key)
            fields[_field(key)] = None if delivery is None else msgspec.msgpack.encode(delivery)
        if self._is_settled_changed:
            rows = [(*key, at_ms) for key, at_ms in self._settled.items()]
            fields[b"settled"] = msgspec.msgpack.encode(rows)
        if self._is_since_changed:
            fields[b"since"] = b"%d" % self._since_ms
        self._changed, self._is_settled_changed, self._is_since_changed = set(), False, False
        return fields

    def restore(self, fields: Mapping[bytes, bytes]) -> None:
        """Load what `changes` gave; deliveries to receivers that are no more are left out."""
        self._since_ms = int(fields.get(b"since", b"0"))
        rows = msgspec.msgpack.decode(fields.get(b"settled", b"\x90"), type=list[Settled])
        self._settled = {(warning, revision, to): at for warning, revision, to, at in rows}
        for name, data in fields.items():
            if name.startswith(b"delivery/"):
                key = msgspec.json.decode(name.removeprefix(b"delivery/"), type=Key)
                if key[2] in self._receivers:
                    self._put(key, msgspec.msgpack.decode(data, type=Delivery))
        self._changed.clear()

    def _note(self, published_ms: int) -> None:
        """Remember the oldest record since the last call of `due`."""
        if published_ms and (not self._oldest_ms or published_ms < self._oldest_ms):
            self._oldest_ms = published_ms

    def _is_reading_past(self, now_ms: int) -> bool:
        if not self._started_ms:
            self._started_ms, self._hold_ms = now_ms, now_ms + _QUIET_MS
        if not self._since_ms:
            self._since_ms, self._is_since_changed = now_ms, True
        if self._oldest_ms and self._oldest_ms < now_ms - _OLD_MS:
            self._hold_ms = now_ms + _QUIET_MS
        self._oldest_ms = 0
        return now_ms < min(self._hold_ms, self._started_ms + _LONGEST_HOLD_MS)

    def _mark_over(self, end: CityWarning) -> None:
        """Say of all earlier changes of a warning that it has ended."""
        for key in self._open_of.get(end.id, ()):
            if key[1] < end.revision:
                self._put(key, msgspec.structs.replace(self._open[key], is_over=True))

    def _room(self, now_ms: int) -> dict[str, int]:
        """Count by receiver how many more tries may be on their way; lost answers make room."""
        self._in_flight = {k: until for k, until in self._in_flight.items() if until > now_ms}
        waiting = Counter(receiver for _, _, receiver in self._in_flight)
        return {receiver: IN_FLIGHT - waiting[receiver] for receiver in self._receivers}

    def _dated(self, key: Key, now_ms: int) -> Delivery:
        """Give a delivery a time of publication where it has none, or one ahead of our clock."""
        delivery = self._open[key]
        if 0 < delivery.published_ms <= now_ms:
            return delivery
        return self._put(key, msgspec.structs.replace(delivery, published_ms=now_ms))

    def _may_try(self, key: Key, delivery: Delivery, now_ms: int) -> bool:
        """Tell whether its pause is over; one longer than any of ours is of a wrong clock."""
        is_due = not now_ms < delivery.next_ms <= now_ms + LONGEST_WAIT_MS
        return is_due and key not in self._in_flight

    def _hand_out(self, key: Key, delivery: Delivery, now_ms: int) -> DeliveryAttempt:
        attempt = delivery.attempts + 1
        self._put(key, msgspec.structs.replace(delivery, attempts=attempt))
        self._in_flight[key] = now_ms + ANSWER_MS
        return DeliveryAttempt(warning=delivery.warning, receiver=key[2], attempt=attempt)

    def _put(self, key: Key, delivery: Delivery) -> Delivery:
        self._open[key] = delivery
        self._open_of.setdefault(key[0], set()).add(key)
        self._changed.add(key)
        return delivery

    def _settle(self, key: Key, at_ms: int) -> None:
        """Let a delivery go, and remember that it was there: its warning may come again."""
        self._in_flight.pop(key, None)
        if self._open.pop(key, None) is not None:
            self._changed.add(key)
            self._open_of[key[0]].discard(key)
            if not self._open_of[key[0]]:
                del self._open_of[key[0]]
        elif key in self._settled:
            return
        self._settled[key] = at_ms
        while len(self._settled) > MOST_SETTLED:
            del self._settled[next(iter(self._settled))]
        self._is_settled_changed = True

    def _forget_settled(self, now_ms: int) -> None:
        """Forget the first ones settled so long ago that their changes would not be sent anyway."""
        while self._settled and next(iter(self._settled.values())) < now_ms - SETTLED_MS:
            del self._settled[next(iter(self._settled))]
            self._is_settled_changed = True


def _field(key: Key) -> bytes:
    return b"delivery/" + msgspec.json.encode(key)


def _given_up(key: Key, delivery: Delivery, now_ms: int) -> Receipt:
    """Write the last receipt of a delivery."""
    tries = f"after {delivery.attempts} tries" if delivery.attempts else "without a try"
    return Receipt(
        warning=key[0],
        revision=key[1],
        channel="webhook",
        receiver=key[2],
        attempt=delivery.attempts,
        delivered=False,
        status=0,
        detail=f"given up {tries}: it was published more than a day ago",
        sent_ms=delivery.published_ms,
        answered_ms=now_ms,
        gave_up=True,
    )
