"""Street agents of the kinds of feeds that bring their own state: one agent a kind, of its name.

Readings and cases have agents of their own, `panes` and `cases`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from config.catalog import Catalog
from config.settings import Settings
from models.feeds.kinds.contract import (
    FeedKind,
    Outgoing,
    StreetState,
    TimedStreetState,
    feed_kinds,
)
from models.messages.topics import encode
from streams.host.processor import AgentSpec, Effect, Record, Send


class StreetProcessor:
    """Runs the state of a kind; see `Processor`.

    Parameters
    ----------
    state : StreetState
    district : str
        Key of what is sent.
    """

    def __init__(self, state: StreetState, district: str) -> None:
        self._state = state
        self._key = district.encode()

    def apply(self, record: Record) -> Sequence[Effect]:
        """Apply a message to the state."""
        return self._sent(self._state.apply(record.decode()))

    def tick(self, now_ms: int) -> Sequence[Effect]:
        """Send what is due."""
        return self._sent(self._state.tick(now_ms))

    def changes(self) -> Mapping[bytes, bytes | None]:
        """Fields that changed since the last call; None deletes a field."""
        return self._state.changes()

    def restore(self, fields: Mapping[bytes, bytes]) -> None:
        """Load the fields of a checkpoint."""
        self._state.restore(fields)

    @property
    def state(self) -> StreetState:
        """The state that it runs."""
        return self._state

    def _sent(self, messages: Iterable[Outgoing]) -> list[Effect]:
        return [Send(each.topic, self._key, encode(each.message)) for each in messages]


class TimedStreetProcessor(StreetProcessor):
    """Runs a state that holds watermarks; see `Timed`."""

    def __init__(self, state: TimedStreetState, district: str) -> None:
        super().__init__(state, district)
        self._timed = state

    def watermarks(self) -> Mapping[str, int]:
        """Give how far each feed has come."""
        return self._timed.watermarks()


def specs(catalog: Catalog, settings: Settings) -> Iterator[AgentSpec]:
    """Describe an agent for each kind with a state of its own."""
    for kind in feed_kinds().values():
        if kind.sends:
            yield _spec(kind, catalog, settings)


def _spec(kind: FeedKind, catalog: Catalog, settings: Settings) -> AgentSpec:
    def make(partition: int) -> StreetProcessor:
        state = kind.street(catalog, partition, settings.street_partitions)
        if isinstance(state, TimedStreetState):
            return TimedStreetProcessor(state, catalog.city.code)
        return StreetProcessor(state, catalog.city.code)

    return AgentSpec(kind.name, "street", (kind.topic,), make, kind.sends)
