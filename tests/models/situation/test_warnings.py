"""Warnings as the district shows them, and whether people got them."""

from __future__ import annotations

import msgspec
import pytest

from models.messages.commands import Role
from models.messages.receipts import Receipt
from models.messages.warnings import (
    CityWarning,
    Level,
    Life,
    LifeState,
    Reason,
    Shelving,
    Suppression,
)
from models.situation.warnings import EARLY, KEPT_MS, WarningView
from tests.models.warnings.test_rule_state import CALM, HOT, run

LIFE: list[CityWarning] = run(*HOT, *CALM)[1]


def receipt(revision: int, *, delivered: bool, gave_up: bool = False) -> Receipt:
    return Receipt(
        warning=LIFE[0].id,
        revision=revision,
        channel="webhook",
        receiver="",
        attempt=1,
        delivered=delivered,
        status=0,
        detail="",
        sent_ms=0,
        answered_ms=0,
        gave_up=gave_up,
    )


def test_a_warning_counts_once_however_often_it_is_told() -> None:
    book = WarningView()
    assert [book.put(w) for w in (LIFE[0], LIFE[0])] == [True, False]
    assert book.open() == [LIFE[0]]
    assert book.open_by_level() == {"blue": 1, "yellow": 0, "orange": 0, "red": 0}
    assert [book.put(w) for w in (LIFE[1], LIFE[0])] == [True, False]
    assert (book.open(), book.opened) == ([], 1)


def test_what_is_held_back_is_a_number_and_not_among_the_open() -> None:
    book = WarningView()
    for name, why in (
        ("a", Suppression.THROTTLED),
        ("b", Suppression.INHIBITED),
        ("c", Suppression.NONE),
    ):
        book.put(msgspec.structs.replace(LIFE[0], id=name, suppressed=why))
    assert [warning.id for warning in book.open()] == ["c"]
    assert book.suppressed == 2
    shown = msgspec.structs.replace(LIFE[0], id="a", revision=LIFE[0].revision + 1)
    book.put(shown)
    assert ({warning.id for warning in book.open()}, book.suppressed) == ({"a", "c"}, 1)


def test_the_worst_come_first_then_the_oldest() -> None:
    book = WarningView()
    for name, level, raised_ms in (("a", Level.BLUE, 1), ("b", Level.RED, 9), ("c", Level.RED, 2)):
        book.put(msgspec.structs.replace(LIFE[0], id=name, level=level, raised_ms=raised_ms))
    assert [warning.id for warning in book.open()] == ["c", "b", "a"]


def test_a_missed_delivery_is_seen_and_a_late_success_makes_it_good() -> None:
    book = WarningView()
    book.put(LIFE[0])
    book.receipt(receipt(0, delivered=True))
    book.receipt(receipt(0, delivered=True))
    book.receipt(receipt(1, delivered=False))
    book.receipt(receipt(1, delivered=False, gave_up=True))
    assert (book.deliveries, book.undelivered) == (1, 1)
    book.receipt(receipt(1, delivered=True))
    assert (book.deliveries, book.undelivered) == (2, 0)


def test_a_receipt_may_overtake_its_warning() -> None:
    book = WarningView()
    book.receipt(receipt(0, delivered=True))
    assert book.deliveries == 1  # it was delivered, whichever comes first
    book.put(LIFE[0])
    assert (book.deliveries, book.early) == (1, {})


def test_receipts_whose_warning_never_comes_are_counted_and_let_go() -> None:
    book = WarningView()
    for number in range(EARLY + 10):
        other = msgspec.structs.replace(receipt(0, delivered=True), warning=f"gone.{number}")
        book.receipt(other)
    assert len(book.early) == EARLY
    assert book.deliveries == EARLY + 10


def test_what_a_person_keeps_from_view_is_not_among_the_open() -> None:
    book = WarningView()
    shelving = Shelving(
        state=LifeState.SHELVED, role=Role.OPERATOR, since_ms=1, until_ms=2, covers=Level.BLUE
    )
    book.put(LIFE[0])
    book.put(msgspec.structs.replace(LIFE[0], revision=1, life=Life(shelving=shelving)))
    assert book.open() == []
    book.put(msgspec.structs.replace(LIFE[0], revision=2))
    assert [warning.revision for warning in book.open()] == [2]


@pytest.mark.parametrize("reason", [Reason.COMMAND, Reason.SUPERSEDED])
def test_what_becomes_of_a_forgotten_warning_counts_it_no_second_time(reason: Reason) -> None:
    book = WarningView()
    for warning in LIFE:
        book.put(warning)
    later = LIFE[-1].cleared_ms + KEPT_MS + 1
    book.put(msgspec.structs.replace(LIFE[0], id="later", updated_ms=later))
    assert not book.put(msgspec.structs.replace(LIFE[-1], revision=9, reason=reason))
    assert (book.opened, list(book.entries)) == (2, ["later"])


def test_what_was_cleared_long_ago_is_forgotten_but_counted() -> None:
    book = WarningView()
    for warning in LIFE:
        book.put(warning)
    book.receipt(receipt(0, delivered=True))
    later = LIFE[-1].cleared_ms + KEPT_MS + 1
    book.put(msgspec.structs.replace(LIFE[0], id="later", updated_ms=later))
    assert list(book.entries) == ["later"]
    assert (book.opened, book.deliveries) == (2, 1)
    saved = msgspec.msgpack.decode(msgspec.msgpack.encode(book), type=WarningView)
    assert saved == book
