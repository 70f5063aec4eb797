"""Warnings, their audit and their deliveries for everybody who shows them: start here.

`WarningReader.list`, `.get`, `.changes` and `.history` answer from Redis; no Kafka is asked. Each
answer carries the state of the book, which a page or an API has to show: a list that looks calm
because nothing writes it is the worst answer of all.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal, Self

from redis import Redis

from dashboards.common.book import BookReader, BookState, BookView, Entered
from dashboards.common.source import redis_client
from models.grid.codes import is_within
from models.messages.access import AccessEntry
from models.messages.audit import AuditEntry
from models.messages.handovers import HandoverNote
from models.messages.receipts import Receipt
from models.messages.warnings import CityWarning, Level, LifeState
from models.situation.books import Book
from models.warnings.identity import rule_and_area

OPEN: Final = frozenset(
    {LifeState.UNACKNOWLEDGED, LifeState.ACKNOWLEDGED, LifeState.RETURNED, LifeState.LATCHED}
)
MOST: Final = 10_000  # of one page

Order = Literal["newest", "worst"]
Key = tuple[int, int, str]
Entries = list[AuditEntry]  # within the reader, `list` is its method


@dataclass(frozen=True, kw_only=True)
class WarningFilter:
    """Which warnings are wanted; an empty set wants all.

    Attributes
    ----------
    levels, states, rules : frozenset
    areas : frozenset of str
        Codes: a warning counts whose area lies in one of them.
    within : frozenset of str or None
        Codes that the asker may see: besides what lies in them, what concerns the whole of which
        they are a part. None: no bound.
    own_rules : frozenset of str or None
        Rules that the asker may see. None: all.
    since_ms, until_ms : int
        Raised at or after, and before, event time; 0: no bound.
    """

    levels: frozenset[Level] = frozenset()
    states: frozenset[LifeState] = frozenset()
    rules: frozenset[str] = frozenset()
    areas: frozenset[str] = frozenset()
    within: frozenset[str] | None = None
    own_rules: frozenset[str] | None = None
    since_ms: int = 0
    until_ms: int = 0

    def wants(self, warning: CityWarning) -> bool:
        """Tell whether a warning is wanted."""
        return (
            self.sees(warning)
            and (not self.levels or warning.level in self.levels)
            and (not self.states or warning.state in self.states)
            and (not self.rules or warning.rule in self.rules)
            and (not self.areas or any(is_within(warning.area, area) for area in self.areas))
            and warning.raised_ms >= self.since_ms
            and (not self.until_ms or warning.raised_ms < self.until_ms)
        )

    def sees(self, warning: CityWarning) -> bool:
        """Tell whether the asker may see a warning."""
        return self._sees(warning.rule, warning.area)

    def sees_named(self, warning: str) -> bool:
        """Tell whether the asker may see a warning of which only the id is at hand."""
        return self._sees(*rule_and_area(warning))

    def _sees(self, rule: str, place: str) -> bool:
        if self.own_rules is not None and rule not in self.own_rules:
            return False
        return self.within is None or any(
            is_within(place, area) or is_within(area, place) for area in self.within
        )


@dataclass(frozen=True, kw_only=True)
class WarningPage:
    """A page of warnings.

    Attributes
    ----------
    items : list of CityWarning
    after : tuple or None
        Give it to the next call; None on the last page.
    total : int
        Warnings that are wanted, on all pages.
    state : BookState
        How far it may be believed.
    mark : str
        The moment it shows, for `changes`.
    written_ms : int
        Wall clock of the writer's last sign of life.
    """

    items: list[CityWarning]
    after: Key | None
    total: int
    state: BookState
    mark: str
    written_ms: int


@dataclass(frozen=True, kw_only=True)
class Changes:
    """Warnings that changed since a moment, the oldest change first.

    `is_whole` says that the moment is not known here: then these are all there are.
    """

    items: list[Entered[CityWarning]]
    is_whole: bool
    state: BookState
    mark: str


class WarningReader:
    """Reads warnings, audit and deliveries; may be asked from several threads.

    Parameters
    ----------
    client : redis.Redis
    now_ms : callable, optional
        Wall clock.
    """

    def __init__(self, client: Redis, now_ms: Callable[[], int] | None = None) -> None:
        clock = now_ms or _now_ms
        self._warnings = BookReader(client, Book.WARNINGS, CityWarning, clock)
        self._audit = BookReader(client, Book.AUDIT, AuditEntry, clock)
        self._deliveries = BookReader(client, Book.DELIVERIES, Receipt, clock)
        self._access = BookReader(client, Book.ACCESS, AccessEntry, clock)
        self._handovers = BookReader(client, Book.HANDOVERS, HandoverNote, clock)

    @classmethod
    def at(cls, url: str, prefix: str = "") -> Self:
        """Reader at a Redis URL; connects at the first read."""
        return cls(redis_client(url, prefix))

    def list(
        self,
        wanted: WarningFilter | None = None,
        *,
        after: Key | None = None,
        limit: int = 100,
        order: Order = "newest",
    ) -> WarningPage:
        """List warnings, page by page.

        Parameters
        ----------
        wanted : WarningFilter, optional
        after : tuple, optional
            `WarningPage.after` of the page before.
        limit : int
            At most so many, 1 to `MOST`.
        order : {'newest', 'worst'}
            By when they were raised, the newest first; or by level, the highest first, and then
            the oldest.
        """
        wanted = wanted or WarningFilter()
        view = self._warnings.read()
        key = _KEYS[order]
        found = [each.value for each in view.entries.values() if wanted.wants(each.value)]
        rest = sorted((w for w in found if after is None or key(w) > after), key=key)
        items = rest[: min(max(limit, 1), MOST)]
        return WarningPage(
            items=items,
            after=key(items[-1]) if len(items) < len(rest) else None,
            total=len(found),
            state=view.state,
            mark=view.mark,
            written_ms=view.written_ms,
        )

    def get(self, warning: str) -> tuple[CityWarning | None, BookState]:
        """Give the newest revision of a warning, None where none is known."""
        view = self._warnings.read()
        entered = view.entries.get(warning)
        return (entered.value if entered else None), view.state

    def known(self, wanted: WarningFilter) -> dict[str, CityWarning]:
        """Give the warnings that are wanted, by id, from one look at the book."""
        entries = self._warnings.read().entries
        return {name: each.value for name, each in entries.items() if wanted.wants(each.value)}

    def changes(self, since: str = "", wanted: WarningFilter | None = None) -> Changes:
        """Give what changed after a moment (`mark` of an earlier answer)."""
        view = self._warnings.read()
        newer = view.since(since)
        found = newer if newer is not None else _in_order(view)
        kept = [each for each in found if wanted is None or wanted.wants(each.value)]
        return Changes(items=kept, is_whole=newer is None, state=view.state, mark=view.mark)

    def moment(self) -> tuple[str, BookState]:
        """Give the mark of what is newest, and how far the books may be believed."""
        view = self._warnings.read()
        return view.mark, view.state

    def history(self, warning: str) -> tuple[Entries, BookState]:
        """Give what is known of a warning's changes, the oldest first."""
        view = self._audit.read()
        entries = [e.value for e in view.entries.values() if e.value.warning == warning]
        return sorted(entries, key=lambda entry: entry.revision), view.state

    def audit(self) -> BookView[AuditEntry]:
        """Give the newest changes of all warnings."""
        return self._audit.read()

    def deliveries(self) -> BookView[Receipt]:
        """Give the newest receipt of each change at each receiver."""
        return self._deliveries.read()

    def access(self) -> BookView[AccessEntry]:
        """Give the newest logins and refusals."""
        return self._access.read()

    def handovers(self) -> BookView[HandoverNote]:
        """Give the newest notes between shifts."""
        return self._handovers.read()


def _in_order(view: BookView[CityWarning]) -> list[Entered[CityWarning]]:
    return sorted(view.entries.values(), key=lambda entered: entered.change)


def _newest(warning: CityWarning) -> Key:
    return (-warning.raised_ms, 0, warning.id)


def _worst(warning: CityWarning) -> Key:
    return (-warning.level, warning.raised_ms, warning.id)


_KEYS: Final[dict[Order, Callable[[CityWarning], Key]]] = {"newest": _newest, "worst": _worst}


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
