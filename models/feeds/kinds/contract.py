"""What a kind of feed is: the one contract that every folder beside this file fulfils.

A kind is a folder with a `KIND` in its `__init__`. It says how a feed of its kind is configured,
how a raw record is checked and packed, what a street keeps of it, and what the wall shows. Readings
and cases have street agents of their own (`streams.agents.panes`, `streams.agents.cases`); a kind
that gives a `street` state is run by the agent of its name (`streams.agents.streets`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Protocol, cast, runtime_checkable

from config.catalog import Catalog, Feed
from config.kinds import ConfiguredFeedKind, known_feed_kinds
from models.feeds.checked import RowCheck
from models.feeds.place import Gazetteer
from models.grid.grid import Grid
from models.messages.topic import AnyMessage

if TYPE_CHECKING:
    from models.situation.matter_now import Definition, MatterNow
    from models.situation.snapshot import Headline, Layer, Trend
    from models.situation.state import DistrictState


class Outgoing(NamedTuple):
    """A message for a topic of the district."""

    topic: str
    message: AnyMessage


class StreetState(Protocol):
    """What one street partition keeps of all feeds of a kind; pure, as `streams.host.processor`."""

    def apply(self, message: AnyMessage) -> Iterable[Outgoing]:
        """Apply a message; raises MalformedMessage before anything of it is applied."""
        ...

    def tick(self, now_ms: int) -> Iterable[Outgoing]:
        """Give what is due by the wall clock."""
        ...

    def changes(self) -> Mapping[bytes, bytes | None]:
        """State fields that changed since the last call; None deletes a field."""
        ...

    def restore(self, fields: Mapping[bytes, bytes]) -> None:
        """Load all fields that `changes` ever gave and did not delete."""
        ...


@runtime_checkable
class TimedStreetState(StreetState, Protocol):
    """A state with watermarks: it obeys every `Rewind` that it reads."""

    def watermarks(self) -> Mapping[str, int]:
        """Give how far each feed has come, event time; left out where it is not known."""
        ...


class FeedKind(ConfiguredFeedKind):
    """Base of all kinds; a kind overrides what it has.

    Attributes
    ----------
    topic : str
        Where its accepted rows travel, by street.
    sends : tuple of str
        Topics that its street state sends to; empty where it has an agent of its own instead.
    figures : mapping of str to str
        Figures of the report that it counts, each with the counter of ingest it is the sum of.
    definitions : mapping of str to Definition
        Figures of the matter that a feed of the kind follows, by code; empty of readings and cases.
    is_private : bool
        What it refuses may hold data of a person: its dead letters keep no bytes.
    """

    topic: ClassVar[str]
    sends: ClassVar[tuple[str, ...]] = ()
    figures: ClassVar[Mapping[str, str]] = {}
    is_private: ClassVar[bool] = False
    definitions: ClassVar[Mapping[str, Definition]] = {}

    def rows(self, feed: Feed, gazetteer: Gazetteer) -> RowCheck[Any]:
        """Give what decodes, checks and packs the raw records of a feed."""
        raise NotImplementedError

    def remembered_s(self, feed: Feed) -> int:
        """Tell how long ingest remembers the identity of a CloudEvent, seconds."""
        raise NotImplementedError

    def street(self, catalog: Catalog, partition: int, partitions: int) -> StreetState:
        """Give the state of a street partition, of all feeds of the kind."""
        raise NotImplementedError

    def layers(self, feed: Feed, state: DistrictState, grid: Grid) -> Iterable[Layer]:
        """Give map layers beside those of the feed's metrics."""
        del feed, state, grid
        return ()

    def headlines(
        self, feeds: Sequence[Feed], state: DistrictState, grid: Grid, clock_ms: int
    ) -> Iterable[Headline]:
        """Give headline numbers over all feeds of the kind, which may be none.

        Ages are judged by `clock_ms`: the wall clock, or that of a replay.
        """
        del feeds, state, grid, clock_ms
        return ()

    def matter(self, feed: Feed, state: DistrictState) -> MatterNow | None:
        """Give how the matter of a feed stands, for the snapshot; None where there is none."""
        del feed, state
        return None

    def trends(self, feed: Feed, state: DistrictState) -> Iterable[Trend | None]:
        """Give lines of the last 24 hours beside those of the feed's metrics."""
        del feed, state
        return ()


def feed_kinds() -> dict[str, FeedKind]:
    """All kinds by name."""
    return cast("dict[str, FeedKind]", known_feed_kinds())


def kind_of(feed: Feed) -> FeedKind:
    """Give the kind of a feed."""
    return feed_kinds()[feed.kind]
