"""What watches for a rule: one protocol for each agent that runs monitors."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from config.catalog import Rule

if TYPE_CHECKING:
    import numpy as np

    from models.messages.closed_loop import LoopRow
    from models.messages.feed_health import FeedHealth
    from models.messages.receipts import Receipt
    from models.messages.rewinds import Rewind
    from models.messages.signals import SignalBatch
    from models.monitors.case_history import CaseHistory
    from models.monitors.limits.monitor import Learned
    from models.monitors.pane_values import PaneValues
    from models.monitors.reach import Reach
    from models.timing.evaluation_schedule import EvaluationTime


class PaneMonitor(Protocol):
    """Watches the panes of readings for one rule; run by the agent `detect`."""

    @property
    def rule(self) -> Rule:
        """The rule."""
        ...

    def judge(
        self, pane: PaneValues | None, learned: Learned | None, start_ms: int, tick_ms: int
    ) -> SignalBatch:
        """Judge a pane of the rule's metric, None where nobody gave a value."""
        ...

    def rewind(self, now_ms: int) -> None:
        """Forget that anything was judged later than a time."""
        ...

    def to_bytes(self) -> bytes:
        """Give the whole state."""
        ...

    def restore(self, data: bytes) -> None:
        """Continue where `to_bytes` was called."""
        ...


class CaseMonitor(Protocol):
    """Watches cases for one rule; run by the agent `outbreaks`."""

    def evaluate(
        self, evaluation: EvaluationTime, history: CaseHistory, changed: set[int]
    ) -> SignalBatch | None:
        """Evaluate, given the days that changed since the evaluation before."""
        ...

    def reach(self, history: CaseHistory) -> Reach:
        """Give how far the rule could come with the history at hand."""
        ...

    def rewind(self, day: int) -> None:
        """Forget what was found on days later than one."""
        ...

    def changes(self) -> dict[str, bytes | None]:
        """Give the fields that changed since the last call."""
        ...

    def restore(self, fields: Mapping[str, bytes], history: CaseHistory) -> None:
        """Load what `changes` gave."""
        ...


class SensorMonitor(Protocol):
    """Watches which cells give values, for one rule; run by the agent `silence`."""

    def apply(
        self,
        partition: int,
        partitions: int,
        watermark_ms: int,
        end_ms: int,
        cells: np.ndarray[tuple[int], np.dtype[np.int64]],
    ) -> Iterator[SignalBatch]:
        """Take the cells of a pane that gave a value."""
        ...

    def reach(self) -> Reach:
        """Give how far the rule could come now."""
        ...

    @property
    def clock_ms(self) -> int:
        """How far it has listened; 0 before the first word."""
        ...

    def rewind(self, order: Rewind) -> bool:
        """Obey a rewind; return whether it is news."""
        ...

    def to_bytes(self) -> bytes:
        """Give the whole state."""
        ...

    def restore(self, data: bytes) -> None:
        """Continue where `to_bytes` was called."""
        ...


class FeedMonitor(Protocol):
    """Watches what ingest says of a feed, for one rule; run by the agent `silence`."""

    def apply(self, health: FeedHealth) -> SignalBatch | None:
        """Take a health message; None where there is nothing to report."""
        ...

    @property
    def clock_ms(self) -> int:
        """How far it has listened; 0 before the first word."""
        ...

    def rewind(self, order: Rewind) -> bool:
        """Obey a rewind; return whether it is news."""
        ...

    def to_bytes(self) -> bytes:
        """Give the whole state."""
        ...

    def restore(self, data: bytes) -> None:
        """Continue where `to_bytes` was called."""
        ...


class ReceiverMonitor(Protocol):
    """Watches the receipts of deliveries, for one rule; run by the agent `deliver`."""

    name: str
    is_changed: bool

    def apply(self, receipt: Receipt) -> SignalBatch | None:
        """Take a receipt in; None where there is nothing to report."""
        ...

    def forget(self, receiver: str, now_ms: int) -> SignalBatch | None:
        """Note that nobody asks for a receiver any more."""
        ...

    def to_bytes(self) -> bytes:
        """Give the whole state."""
        ...

    def restore(self, data: bytes) -> None:
        """Continue where `to_bytes` was called."""
        ...


class LoopMonitor(Protocol):
    """Watches the answers to a rule's question; run by the agent `closed-loop`."""

    def judge(self, rows: Sequence[LoopRow], end_ms: int, width_s: int) -> SignalBatch:
        """Judge the rows of the rule at the end of a pane, of all partitions."""
        ...

    def rewind(self, now_ms: int) -> None:
        """Forget that anything was judged later than a time."""
        ...

    def to_bytes(self) -> bytes:
        """Give the whole state."""
        ...

    def restore(self, data: bytes) -> None:
        """Continue where `to_bytes` was called."""
        ...
