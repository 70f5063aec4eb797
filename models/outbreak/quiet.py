"""Watches for streets that have no case for longer than is usual for them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec
import numpy as np

from config.catalog import SilenceRule
from models.detect.anomaly import AnomalyBatch
from models.outbreak.findings import Look
from models.outbreak.ledger import Ledger
from models.quiet.hush import Hush
from models.quiet.voices import Voices

DAY_S: Final = 86_400.0
STREET: Final = 10**6  # what a cell is divided by


class StreetWatch:
    """One rule of kind `silence` over streets; it counts whole days, since nights are quiet.

    Parameters
    ----------
    rule : SilenceRule
    """

    def __init__(self, rule: SilenceRule) -> None:
        self._rule = rule
        self._voices, self._hush = Voices(), Hush()
        self._is_changed = False

    def look(self, look: Look, ledger: Ledger, changed: set[int]) -> AnomalyBatch | None:
        """Listen to a whole day; None while it is not over."""
        del changed
        if not look.is_closing:
            return None
        streets = np.unique(ledger.day(look.day).cell // STREET)
        self._voices.heard((f"{street:09d}" for street in streets.tolist()), look.day * DAY_S)
        waits = {wait.source: [wait] for wait in self._voices.overdue(look.day * DAY_S)}
        self._is_changed = True
        return self._hush.tell(self._rule, waits, look.at_ms)

    def changes(self) -> dict[str, bytes | None]:
        """Give the fields that changed since the last call."""
        if not self._is_changed:
            return {}
        self._is_changed = False
        return {"quiet": msgspec.msgpack.encode((*self._voices.to_bytes(), self._hush))}

    def restore(self, fields: Mapping[str, bytes], ledger: Ledger) -> None:
        """Load what `changes` gave."""
        del ledger
        if "quiet" in fields:
            names, data, self._hush = msgspec.msgpack.decode(
                fields["quiet"], type=tuple[list[str], bytes, Hush]
            )
            self._voices = Voices.from_bytes(names, data)
