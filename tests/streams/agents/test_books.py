"""Agent `books`: every message becomes its entry, at once for people, and over any crash."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from config.names import AUDIT, RECEIPTS, WARNINGS
from config.settings import Settings
from models.messages.access import AccessEntry, AccessEvent
from models.messages.commands import Role
from models.messages.envelope import encode
from models.messages.handovers import HandoverNote
from models.situation.books import Book, BookEntry
from streams.agents.books import MOST_WAITING, BooksProcessor, spec
from streams.host.processor import Effect, Record, WriteBooks
from streams.partitions import city_partition
from tests.dashboards.common.books import acknowledged, entry, receipt, warning
from tests.streams.agents.district import dongcheng, records, run

NOW_MS = 1_800_000_000_000


def begun() -> BooksProcessor:
    one = BooksProcessor(0)
    one.tick(NOW_MS)
    return one


def entered(effects: Sequence[Effect]) -> list[BookEntry]:
    return [e for effect in effects if isinstance(effect, WriteBooks) for e in effect.entries]


def test_it_begins_by_removing_what_it_does_not_know() -> None:
    one = BooksProcessor(3)
    assert one.tick(NOW_MS) == [WriteBooks(3, NOW_MS, (), begins=True)]
    assert one.tick(NOW_MS + 500) == ()
    assert one.tick(NOW_MS + 1_000) == [WriteBooks(3, NOW_MS + 1_000)]
    saved = {k: v for k, v in one.changes().items() if v is not None}
    again = BooksProcessor(3)
    again.restore(saved)
    assert again.tick(NOW_MS + 2_000) == [WriteBooks(3, NOW_MS + 2_000)]


def test_a_partition_without_the_city_begins_once_and_shows_no_life_after() -> None:
    make = spec(dongcheng(), Settings(district_partitions=4)).make
    begun_once, alive = [], []
    for number in range(4):
        one = make(number)
        begun_once.append(len(one.tick(NOW_MS)))
        alive.append(len(one.tick(NOW_MS + 1_000)))
    assert begun_once == [1, 1, 1, 1]
    assert sorted(alive) == [0, 0, 0, 1]
    place = city_partition(dongcheng(), Settings(district_partitions=4))
    assert alive[place] == 1


def test_what_people_did_is_written_at_once_and_all_else_at_the_next_tick() -> None:
    one = begun()
    raised = warning()
    assert run(one, records(WARNINGS, encode(raised))) == []
    assert [e.name for e in entered(one.tick(NOW_MS + 100))] == [raised.id]
    effects = run(one, records(WARNINGS, encode(acknowledged(raised))))
    assert [(e.name, e.version) for e in entered(effects)] == [(raised.id, 1)]
    assert one.tick(NOW_MS + 200) == ()


def test_a_note_between_shifts_is_written_at_once_and_again_when_it_is_signed() -> None:
    one = begun()
    note = HandoverNote(
        id="n1", event="games", revision=0, text="two are open", writer="li",
        writer_role=Role.OPERATOR, written_ms=NOW_MS,
    )  # fmt: skip
    signed = msgspec.structs.replace(note, revision=1, signer="wang", signed_ms=NOW_MS + 1)
    found = entered([*run(one, records(AUDIT, encode(note), encode(signed)))])
    assert [(e.book, e.name, e.version) for e in found] == [
        (Book.HANDOVERS, "n1", 2 * NOW_MS),
        (Book.HANDOVERS, "n1", 2 * NOW_MS + 1),
    ]
    assert one.tick(NOW_MS + 200) == ()


def test_each_topic_has_its_book() -> None:
    one = begun()
    first = warning()
    run(one, records(WARNINGS, encode(first)))
    run(one, records(AUDIT, encode(entry(first))))
    run(
        one,
        records(
            RECEIPTS,
            encode(receipt(first)),
            encode(receipt(first, 2, answered_ms=first.raised_ms + 900)),
        ),
    )
    found = entered(one.tick(NOW_MS + 100))
    assert [each.book for each in found] == [Book.WARNINGS, Book.AUDIT, *2 * [Book.DELIVERIES]]
    assert found[2].name == found[3].name
    assert found[2].version < found[3].version


def test_what_repeats_at_the_door_is_one_entry_that_counts() -> None:
    one, failed = begun(), AccessEntry(event=AccessEvent.FAILED, user="li", at_ms=NOW_MS)
    again = msgspec.structs.replace(failed, times=2)
    run(one, records(AUDIT, encode(failed), encode(again)))
    found = entered(one.tick(NOW_MS + 100))
    assert [(each.book, each.version) for each in found] == [(Book.ACCESS, 1), (Book.ACCESS, 2)]
    assert len({each.name for each in found}) == 1


def test_a_flood_does_not_wait_for_a_tick() -> None:
    one = begun()
    given_ = records(RECEIPTS, *(encode(receipt(warning(n))) for n in range(MOST_WAITING)))
    assert len(entered(run(one, given_))) == MOST_WAITING


@given(st.lists(st.integers(0, 5), max_size=20), st.integers(1, 4))
def test_nothing_is_missing_after_any_crash(numbers: list[int], every: int) -> None:
    values = [encode(receipt(warning(n), answered_ms=i)) for i, n in enumerate(numbers)]
    saved: dict[bytes, bytes] = {}
    one, done = BooksProcessor(0), list[Effect]()
    for number, value in enumerate(values):
        one.apply(Record(RECEIPTS, 0, number, value))
        if number % 2:
            done += one.tick(NOW_MS + 100 * number)
        if number % every == 0:
            for name, data in one.changes().items():
                if data is None:
                    saved.pop(name, None)
                else:
                    saved[name] = data
            one = BooksProcessor(0)
            one.restore(dict(saved))
    done += one.tick(NOW_MS + 100_000)
    assert {(e.name, e.version) for e in entered(done)} == {
        (f"{warning(n).id}@0 https://desk.example/in", 2 * i) for i, n in enumerate(numbers)
    }
