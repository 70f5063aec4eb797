"""What a reader of the books knows, and that it says how far it may be believed."""

from __future__ import annotations

from collections.abc import Iterator
from unittest.mock import patch

import pytest
from redis import Redis

from config.names import BOOKS, book_keys
from dashboards.common.book import STALE_AFTER_MS, BookState
from dashboards.common.source import redis_client
from dashboards.common.warning_book import WarningFilter, WarningReader
from models.messages.warnings import CityWarning, Level, LifeState
from models.situation.books import MOST_SETTLED, Book
from ops.processes.ports import free_port
from tests.dashboards.common.books import (
    NOON_MS,
    acknowledged,
    entry,
    receipt,
    warning,
    write,
)


class Clock:
    now_ms = NOON_MS

    def __call__(self) -> int:
        return self.now_ms


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def reader(redis_url: str, clock: Clock) -> Iterator[WarningReader]:
    with redis_client(redis_url) as client:
        yield WarningReader(client, clock)


def ids(warnings: list[CityWarning]) -> list[str]:
    return [each.id.rpartition(".")[2] for each in warnings]


def test_no_redis_nothing_yet_stale_and_fresh_are_told_apart(
    reader: WarningReader, redis_url: str, clock: Clock
) -> None:
    away = WarningReader(redis_client(f"redis://127.0.0.1:{free_port()}/0"), clock)
    assert away.list().state is BookState.REDIS
    assert reader.list().state is BookState.EMPTY
    write(redis_url)
    assert (reader.list().state, reader.list().items) == (BookState.FRESH, [])
    clock.now_ms += STALE_AFTER_MS
    assert reader.list().state is BookState.FRESH
    clock.now_ms += 1
    assert reader.list().state is BookState.STALE
    write(redis_url, warning(), written_ms=clock.now_ms)
    assert (reader.list().state, ids(reader.list().items)) == (BookState.FRESH, ["0"])


def test_what_another_version_wrote_is_said_and_hides_nothing(
    reader: WarningReader, redis_url: str
) -> None:
    write(redis_url, warning(0))
    assert ids(reader.list().items) == ["0"]
    entries, order, _ = book_keys("warnings")
    with Redis.from_url(redis_url) as client:
        client.hset(entries, "other", b'0 0 {"shape":"of tomorrow"}')
        client.zadd(order, {"other": 2})
        client.hincrby(BOOKS, "changes", 1)
    page = reader.list()
    assert (page.state, ids(page.items)) == (BookState.BROKEN, ["0"])


def test_the_newest_revision_counts_whatever_comes_again(
    reader: WarningReader, redis_url: str
) -> None:
    first = warning()
    second = acknowledged(first)
    write(redis_url, first, second)
    mark = reader.list().mark
    write(redis_url, first, second, entry(first))  # a crash: all of it again
    found, _ = reader.get(first.id)
    assert found == second
    assert reader.changes(mark).items == []
    assert reader.get("nothing")[0] is None


def test_changes_are_followed_from_a_mark(reader: WarningReader, redis_url: str) -> None:
    write(redis_url, warning(0), warning(1))
    start = reader.changes()
    assert start.is_whole
    assert ids([each.value for each in start.items]) == ["0", "1"]
    write(redis_url, warning(2), acknowledged(warning(0)))
    news = reader.changes(start.mark)
    assert not news.is_whole
    assert ids([each.value for each in news.items]) == ["2", "0"]
    assert reader.changes(news.mark).items == []
    for unknown in ("0-1", "nonsense", "-", f"{start.mark}9999"):
        assert reader.changes(unknown).is_whole


def test_after_a_loss_of_redis_all_is_read_anew(
    reader: WarningReader, redis_url: str, clock: Clock
) -> None:
    write(redis_url, warning(0), warning(1))
    mark = reader.list().mark
    with Redis.from_url(redis_url) as client:
        client.flushall()
    assert (reader.list().state, reader.list().items) == (BookState.EMPTY, [])
    clock.now_ms += 1
    write(redis_url, warning(3), written_ms=clock.now_ms)
    assert ids(reader.list().items) == ["3"]
    assert reader.changes(mark).is_whole


def test_a_partition_that_begins_anew_takes_its_own_entries_along(
    reader: WarningReader, redis_url: str
) -> None:
    write(redis_url, warning(0), partition=0)
    write(redis_url, warning(1), entry(warning(1)), partition=1)
    assert ids(reader.list().items) == ["1", "0"]
    write(redis_url, warning(2), partition=1, begins=True)
    assert ids(reader.list().items) == ["2", "0"]
    assert reader.history(warning(1).id)[0] == []


def test_only_what_nobody_has_to_deal_with_is_let_go_of(
    reader: WarningReader, redis_url: str
) -> None:
    over = [warning(n, state=LifeState.NORMAL, cleared_ms=NOON_MS) for n in range(4)]
    with patch.dict(MOST_SETTLED, {Book.WARNINGS: 2}):
        write(redis_url, warning(9), *over[:3])
        assert ids(reader.list().items) == ["9", "2", "1"]
        write(redis_url, over[3])
        assert ids(reader.list().items) == ["9", "3", "2"]


def test_pages_hold_every_warning_once_in_order(reader: WarningReader, redis_url: str) -> None:
    levels = list(Level)
    every = [warning(n // 2, area=f"11010100{n % 2 + 1}", level=levels[n % 4]) for n in range(11)]
    write(redis_url, *every)
    for order in ("newest", "worst"):
        found: list[CityWarning] = []
        page = reader.list(limit=3, order=order)
        while True:
            found += page.items
            assert page.total == 11
            if page.after is None:
                break
            page = reader.list(limit=3, order=order, after=page.after)
        assert sorted(each.id for each in found) == sorted(each.id for each in every)
        keys = [(-w.level, w.raised_ms) if order == "worst" else (-w.raised_ms,) for w in found]
        assert keys == sorted(keys)


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (WarningFilter(), ["3", "2", "1", "0"]),
        (WarningFilter(levels=frozenset({Level.RED})), ["1"]),
        (WarningFilter(states=frozenset({LifeState.ACKNOWLEDGED})), ["0"]),
        (WarningFilter(rules=frozenset({"other"})), []),
        (WarningFilter(areas=frozenset({"110101002"})), ["2"]),
        (WarningFilter(areas=frozenset({"110101"})), ["3", "2", "1", "0"]),
        (WarningFilter(within=frozenset({"110101002"})), ["3", "2"]),
        (WarningFilter(within=frozenset()), []),
        (WarningFilter(since_ms=NOON_MS + 60_000), ["3", "2", "1"]),
        (WarningFilter(until_ms=NOON_MS + 60_000), ["0"]),
    ],
)
def test_filters(
    reader: WarningReader, redis_url: str, wanted: WarningFilter, expected: list[str]
) -> None:
    write(
        redis_url,
        acknowledged(warning(0)),
        warning(1, level=Level.RED),
        warning(2, area="110101002"),
        warning(3, area="110101"),
    )
    page = reader.list(wanted)
    assert (ids(page.items), page.total) == (expected, len(expected))


def test_history_and_deliveries(reader: WarningReader, redis_url: str) -> None:
    first, second = warning(), acknowledged(warning())
    tried = receipt(first, delivered=False, status=500)
    again = receipt(first, 2, answered_ms=first.raised_ms + 9_000)
    write(redis_url, entry(second, "li"), entry(first), entry(warning(5)), again, tried)
    entries, state = reader.history(first.id)
    assert [(each.revision, each.actor) for each in entries] == [(0, "rule"), (1, "li")]
    assert state is BookState.FRESH
    assert [each.value for each in reader.deliveries().entries.values()] == [again]
    assert len(reader.audit().entries) == 3
