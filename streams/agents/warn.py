"""District agent `warn`: signals in, changes of warnings out, no more than can be answered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Final

import msgspec

from config.catalog import Catalog, Rule
from config.names import COMMANDS, SIGNALS, WARNINGS
from config.settings import Settings
from models.messages.envelope import encode
from models.messages.signals import SignalBatch
from models.messages.warnings import CityWarning
from models.warnings.inhibition import Causes
from models.warnings.places import Names
from models.warnings.rule_state import RuleState, advance
from models.warnings.throttle import AlarmThrottle, share_of, throttle
from streams.host.processor import AgentSpec, Effect, Record, Send

CAUSES: Final = b"/causes"  # no rule has a name with a slash
THROTTLE: Final = "/throttle"  # after the name of a rule


class WarnProcessor:
    """State of the agent: for each rule its warnings, and what people were shown of them.

    Parameters
    ----------
    catalog : Catalog
        Its rules say when a signal becomes a warning.
    """

    def __init__(self, catalog: Catalog) -> None:
        self._names = Names(catalog)
        self._key = catalog.city.code.encode()
        self._rules = dict(sorted(catalog.rules.items()))
        self._listeners: dict[tuple[str, str], list[Rule]] = {}
        for rule in self._rules.values():
            self._listeners.setdefault((rule.feed, rule.source), []).append(rule)
        owned = Counter(rule.owner["zh"] for rule in self._rules.values())
        self._budgets = {
            name: share_of(catalog.city.alarms, owned[rule.owner["zh"]])
            for name, rule in self._rules.items()
        }
        self._states = dict.fromkeys(self._rules, RuleState())
        self._throttles = dict.fromkeys(self._rules, AlarmThrottle())
        self._causes = Causes()
        self._changed: set[bytes] = set()

    def apply(self, record: Record) -> Sequence[Effect]:
        """Take a batch of signals through the rules that read it."""
        batch = record.decode()
        if not isinstance(batch, SignalBatch):
            return ()  # what the cells showed: for the map
        listening = self._listeners.get((batch.feed, batch.rule), ())
        changes = [change for rule in listening for change in self._advance(rule, batch)]
        return [Send(WARNINGS, self._key, encode(change)) for change in changes]

    def tick(self, now_ms: int) -> Sequence[Effect]:
        """Nothing: warnings live by event time."""
        del now_ms
        return ()

    def changes(self) -> Mapping[bytes, bytes | None]:
        """Give the states that changed."""
        fields: dict[bytes, bytes | None] = {}
        for key in sorted(self._changed):
            fields[key] = msgspec.msgpack.encode(self._state_of(key))
        self._changed.clear()
        return fields

    def restore(self, fields: Mapping[bytes, bytes]) -> None:
        """Load the states; that of a rule that is configured no more is left out."""
        for key, data in fields.items():
            name, _, part = key.decode().partition("/")
            if key == CAUSES:
                self._causes = msgspec.msgpack.decode(data, type=Causes)
            elif name in self._rules and part:
                self._throttles[name] = msgspec.msgpack.decode(data, type=AlarmThrottle)
            elif name in self._rules:
                self._states[name] = msgspec.msgpack.decode(data, type=RuleState)

    def _advance(self, rule: Rule, batch: SignalBatch) -> list[CityWarning]:
        """Take a batch through one rule, and decide what people see of it."""
        name = rule.name
        context_of = partial(self._names.context_of, rule)
        state, changes = advance(self._states[name], rule, batch, context_of)
        if state is self._states[name]:
            return []
        self._states[name] = state
        self._changed.add(name.encode())
        published = self._throttle(rule, changes, state.tick_ms)
        causes = self._causes.updated(rule, published)
        if causes is not self._causes:
            self._causes = causes
            self._changed.add(CAUSES)
        return published

    def _throttle(self, rule: Rule, changes: list[CityWarning], tick_ms: int) -> list[CityWarning]:
        """Decide what people see; nothing to do where nothing changed and nothing waits."""
        name = rule.name
        known = self._throttles[name]
        if not changes and not any(each.suppressed for each in known.open.values()):
            return []
        self._throttles[name], published = throttle(
            known,
            changes,
            tick_ms,
            self._budgets[name],
            inhibited_by=self._causes.of(rule, tick_ms),
        )
        self._changed.add(f"{name}{THROTTLE}".encode())
        return published

    def _state_of(self, key: bytes) -> object:
        """Give the state that is saved under a key."""
        name, _, part = key.decode().partition("/")
        if key == CAUSES:
            return self._causes
        return self._throttles[name] if part else self._states[name]


def spec(catalog: Catalog, settings: Settings) -> AgentSpec:
    """Describe the agent."""
    del settings
    topics = (SIGNALS, COMMANDS)
    return AgentSpec("warn", "district", topics, lambda _: WarnProcessor(catalog), (WARNINGS,))
