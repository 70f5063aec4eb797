"""What the kinds of matters have in common; a kind adds its book and its figures."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from typing import ClassVar, Final
from zoneinfo import ZoneInfo

from config.catalog import Catalog, Feed, Text
from config.documents import Document
from config.names import DEAD_LETTERS, PANES, SUMMARIES
from models.feeds.kinds.contract import FeedKind
from models.grid.codes import street_code
from models.matters.book import Book
from models.matters.divided import DividedGrid
from models.matters.street import MatterStreet
from models.messages.matters import MatterBatch
from models.messages.rewinds import Rewind
from models.messages.topic import Topic
from models.situation.matter_now import MatterNow, MatterRow
from models.situation.matters import MatterSums
from models.situation.state import DistrictState

REMEMBERED_S: Final = 7 * 86400

Areas = Callable[[str], tuple[tuple[str, str], ...]]  # cell → dimensions and members


def areas_of(catalog: Catalog) -> Areas:
    """Give what finds the areas of a cell: the whole, its street, and its part of each grid."""

    @cache
    def divided() -> list[DividedGrid]:  # of ten thousand cells: made once a cell is asked for
        grid = catalog.grid_at(max(street.valid_from for street in catalog.streets))
        return [DividedGrid(scheme, grid) for scheme in catalog.grids.values()]

    @cache
    def found(cell: str) -> tuple[tuple[str, str], ...]:
        parts = ((each.scheme.name, each.part_of.get(cell)) for each in divided())
        inside = ((by, part) for by, part in parts if part is not None)
        return (("all", ""), ("street", street_code(cell)), *inside)

    return found


def matter_topic(kind: str, about: str) -> Topic:
    """Describe the topic of a kind of matter."""
    return Topic(
        name=f"matter-{kind}",
        about=about,
        level="street",
        key="street, 9 digits; none for a tick, which goes to every partition",
        types=(MatterBatch, Rewind),
    )


class MatterKind(FeedKind):
    """Base of the kinds of matters.

    Attributes
    ----------
    key : tuple of str
        Codes of the figures that are shown first.
    """

    sends: ClassVar[tuple[str, ...]] = (PANES, SUMMARIES, DEAD_LETTERS)
    watched_by: ClassVar[tuple[str, ...]] = ("silence", "limit", "readings")
    key: ClassVar[tuple[str, ...]] = ()

    def remembered_s(self, feed: Feed) -> int:
        """Remember for a week: a fact about a matter is never late."""
        del feed
        return REMEMBERED_S

    def book(self, feed: Feed, catalog: Catalog, areas: Areas) -> Book:
        """Give the book of a feed at a street partition."""
        raise NotImplementedError

    def street(self, catalog: Catalog, partition: int, partitions: int) -> MatterStreet:
        """Give the state of a street partition."""
        areas = areas_of(catalog)
        return MatterStreet(
            catalog, self.name, partition, partitions, lambda feed: self.book(feed, catalog, areas)
        )

    def rows_of(self, feed: Feed, sums: MatterSums, by: str, group: str) -> Iterable[MatterRow]:
        """Give the figures of one group."""
        raise NotImplementedError

    def members(self, feed: Feed, sums: MatterSums, by: str) -> list[str]:
        """Give the members of a dimension that are told of."""
        del feed
        return [""] if by == "all" else sums.groups(by)

    def names_of(self, feed: Feed) -> Mapping[str, Text]:
        """Give the titles of what the feed itself declares, by `<dimension>:<code>`."""
        del feed
        return {}

    def matter(self, feed: Feed, state: DistrictState) -> MatterNow | None:
        """Give all figures of all groups."""
        sums = state.matters.sums(feed.name)
        if sums is None:
            return None
        return MatterNow(
            feed=feed.name,
            kind=self.name,
            title=dict(feed.title),
            now_ms=sums.now_ms,
            rows=list(self._rows(feed, sums)),
            key=list(self.key),
            names={code: dict(title) for code, title in self.names_of(feed).items()},
            watched=sums.watched,
            refused=sums.refused,
        )

    def _rows(self, feed: Feed, sums: MatterSums) -> Iterator[MatterRow]:
        for by in sums.dimensions():
            for group in self.members(feed, sums, by):
                yield from self.rows_of(feed, sums, by, group)


def check_gauges(feed: Feed, file: Document, known: Iterable[str]) -> None:
    """Check that the metrics of a feed are gauges that its kind has; raises ConfigError."""
    names = list(known)
    for metric in feed.metrics:
        if metric not in names:
            wrong = f"a feed of kind {feed.kind} measures {', '.join(names)}, found {metric!r}"
            raise file.error(["metrics", metric], wrong)


def zone_of(catalog: Catalog) -> ZoneInfo:
    """Give the time zone of the city."""
    return ZoneInfo(catalog.city.timezone)


def count(by: str, group: str, code: str, value: float | None) -> MatterRow:
    """Give a plain count, or a level."""
    return MatterRow(by=by, group=group, code=code, value=value)


def share(by: str, group: str, code: str, part: float, whole: float) -> MatterRow:
    """Give a share in percent with what it was made of; unknown where the whole is nothing."""
    value = 100 * part / whole if whole else None
    return MatterRow(by=by, group=group, code=code, value=value, numerator=part, denominator=whole)


def mean(by: str, group: str, code: str, total: float, n: float) -> MatterRow:
    """Give a mean with what it was made of; unknown where there is nothing to average."""
    value = total / n if n else None
    return MatterRow(by=by, group=group, code=code, value=value, numerator=total, denominator=n)
