"""The outbox: which change of a warning goes to which receiver, when, and until when.

The transactional outbox pattern, told the time by its caller. It owns all retries: whoever sends
makes one try and gives one receipt a change. A receiver recognises repeats by (warning, revision),
so a try that is made twice after a crash counts once there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final, Protocol

import msgspec

from models.messages.receipts import FailedTry, Receipt
from models.messages.warnings import CityWarning
from models.timing.units import DAY_MS, HOUR_MS, MINUTE_MS
from models.warnings.delivery_queue import DeliveryQueue, Key
from models.warnings.life.states import is_told
from models.warnings.outbox_entry import Delivery, Entry, given_up
from models.warnings.outbox_state import OutboxState
from models.warnings.tries import GIVE_UP_MS, LONGEST_WAIT_MS, TRIES, wait_ms

SETTLED_MS: Final = 2 * GIVE_UP_MS  # older changes are never sent, so need not be remembered
MOST_WAITING: Final = 1_000  # deliveries of one receiver; of one that is away the oldest go
MOST_TOGETHER: Final = 100  # changes in one message

# While records older than this come in, their receipts may still be on the way.
_OLD_MS: Final = MINUTE_MS
_QUIET_MS: Final = 3_000
_LONGEST_HOLD_MS: Final = 600_000
_MOST_AT_ONCE: Final = 500  # outcomes of one call
_LONGEST_DELAY_MS: Final = 2 * DAY_MS + HOUR_MS  # of a digest in quiet hours


class DeliveryAttempt(msgspec.Struct, frozen=True, kw_only=True):
    """One try to be made now: one change, or those that were kept back to go together.

    `earlier` has of each change the tries that failed.
    """

    changes: tuple[CityWarning, ...]
    receiver: str
    attempt: int
    earlier: tuple[tuple[FailedTry, ...], ...]


class Routes(Protocol):
    """Who is to be told; see `models.warnings.subscribers`."""

    def of(self, change: CityWarning, published_ms: int) -> Iterable[tuple[str, int]]:
        """Give the receivers of a change, each with the time at which it may be told."""
        ...

    def serves(self, receiver: str) -> bool:
        """Tell whether a receiver is told anything any more."""
        ...


class Outbox:
    """Deliveries on their way, and the changes that are settled.

    Parameters
    ----------
    routes : Routes
        Names of the receivers are free of secrets.
    """

    def __init__(self, routes: Routes) -> None:
        self._routes = routes
        self._state = OutboxState()
        self._queue = DeliveryQueue()
        self._started_ms = self._hold_ms = self._now_ms = 0  # of this process
        self._oldest_ms = 0  # publication of the oldest record since the last call of `due`

    def add(self, warning: CityWarning, published_ms: int) -> None:
        """Take a change in; one that is known already changes nothing.

        Parameters
        ----------
        warning : CityWarning
            The change.
        published_ms : int
            When the broker got it; 0 unknown.
        """
        self.note(published_ms)
        if warning.cleared_ms:
            self._state.mark_over(warning)
        name = warning.id, warning.revision
        entry = self._state.entry(name) or Entry()
        if is_told(warning) and entry.warning is None and not entry.is_routed:
            entry.warning, entry.published_ms = warning, published_ms
            self._state.keep(name, entry)
            self._state.unrouted[name] = None

    def answer(self, receipt: Receipt, published_ms: int) -> None:
        """Take the receipt of a try in: settles its delivery, or plans the next try."""
        self.note(published_ms)
        key = (receipt.warning, receipt.revision, receipt.receiver)
        self._queue.end(key, is_well=receipt.delivered)
        entry, delivery = self._state.entry(key[:2]), self._state.delivery(key)
        if receipt.delivered or receipt.gave_up:
            if entry is None or not entry.is_routed:
                self._state.settle_early(key, receipt.answered_ms)
            elif delivery is not None:
                self._state.settle(key, receipt.answered_ms)
        elif delivery is not None and _is_newest(receipt, delivery):
            self._plan(key, _failed(delivery, receipt, self._now_ms))
        elif delivery is not None:
            self._queue.put(key, delivery.next_ms)

    def again(self, change: CityWarning, receiver: str, published_ms: int) -> None:
        """Have a delivery that was given up, or was never planned, tried from the start."""
        self.note(published_ms)
        name = change.id, change.revision
        entry = self._state.entry(name) or Entry(is_routed=True)
        if receiver in entry.open:
            return
        if receiver in entry.settled:
            entry.settled.remove(receiver)
        asked_ms = published_ms or self._now_ms
        entry.warning, entry.published_ms, entry.settled_ms = change, asked_ms, 0
        self._state.reopen(name)
        self._state.keep(name, entry)
        if entry.is_routed:
            self._plan((*name, receiver), Delivery(next_ms=asked_ms, first_ms=asked_ms))
        else:
            self._state.unrouted[name] = None

    def note(self, published_ms: int) -> None:
        """Remember the oldest record since the last call of `due`."""
        if published_ms and (not self._oldest_ms or published_ms < self._oldest_ms):
            self._oldest_ms = published_ms

    def due(self, now_ms: int) -> tuple[list[DeliveryAttempt], list[Receipt]]:
        """Give the tries to make now, and a last receipt of each delivery that is given up.

        Nothing is given while records of the past are read: after a loss of the state the receipts
        of what was delivered then are still to come. What was published before the state began, and
        whose warning has ended since, is dropped.
        """
        if not self._now_ms or now_ms < self._now_ms - MINUTE_MS:
            self._replan(now_ms)
        self._now_ms = now_ms
        if self._is_reading_past(now_ms):
            return [], []
        self._state.forget_settled(now_ms - SETTLED_MS)
        last = list(self._route(now_ms))
        attempts: list[DeliveryAttempt] = []
        together: dict[str, list[Key]] = {}
        for key in self._queue.due(now_ms):
            delivery = self._tryable(key, now_ms)
            if delivery is None:
                pass
            elif why := _why_over(delivery, now_ms):
                last.append(self._give_up(key, why, now_ms))
            elif not delivery.is_together:
                attempts.append(self._hand_out([key], now_ms))
            elif len(group := together.setdefault(key[2], [])) < MOST_TOGETHER:
                group.append(key)
            else:
                self._queue.put(key, now_ms + 1)
            if len(attempts) + len(last) + len(together) >= _MOST_AT_ONCE:
                break
        attempts += [self._hand_out(keys, now_ms) for keys in together.values()]
        return attempts, last

    def changes(self) -> dict[bytes, bytes | None]:
        """Give the state fields that changed since the last call; None deletes one."""
        return self._state.changes()

    def restore(self, fields: Mapping[bytes, bytes]) -> None:
        """Load what `changes` gave."""
        self._state.restore(fields)

    def _is_reading_past(self, now_ms: int) -> bool:
        if not self._started_ms:
            self._started_ms, self._hold_ms = now_ms, now_ms + _QUIET_MS
        if not self._state.since_ms:
            self._state.since_ms = now_ms
        if self._oldest_ms and self._oldest_ms < now_ms - _OLD_MS:
            self._hold_ms = now_ms + _QUIET_MS
        self._oldest_ms = 0
        return now_ms < min(self._hold_ms, self._started_ms + _LONGEST_HOLD_MS)

    def _route(self, now_ms: int) -> Iterator[Receipt]:
        """Plan the deliveries of changes that came since; gives those a receiver has no room for.

        Not as soon as they come: after a loss of the state the subscriptions may come after them.
        """
        unrouted, self._state.unrouted = self._state.unrouted, {}
        for name in unrouted:
            entry = self._state.entry(name)
            assert entry is not None and entry.warning is not None  # only such are to be routed
            entry.published_ms = entry.published_ms if 0 < entry.published_ms <= now_ms else now_ms
            entry.is_routed = True
            self._state.keep(name, entry)
            for receiver, at_ms in self._routes.of(entry.warning, entry.published_ms):
                if receiver in entry.settled:
                    continue
                held = at_ms > entry.published_ms
                plan = Delivery(next_ms=at_ms, first_ms=at_ms, is_together=held)
                self._plan((*name, receiver), plan)
                if len(self._state.waiting(receiver)) > MOST_WAITING:
                    oldest = next(iter(self._state.waiting(receiver)))
                    yield self._give_up(oldest, f"{MOST_WAITING} newer ones wait", now_ms)
            if not entry.open:
                self._state.finish(name, now_ms)

    def _tryable(self, key: Key, now_ms: int) -> Delivery | None:
        """Give a delivery that is to be tried now; settles what nobody is to hear of any more."""
        entry, delivery = self._state.entry(key[:2]), self._state.delivery(key)
        if entry is None or delivery is None or self._queue.is_on_its_way(key):
            return None
        before_ms = self._state.since_ms - _OLD_MS
        is_old = entry.published_ms < before_ms - GIVE_UP_MS and not delivery.attempts
        is_past = is_old or (entry.is_over and entry.published_ms < before_ms)
        if is_past or not self._routes.serves(key[2]):
            self._queue.end(key, is_well=None)
            self._state.settle(key, now_ms)
            return None
        return delivery if delivery.next_ms <= now_ms else None  # else it was planned anew

    def _hand_out(self, keys: list[Key], now_ms: int) -> DeliveryAttempt:
        changes, earlier, attempt = [], [], 1
        for key in keys:
            entry, delivery = self._state.entry(key[:2]), self._state.delivery(key)
            assert entry is not None and entry.warning is not None and delivery is not None
            attempt = max(attempt, delivery.attempts + 1)
            changes.append(entry.warning)
            earlier.append(delivery.failed)
            self._state.put(key, msgspec.structs.replace(delivery, attempts=delivery.attempts + 1))
            self._queue.begin(key, now_ms)
        return DeliveryAttempt(
            changes=tuple(changes), receiver=keys[0][2], attempt=attempt, earlier=tuple(earlier)
        )

    def _give_up(self, key: Key, why: str, now_ms: int) -> Receipt:
        entry = self._state.entry(key[:2])
        assert entry is not None  # it is open
        last = given_up(key, entry, why, now_ms)
        self._queue.end(key, is_well=None)
        self._state.settle(key, now_ms)
        return last

    def _plan(self, key: Key, delivery: Delivery) -> None:
        self._state.put(key, delivery)
        self._queue.put(key, delivery.next_ms)

    def _replan(self, now_ms: int) -> None:
        """Put all that is open into a new queue; a pause longer than any of ours is not a pause."""
        self._queue, self._started_ms = DeliveryQueue(), 0
        for key, delivery in self._state.deliveries():
            longest_ms = LONGEST_WAIT_MS if delivery.attempts else _LONGEST_DELAY_MS
            if delivery.next_ms > now_ms + longest_ms:
                first_ms = min(delivery.first_ms, now_ms)
                mended = msgspec.structs.replace(delivery, next_ms=now_ms, first_ms=first_ms)
                self._plan(key, mended)
            else:
                self._queue.put(key, delivery.next_ms)


def _is_newest(receipt: Receipt, delivery: Delivery) -> bool:
    """Tell whether a receipt is of a try of now, not one that went out twice around a crash.

    The schedule would else be used up twice as fast.
    """
    return receipt.attempt >= delivery.attempts and receipt.answered_ms >= delivery.next_ms


def _failed(delivery: Delivery, receipt: Receipt, now_ms: int) -> Delivery:
    """Plan the next try after one that failed; an answer from far ahead of our clock came now."""
    failures = delivery.failures + 1
    answered_ms = receipt.answered_ms
    if now_ms and answered_ms > now_ms + MINUTE_MS:
        answered_ms = now_ms
    pause_ms = wait_ms(failures, receipt.retry_after_s) if failures < TRIES else 0
    return msgspec.structs.replace(
        delivery,
        attempts=receipt.attempt,
        failures=failures,
        next_ms=answered_ms + pause_ms,
        failed=(*delivery.failed, receipt.as_try),
    )


def _why_over(delivery: Delivery, now_ms: int) -> str:
    if delivery.failures >= TRIES:
        return f"{delivery.failures} tries failed"
    if now_ms - delivery.first_ms >= GIVE_UP_MS:
        days = GIVE_UP_MS // DAY_MS
        return f"it was due {days} days ago, and tried {delivery.attempts} times"
    return ""
