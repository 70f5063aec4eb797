"""Receivers that warnings do not reach: from the first that is given up until one arrives again."""

from __future__ import annotations

from typing import Final

import msgspec

from config.catalog import Rule
from models.messages.bounds import LONGEST_S
from models.messages.evidence import SilenceEvidence
from models.messages.receipts import Receipt
from models.messages.signals import Area, Scope, SignalBatch, SilenceSignal

NAMED: Final = 8
MOST: Final = 5_000  # receivers that are remembered


class UnreachedState(msgspec.Struct, kw_only=True):
    """State, saved whole.

    Attributes
    ----------
    since_ms : dict of str to int
        Receivers that were given up, and when.
    heard_ms : dict of str to int
        By receiver that ever was: its newest answer.
    tick_ms, total : int
        Of the newest batch, and signals until then.
    """

    since_ms: dict[str, int] = {}
    heard_ms: dict[str, int] = {}
    tick_ms: int = 0
    total: int = 0


class UnreachedReceivers:
    """One rule of kind `deliveries`. Its clock is the wall clock of the receipts.

    Parameters
    ----------
    rule : Rule
    area : str
        Code of the district.
    """

    def __init__(self, rule: Rule, area: str) -> None:
        self._rule, self._area = rule, area
        self._state = UnreachedState()
        self.name = rule.name
        self.is_changed = False

    def apply(self, receipt: Receipt) -> SignalBatch | None:
        """Take a receipt in; None where nothing is to be said. An older one says nothing new."""
        state, name = self._state, receipt.receiver
        is_last = receipt.gave_up or receipt.delivered
        if not is_last or receipt.answered_ms <= state.heard_ms.get(name, 0):
            return None
        if receipt.delivered and name not in state.heard_ms:
            return None
        if receipt.gave_up and len(state.heard_ms) >= MOST and name not in state.heard_ms:
            return None
        state.heard_ms[name], self.is_changed = receipt.answered_ms, True
        if receipt.delivered:
            return self.forget(name, receipt.answered_ms)
        if name in state.since_ms:
            return None
        is_grown = bool(state.since_ms)
        state.since_ms[name] = receipt.answered_ms
        return self._batch(receipt.answered_ms, is_grown=is_grown)

    def forget(self, receiver: str, now_ms: int) -> SignalBatch | None:
        """Note that a receiver is reached, or nobody asks for it any more."""
        if self._state.since_ms.pop(receiver, None) is None:
            return None
        self.is_changed = True
        return self._batch(now_ms, is_grown=False)

    def to_bytes(self) -> bytes:
        """Give the whole state."""
        self.is_changed = False
        return msgspec.msgpack.encode(self._state)

    def restore(self, data: bytes) -> None:
        """Continue where `to_bytes` was called."""
        self._state = msgspec.msgpack.decode(data, type=UnreachedState)

    def _batch(self, now_ms: int, *, is_grown: bool) -> SignalBatch:
        state = self._state
        state.tick_ms = max(now_ms, state.tick_ms + 1)
        state.total += bool(state.since_ms)
        since_ms = min(state.since_ms.values(), default=state.tick_ms)
        count = len(state.since_ms)
        ranked = sorted(state.since_ms, key=lambda name: (state.since_ms[name], name))
        signal = SilenceSignal(
            id=f"{self._rule.name}.{self._area}.{state.tick_ms}",
            feed=self._rule.feed,
            metric=self._rule.metric,
            area=Area.of(self._area),
            subject=self._area,
            scope=Scope.REGIONAL,
            start_ms=min(since_ms, state.tick_ms),
            width_s=max(1, min((state.tick_ms - since_ms) // 1000, LONGEST_S)),
            severity=0.0,
            active=bool(count),
            grown=is_grown,
            evidence=SilenceEvidence(
                # As a multiple of one receiver: what the levels of the rule are on.
                hours=float(count),
                usual=0.0,
                longest=1.0,
                gaps=0,
                sources=count,
                named=ranked[:NAMED],
            ),
        )
        return SignalBatch(
            feed=self._rule.feed,
            rule=self._rule.name,
            tick_ms=state.tick_ms,
            signals=[signal],
            total=state.total,
        )
