"""District agent `mode`: commands to switch the operating mode in, the change and its answer out.

A change goes into the audit, and once to every street partition, where it changes the clocks of
cases. What leaves is saved first: what was told must stand.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import count
from typing import Final

import msgspec

from config.catalog import Catalog
from config.names import AUDIT, COMMANDS, MODES, RESULTS
from config.settings import Settings
from models.events.mode_switch import ModeSwitch, switched
from models.messages.envelope import encode
from models.messages.modes import ModeCommand
from streams.host.processor import AgentSpec, Effect, Record, Send
from streams.partitions import partition_of

_SWITCH: Final = b"switch"


class ModeProcessor:
    """State of the agent: how the switch stands.

    Parameters
    ----------
    catalog : Catalog
    partitions : int
        Street partitions, each of which is told.
    """

    def __init__(self, catalog: Catalog, partitions: int) -> None:
        self._key = catalog.city.code.encode()
        self._keys = keys_of_partitions(catalog.city.code, partitions)
        self._switch = ModeSwitch()
        self._is_changed = False

    def apply(self, record: Record) -> Sequence[Effect]:
        """Carry out a command to switch; others are for other agents."""
        message = record.decode()
        if not isinstance(message, ModeCommand):
            return ()
        now_ms = record.published_ms or message.sent_ms
        self._switch, result, change = switched(self._switch, message, now_ms)
        self._is_changed = True
        effects: list[Effect] = []
        if change is not None:
            told = encode(change)
            effects.append(Send(AUDIT, self._key, told))
            effects += [Send(MODES, key, told) for key in self._keys]
        return [*effects, Send(RESULTS, self._key, encode(result))]

    def tick(self, now_ms: int) -> Sequence[Effect]:
        """Nothing is due by the clock."""
        del now_ms
        return ()

    def changes(self) -> Mapping[bytes, bytes | None]:
        """Give the switch, where it changed."""
        if not self._is_changed:
            return {}
        self._is_changed = False
        return {_SWITCH: msgspec.msgpack.encode(self._switch)}

    def restore(self, fields: Mapping[bytes, bytes]) -> None:
        """Load the switch."""
        if data := fields.get(_SWITCH):
            self._switch = msgspec.msgpack.decode(data, type=ModeSwitch)


def keys_of_partitions(prefix: str, partitions: int) -> list[bytes]:
    """Give for each partition a key that goes there, by Kafka's own hash.

    Examples
    --------
    >>> len(set(keys_of_partitions("110101", 8)))
    8
    """
    found: dict[int, bytes] = {}
    for number in count():
        if len(found) == partitions:
            return [key for _, key in sorted(found.items())]
        key = f"{prefix}/{number}".encode()
        found.setdefault(partition_of(key, partitions), key)
    raise AssertionError


def spec(catalog: Catalog, settings: Settings) -> AgentSpec:
    """Describe the agent."""
    return AgentSpec(
        "mode",
        "district",
        (COMMANDS,),
        lambda _: ModeProcessor(catalog, settings.street_partitions),
        sends=(AUDIT, MODES, RESULTS),
        saves_first=True,
    )
