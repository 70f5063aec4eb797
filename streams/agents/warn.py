"""District agent `warn`: signals and commands in, changes of warnings and answers out.

No more is shown than can be answered, and each change is in the audit. What leaves is saved first
(`AgentSpec.saves_first`): after a crash signals and commands may come in another order, and what
was told must stand.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from config.catalog import Catalog, Rule
from config.names import AUDIT, COMMANDS, RESULTS, SIGNALS, WARNINGS, WATCHDOG
from config.settings import Settings
from models.events.mode_history import ModeHistory
from models.messages.commands import Command
from models.messages.envelope import encode
from models.messages.heartbeats import Heartbeat
from models.messages.modes import ModeChange
from models.messages.rewinds import Rewind
from models.messages.signals import SignalBatch
from models.messages.warnings import CityWarning
from models.rules.applicability import rule_scope
from models.rules.contract import kind_of
from models.timing.rewound import Rewound
from models.warnings.escalation import duty_roster
from models.warnings.identity import rule_and_area
from models.warnings.inhibition import Causes, kept_back
from models.warnings.life.answers import Answers
from models.warnings.life.record import Change, WarningRecord
from models.warnings.life.table import WarningTable
from models.warnings.places import Names
from models.warnings.rule_state import RuleState, advance
from models.warnings.rule_state import rewind as rewind_rule
from models.warnings.throttle import AlarmThrottle, share_of, throttle
from models.warnings.throttle import rewind as rewind_throttle
from streams.host.processor import AgentSpec, Effect, Record, Send

CAUSES: Final = b"/causes"  # no rule has a name with a slash
REWOUND: Final = b"/rewound"
SWITCHES: Final = b"/modes"
THROTTLE: Final = "/throttle"  # after the name of a rule
LIFE: Final = "life/"  # after the name of a rule and a slash; then the area
ANSWER: Final = b"/answers/"  # then the id of the command


class WarnProcessor:
    """State of the agent: for each rule its conditions, what people may be shown, its warnings.

    Parameters
    ----------
    catalog : Catalog
        Its rules say when a signal becomes a warning.
    """

    def __init__(self, catalog: Catalog) -> None:
        self._names = Names(catalog)
        self._work, self._zone = catalog.maintenance, ZoneInfo(catalog.city.timezone)
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
        roster = duty_roster(catalog)
        self._tables = {name: WarningTable(roster) for name in self._rules}
        self._catalog, self._modes = catalog, ModeHistory()
        self._scope = rule_scope(catalog, self._stands)
        self._answers = Answers()
        self._causes = Causes()
        self._rewound = Rewound()
        self._changed: set[bytes] = set()

    def apply(self, record: Record) -> Sequence[Effect]:
        """Take a batch of signals through the rules that read it, or carry out a command."""
        message = record.decode()
        if isinstance(message, Command):
            return self._obey(message, record.published_ms or message.sent_ms)
        if isinstance(message, Heartbeat):
            return [Send(WATCHDOG, self._key, encode(message))]
        if isinstance(message, Rewind):
            self._rewind(message)
        if isinstance(message, ModeChange):
            self._switch(message)
        if not isinstance(message, SignalBatch):
            return ()  # what the cells showed, for the map; or its own word in the audit
        listening = self._listeners.get((message.feed, message.rule), ())
        changes = [
            change
            for rule in listening
            for change in self._advance(rule, message, record.published_ms)
        ]
        return self._told(changes)

    def tick(self, now_ms: int) -> Sequence[Effect]:
        """End what is kept from view for a time, and hand on what nobody acknowledged in time.

        All else of a warning lives by event time.
        """
        ended = [change for table in self._tables.values() for change in table.elapsed(now_ms)]
        return self._told(ended)

    def watermarks(self) -> Mapping[str, int]:
        """Give how far each feed has come."""
        found: dict[str, int] = {}
        for name, rule in self._rules.items():
            clock_ms = max(self._states[name].tick_ms, self._throttles[name].now_ms)
            if clock_ms and not kind_of(rule).by_wall_clock:
                found[rule.feed] = max(found.get(rule.feed, 0), clock_ms)
        return found

    def changes(self) -> Mapping[bytes, bytes | None]:
        """Give the states that changed."""
        fields: dict[bytes, bytes | None] = {}
        for key in sorted(self._changed):
            fields[key] = msgspec.msgpack.encode(self._state_of(key))
        self._changed.clear()
        for name, table in self._tables.items():
            for area in sorted(table.changed):
                fields[f"{name}/{LIFE}{area}".encode()] = msgspec.msgpack.encode(table.get(area))
            table.changed.clear()
        answers = self._answers.changes().items()
        return fields | {ANSWER + command: answer for command, answer in answers}

    def restore(self, fields: Mapping[bytes, bytes]) -> None:
        """Load the states; that of a rule that is configured no more is left out."""
        self._answers.restore({k: v for k, v in fields.items() if k.startswith(ANSWER)})
        for key, data in fields.items():
            name, _, part = key.decode().partition("/")
            if key == CAUSES:
                self._causes = msgspec.msgpack.decode(data, type=Causes)
            elif key == SWITCHES:
                self._follow(msgspec.msgpack.decode(data, type=ModeHistory))
            elif key == REWOUND:
                self._rewound = msgspec.msgpack.decode(data, type=Rewound)
            elif name in self._rules and part.startswith(LIFE):
                record = msgspec.msgpack.decode(data, type=WarningRecord)
                self._tables[name].put(part.removeprefix(LIFE), record)
            elif name in self._rules and part:
                self._throttles[name] = msgspec.msgpack.decode(data, type=AlarmThrottle)
            elif name in self._rules:
                self._states[name] = msgspec.msgpack.decode(data, type=RuleState)

    def _obey(self, command: Command, now_ms: int) -> Sequence[Effect]:
        """Carry out a command, once, and answer it."""
        known = self._answers.get(command.id)
        if known is not None:
            return [Send(RESULTS, self._key, encode(known))]
        rule, area = rule_and_area(command.warning)
        table = self._tables.get(rule, WarningTable())
        result, changes = table.asked(area, command, now_ms)
        self._answers.add(result)
        return [*self._told(changes), Send(RESULTS, self._key, encode(result))]

    def _told(self, changes: Sequence[Change]) -> list[Effect]:
        """Tell each change, and write it into the audit."""
        effects: list[Effect] = []
        for change in changes:
            effects.append(Send(WARNINGS, self._key, encode(change.warning)))
            effects.append(Send(AUDIT, self._key, encode(change.entry)))
        return effects

    def _advance(self, rule: Rule, batch: SignalBatch, now_ms: int) -> list[Change]:
        """Take a batch through one rule, and decide what people see of it."""
        name, table = rule.name, self._tables[rule.name]
        context_of = partial(self._names.context_of, rule)
        state, changes = advance(
            self._states[name], rule, batch, context_of, table.newest, self._scope
        )
        if state is self._states[name]:
            return []
        self._states[name] = state
        self._changed.add(name.encode())
        published = self._throttle(rule, changes, state.tick_ms)
        causes = self._causes.updated(rule, published)
        if causes is not self._causes:
            self._causes = causes
            self._changed.add(CAUSES)
        return list(table.signalled(published, now_ms))

    def _switch(self, change: ModeChange) -> None:
        """Judge by another mode what is dated from the switch on."""
        self._follow(self._modes.with_switch(change.revision, change.at_ms, change.mode))
        self._changed.add(SWITCHES)

    def _follow(self, modes: ModeHistory) -> None:
        self._modes = modes
        self._scope = rule_scope(self._catalog, self._stands, modes)

    def _stands(self, rule: str, area: str) -> bool:
        """Tell whether the condition of another rule stands at a street or the district."""
        found = self._states[rule].areas.get(area)
        return found is not None and found.level is not None

    def _rewind(self, order: Rewind) -> None:
        """Set back the clocks of the rules that read one agent's signals of a feed."""
        if not self._rewound.obey(f"{order.feed}/{order.source}", order.asked_ms):
            return
        self._changed.add(REWOUND)
        for rule in self._listeners.get((order.feed, order.source), ()):
            name = rule.name
            self._states[name] = rewind_rule(self._states[name], order)
            self._throttles[name] = rewind_throttle(self._throttles[name], order)
            self._changed |= {name.encode(), f"{name}{THROTTLE}".encode()}
            if kind_of(rule).is_cause(rule):
                self._causes = self._causes.rewind(order)
                self._changed.add(CAUSES)

    def _throttle(self, rule: Rule, changes: list[CityWarning], tick_ms: int) -> list[CityWarning]:
        """Decide what people see; nothing to do where nothing changed and nothing waits."""
        name = rule.name
        standing = self._tables[name].standing
        if not changes and not any(each.suppressed for each in standing.values()):
            return []
        newest = standing | {change.id: change for change in changes}
        self._throttles[name], published = throttle(
            self._throttles[name],
            standing,
            changes,
            tick_ms,
            self._budgets[name],
            inhibited_by=self._causes.of(rule, tick_ms),
            kept=kept_back(rule, newest.values(), self._work, self._zone, tick_ms),
        )
        self._changed.add(f"{name}{THROTTLE}".encode())
        return published

    def _state_of(self, key: bytes) -> object:
        """Give the state that is saved under a key."""
        name, _, part = key.decode().partition("/")
        if key == CAUSES:
            return self._causes
        if key == REWOUND:
            return self._rewound
        if key == SWITCHES:
            return self._modes
        return self._throttles[name] if part else self._states[name]


def spec(catalog: Catalog, settings: Settings) -> AgentSpec:
    """Describe the agent."""
    del settings
    topics = (SIGNALS, COMMANDS, AUDIT)  # the audit tells of each switch of the mode
    return AgentSpec(
        "warn",
        "district",
        topics,
        lambda _: WarnProcessor(catalog),
        sends=(WARNINGS, AUDIT, RESULTS, WATCHDOG),
        saves_first=True,
    )
