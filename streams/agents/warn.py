"""District agent `warn`: anomalies in, changes of warnings out, no more than can be answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Final

import msgspec

from config.catalog import Catalog
from config.names import ANOMALIES, COMMANDS, WARNINGS
from config.settings import Settings
from models.messages.anomalies import AnomalyBatch
from models.messages.envelope import encode
from models.messages.warnings import CityWarning
from models.warnings.places import Names
from models.warnings.rule_state import RuleState, advance
from models.warnings.throttle import AlarmThrottle, throttle
from streams.host.processor import AgentSpec, Effect, Record, Send

DESK: Final = b"/desk"  # no rule has a name with a slash


class WarnProcessor:
    """State of the agent: one board a rule, and the desk of those who answer.

    Parameters
    ----------
    catalog : Catalog
        Its rules say when an anomaly becomes a warning.
    """

    def __init__(self, catalog: Catalog) -> None:
        self._names, self._alarms = Names(catalog), catalog.city.alarms
        self._key = catalog.city.code.encode()
        self._rules = dict(sorted(catalog.rules.items()))
        self._boards = dict.fromkeys(self._rules, RuleState())
        self._changed: set[str] = set()
        self._desk, self._is_desk_changed = AlarmThrottle(), False

    def apply(self, record: Record) -> Sequence[Effect]:
        """Take a batch of anomalies through every rule."""
        batch = record.decode()
        if not isinstance(batch, AnomalyBatch):
            return ()  # what the cells showed: for the map
        found: list[CityWarning] = []
        for name, rule in self._rules.items():
            board, changes = advance(
                self._boards[name], rule, batch, partial(self._names.scene_of, rule)
            )
            if board is not self._boards[name]:
                self._boards[name] = board
                self._changed.add(name)
            found += changes
        return [
            Send(WARNINGS, self._key, encode(change))
            for change in self._put_on_desk(found, batch.tick_ms)
        ]

    def tick(self, now_ms: int) -> Sequence[Effect]:
        """Nothing: warnings live by event time."""
        del now_ms
        return ()

    def changes(self) -> Mapping[bytes, bytes | None]:
        """Give the boards that changed."""
        fields: dict[bytes, bytes | None] = {
            name.encode(): msgspec.msgpack.encode(self._boards[name])
            for name in sorted(self._changed)
        }
        if self._is_desk_changed:
            fields[DESK] = msgspec.msgpack.encode(self._desk)
        self._changed.clear()
        self._is_desk_changed = False
        return fields

    def restore(self, fields: Mapping[bytes, bytes]) -> None:
        """Load the boards; that of a rule that is configured no more is left out."""
        for key, data in fields.items():
            if key == DESK:
                self._desk = msgspec.msgpack.decode(data, type=AlarmThrottle)
            elif key.decode() in self._boards:
                self._boards[key.decode()] = msgspec.msgpack.decode(data, type=RuleState)

    def _put_on_desk(self, found: list[CityWarning], now_ms: int) -> list[CityWarning]:
        """Decide what people see; nothing to do where nothing changed and nothing waits."""
        if not found and not any(slip.held for slip in self._desk.slips.values()):
            return []
        self._desk, published = throttle(self._desk, found, now_ms, self._alarms)
        self._is_desk_changed = True
        return published


def spec(catalog: Catalog, settings: Settings) -> AgentSpec:
    """Describe the agent."""
    del settings
    topics = (ANOMALIES, COMMANDS)
    return AgentSpec("warn", "district", topics, lambda _: WarnProcessor(catalog), (WARNINGS,))
