"""District agent `handover`: notes between two shifts, written and signed by commands.

Each note goes into the audit, as it was written and as it was signed. What leaves is saved first:
what was told must stand.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from config.catalog import Catalog
from config.names import AUDIT, COMMANDS, RESULTS
from config.settings import Settings
from models.events.handover import HandoverState, handed_over
from models.messages.envelope import encode
from models.messages.handovers import HandoverCommand
from streams.host.processor import AgentSpec, Effect, Record, Send

_STATE: Final = b"notes"


class HandoverProcessor:
    """State of the agent: the newest notes.

    Parameters
    ----------
    catalog : Catalog
    """

    def __init__(self, catalog: Catalog) -> None:
        self._key = catalog.city.code.encode()
        self._events = frozenset(catalog.events)
        self._state = HandoverState()
        self._is_changed = False

    def apply(self, record: Record) -> Sequence[Effect]:
        """Carry out a command to hand over; others are for other agents."""
        message = record.decode()
        if not isinstance(message, HandoverCommand):
            return ()
        now_ms = record.published_ms or message.sent_ms
        self._state, result, note = handed_over(self._state, message, now_ms, self._events)
        self._is_changed = True
        told = [] if note is None else [Send(AUDIT, self._key, encode(note))]
        return [*told, Send(RESULTS, self._key, encode(result))]

    def tick(self, now_ms: int) -> Sequence[Effect]:
        """Nothing is due by the clock."""
        del now_ms
        return ()

    def changes(self) -> Mapping[bytes, bytes | None]:
        """Give the notes, where they changed."""
        if not self._is_changed:
            return {}
        self._is_changed = False
        return {_STATE: msgspec.msgpack.encode(self._state)}

    def restore(self, fields: Mapping[bytes, bytes]) -> None:
        """Load the notes."""
        if data := fields.get(_STATE):
            self._state = msgspec.msgpack.decode(data, type=HandoverState)


def spec(catalog: Catalog, settings: Settings) -> AgentSpec:
    """Describe the agent."""
    del settings
    return AgentSpec(
        "handover",
        "district",
        (COMMANDS,),
        lambda _: HandoverProcessor(catalog),
        sends=(AUDIT, RESULTS),
        saves_first=True,
    )
