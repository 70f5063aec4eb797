"""What a kind of matter keeps of one feed at a street partition: the contract of its book."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple, Protocol

from models.messages.dead_letters import Reason
from models.messages.matters import MatterCount, MatterRecord, WatchedObject

MOST_WATCHED = 20


class Refusal(NamedTuple):
    """Why a street does not take a record: a code and one sentence."""

    reason: Reason
    detail: str


class Book(Protocol):
    """The state of one feed; pure. Records come in the order of their raw offsets.

    A *gauge* is a value of a metric of the feed in a cell: of what changes with records only
    (`gauges`) it is asked for the cells that were touched, of what grows with time alone (`aging`)
    for all cells at the end of each pane.
    """

    def why_not(self, record: MatterRecord) -> str:
        """Say why a record cannot come from ingest; empty where it can. It is asked first."""
        ...

    def apply(self, record: MatterRecord) -> Refusal | None:
        """Apply a record, or say why not; then nothing of it was applied."""
        ...

    def as_sent(self, record: MatterRecord) -> Mapping[str, object]:
        """Give the fields of a raw message that are particular to the kind."""
        ...

    def advance(self, now_ms: int) -> None:
        """Let the event clock be later; it moves back only by `rewind`."""
        ...

    def gauges(self, cell: int) -> Mapping[str, float]:
        """Give the gauges of a cell by metric; one that has none any more is left out."""
        ...

    def aging(self, end_ms: int) -> Iterable[tuple[str, int, float]]:
        """Give metric, cell and value of the gauges that time moves, as of a moment."""
        ...

    @property
    def recounted(self) -> int:
        """Objects that every summary counts anew: the more, the rarer it comes."""
        ...

    def counts(self) -> list[MatterCount]:
        """Give the counts for the summary."""
        ...

    def watched(self, now_ms: int) -> list[WatchedObject]:
        """Give the objects that somebody should look at, at most `MOST_WATCHED`."""
        ...

    def rewind(self, last_ms: int) -> None:
        """Forget to have seen anything later than a time."""
        ...

    def changes(self) -> Mapping[bytes, bytes | None]:
        """Fields that changed since the last call; None deletes a field."""
        ...

    def restore(self, fields: Mapping[bytes, bytes]) -> None:
        """Load all fields that `changes` ever gave and did not delete."""
        ...
