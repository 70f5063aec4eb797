"""How the warnings stand, and whether people got them."""

from __future__ import annotations

from collections import Counter
from typing import Final

import msgspec

from models.messages.receipts import Receipt
from models.messages.warnings import CityWarning, Level, LifeState, Reason
from models.timing.units import DAY_MS
from models.warnings.life.states import is_shown

SHOWN: Final = 5
EARLY: Final = 1000  # warnings whose receipts may wait for them
KEPT_MS: Final = 7 * DAY_MS  # event time that a cleared warning is remembered for
_AFTERWARDS: Final = frozenset(
    {Reason.COMMAND, Reason.EXPIRED, Reason.SUPERSEDED, Reason.UNANSWERED}
)


class Entry(msgspec.Struct, kw_only=True):
    """A warning with the revisions that were delivered, and those given up."""

    warning: CityWarning
    delivered: set[int] = set()
    gave_up: set[int] = set()


class WarningView(msgspec.Struct, kw_only=True):
    """Newest revision of each warning; small, saved whole.

    A warning that is suppressed, or that a person keeps from view, is counted, and not among the
    open ones that people see.

    `early` holds receipts that overtook their warning: they come by another topic. `forgotten_*`
    carry the counts of warnings cleared long ago, whose entries are gone.
    """

    entries: dict[str, Entry] = {}
    early: dict[str, list[Receipt]] = {}
    forgotten: int = 0
    forgotten_delivered: int = 0
    forgotten_gave_up: int = 0

    def apply(self, warning: CityWarning) -> bool:
        """Apply a change; return whether it is new, not a repeat or an older revision."""
        entry = self.entries.get(warning.id)
        if entry is not None and entry.warning.revision >= warning.revision:
            return False
        if entry is None and warning.cleared_ms and warning.reason in _AFTERWARDS:
            return False  # counted, ended and forgotten
        if entry is None:
            self.entries[warning.id] = Entry(warning=warning)
            for receipt in self.early.pop(warning.id, []):
                self.receipt(receipt)
            self._forget(warning.updated_ms - KEPT_MS)
        else:
            entry.warning = warning
        return True

    def receipt(self, receipt: Receipt) -> None:
        """Take a receipt in."""
        entry = self.entries.get(receipt.warning)
        if entry is None:
            self.early.setdefault(receipt.warning, []).append(receipt)
            if len(self.early) > EARLY:
                self.forgotten_delivered += _delivered(self.early.pop(next(iter(self.early))))
        elif receipt.delivered:
            entry.delivered.add(receipt.revision)
        elif receipt.gave_up:
            entry.gave_up.add(receipt.revision)

    def open(self) -> list[CityWarning]:
        """Open warnings, the worst first: by level, then the oldest."""
        every = (entry.warning for entry in self.entries.values())
        return sorted(
            (warning for warning in every if is_shown(warning)),
            key=lambda warning: (-warning.level, warning.raised_ms, warning.id),
        )

    def open_by_level(self) -> dict[str, int]:
        """Count the open warnings of each level."""
        count = Counter(warning.level for warning in self.open())
        return {level.name.lower(): count[level] for level in Level}

    @property
    def suppressed(self) -> int:
        """Open warnings that are kept back: too many for their owner, or following from another."""
        every = (entry.warning for entry in self.entries.values())
        return sum(bool(w.suppressed) and not w.cleared_ms for w in every)

    @property
    def kept(self) -> int:
        """Warnings whose condition stands and that a person keeps from view."""
        every = (entry.warning for entry in self.entries.values())
        return sum(w.life.shelving is not None and not w.cleared_ms for w in every)

    @property
    def returned(self) -> int:
        """Warnings that are over and wait for somebody: nobody saw them, or they latch."""
        waiting = (LifeState.RETURNED, LifeState.LATCHED)
        return sum(entry.warning.state in waiting for entry in self.entries.values())

    @property
    def opened(self) -> int:
        """Warnings ever raised."""
        return self.forgotten + len(self.entries)

    @property
    def deliveries(self) -> int:
        """Changes of warnings that reached a receiver.

        A receipt counts though its warning is not there: not yet, or, in a replay at full speed,
        forgotten before the receipt came.
        """
        known = sum(len(entry.delivered) for entry in self.entries.values())
        alone = sum(_delivered(receipts) for receipts in self.early.values())
        return self.forgotten_delivered + known + alone

    @property
    def undelivered(self) -> int:
        """Changes of warnings that were given up."""
        entries = self.entries.values()
        return self.forgotten_gave_up + sum(len(e.gave_up - e.delivered) for e in entries)

    def _forget(self, before_ms: int) -> None:
        """Drop warnings that were cleared before an event time; their counts stay."""
        for name, entry in list(self.entries.items()):
            if 0 < entry.warning.cleared_ms < before_ms:
                self.forgotten += 1
                self.forgotten_delivered += len(entry.delivered)
                self.forgotten_gave_up += len(entry.gave_up - entry.delivered)
                del self.entries[name]


def _delivered(receipts: list[Receipt]) -> int:
    """Count the revisions of one warning that reached a receiver."""
    return len({receipt.revision for receipt in receipts if receipt.delivered})
