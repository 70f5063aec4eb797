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
from tests.models.warnings.test_rule_state import ABOVE, NORMAL, run

LIFE: list[CityWarning] = run(*ABOVE, *NORMAL)[1]


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
    view = WarningView()
    assert [view.apply(w) for w in (LIFE[0], LIFE[0])] == [True, False]
    assert view.open() == [LIFE[0]]
    assert view.open_by_level() == {"blue": 1, "yellow": 0, "orange": 0, "red": 0}
    assert [view.apply(w) for w in (LIFE[1], LIFE[0])] == [True, False]
    assert (view.open(), view.opened) == ([], 1)


def test_what_is_held_back_is_a_number_and_not_among_the_open() -> None:
    view = WarningView()
    for name, why in (
        ("a", Suppression.THROTTLED),
        ("b", Suppression.INHIBITED),
        ("c", Suppression.NONE),
    ):
        view.apply(msgspec.structs.replace(LIFE[0], id=name, suppressed=why))
    assert [warning.id for warning in view.open()] == ["c"]
    assert view.suppressed == 2
    shown = msgspec.structs.replace(LIFE[0], id="a", revision=LIFE[0].revision + 1)
    view.apply(shown)
    assert ({warning.id for warning in view.open()}, view.suppressed) == ({"a", "c"}, 1)


def test_the_worst_come_first_then_the_oldest() -> None:
    view = WarningView()
    for name, level, raised_ms in (("a", Level.BLUE, 1), ("b", Level.RED, 9), ("c", Level.RED, 2)):
        view.apply(msgspec.structs.replace(LIFE[0], id=name, level=level, raised_ms=raised_ms))
    assert [warning.id for warning in view.open()] == ["c", "b", "a"]


def test_a_missed_delivery_is_seen_and_a_late_success_makes_it_good() -> None:
    view = WarningView()
    view.apply(LIFE[0])
    view.receipt(receipt(0, delivered=True))
    view.receipt(receipt(0, delivered=True))
    view.receipt(receipt(1, delivered=False))
    view.receipt(receipt(1, delivered=False, gave_up=True))
    assert (view.deliveries, view.undelivered) == (1, 1)
    view.receipt(receipt(1, delivered=True))
    assert (view.deliveries, view.undelivered) == (2, 0)


def test_a_receipt_may_overtake_its_warning() -> None:
    view = WarningView()
    view.receipt(receipt(0, delivered=True))
    assert view.deliveries == 1  # it was delivered, whichever comes first
    view.apply(LIFE[0])
    assert (view.deliveries, view.early) == (1, {})


def test_receipts_whose_warning_never_comes_are_counted_and_let_go() -> None:
    view = WarningView()
    for number in range(EARLY + 10):
        other = msgspec.structs.replace(receipt(0, delivered=True), warning=f"gone.{number}")
        view.receipt(other)
    assert len(view.early) == EARLY
    assert view.deliveries == EARLY + 10


def test_what_a_person_keeps_from_view_is_not_among_the_open() -> None:
    view = WarningView()
    shelving = Shelving(
        state=LifeState.SHELVED, role=Role.OPERATOR, since_ms=1, until_ms=2, covers=Level.BLUE
    )
    view.apply(LIFE[0])
    view.apply(msgspec.structs.replace(LIFE[0], revision=1, life=Life(shelving=shelving)))
    assert view.open() == []
    view.apply(msgspec.structs.replace(LIFE[0], revision=2))
    assert [warning.revision for warning in view.open()] == [2]


@pytest.mark.parametrize("reason", [Reason.COMMAND, Reason.SUPERSEDED])
def test_what_becomes_of_a_forgotten_warning_counts_it_no_second_time(reason: Reason) -> None:
    view = WarningView()
    for warning in LIFE:
        view.apply(warning)
    later = LIFE[-1].cleared_ms + KEPT_MS + 1
    view.apply(msgspec.structs.replace(LIFE[0], id="later", updated_ms=later))
    assert not view.apply(msgspec.structs.replace(LIFE[-1], revision=9, reason=reason))
    assert (view.opened, list(view.entries)) == (2, ["later"])


def test_what_was_cleared_long_ago_is_forgotten_but_counted() -> None:
    view = WarningView()
    for warning in LIFE:
        view.apply(warning)
    view.receipt(receipt(0, delivered=True))
    later = LIFE[-1].cleared_ms + KEPT_MS + 1
    view.apply(msgspec.structs.replace(LIFE[0], id="later", updated_ms=later))
    assert list(view.entries) == ["later"]
    assert (view.opened, view.deliveries) == (2, 1)
    saved = msgspec.msgpack.decode(msgspec.msgpack.encode(view), type=WarningView)
    assert saved == view


def named(name: str, **changes: object) -> CityWarning:
    return msgspec.structs.replace(LIFE[0], id=name, **changes)


def test_receipts_of_each_warning_are_its_own_and_a_failed_try_is_none() -> None:
    view = WarningView()
    for name in ("a", "b"):
        view.apply(named(name))
    for name, delivered, gave_up in (("a", True, False), ("b", False, False), ("b", False, True)):
        told = receipt(0, delivered=delivered, gave_up=gave_up)
        view.receipt(msgspec.structs.replace(told, warning=name))
    assert {name: (e.delivered, e.gave_up) for name, e in view.entries.items()} == {
        "a": ({0}, set()),
        "b": (set(), {0}),
    }
    assert (view.deliveries, view.undelivered) == (1, 1)


def test_early_receipts_of_one_warning_count_each_revision_once() -> None:
    view = WarningView()
    for revision, delivered in ((0, True), (0, True), (1, True), (2, False)):
        view.receipt(receipt(revision, delivered=delivered))
    view.receipt(receipt(3, delivered=False, gave_up=True))
    assert (view.deliveries, view.undelivered, view.opened) == (2, 0, 0)
    view.apply(LIFE[0])
    assert (view.deliveries, view.undelivered, view.early) == (2, 1, {})


def test_a_thousand_warnings_may_be_waited_for_and_the_first_is_let_go() -> None:
    view = WarningView()
    for number in range(EARLY):
        told = receipt(0, delivered=number > 0)
        view.receipt(msgspec.structs.replace(told, warning=f"w{number}"))
    assert (len(view.early), view.forgotten_delivered) == (EARLY, 0)
    for number in range(2):
        told = msgspec.structs.replace(receipt(0, delivered=True), warning=f"new{number}")
        view.receipt(told)
    assert (len(view.early), view.forgotten_delivered) == (EARLY, 1)
    assert next(iter(view.early)) == "w2"
    assert view.deliveries == EARLY - 1 + 2


def test_open_ones_of_a_level_and_a_time_come_by_name() -> None:
    view = WarningView()
    for name in ("b", "a", "c"):
        view.apply(named(name, raised_ms=5))
    view.apply(named("d", raised_ms=4))
    assert [warning.id for warning in view.open()] == ["d", "a", "b", "c"]


def test_a_warning_that_was_held_back_and_ended_is_not_held_any_more() -> None:
    view = WarningView()
    view.apply(named("a", suppressed=Suppression.THROTTLED))
    view.apply(named("b"))
    assert (view.suppressed, view.opened, len(view.open())) == (1, 2, 1)
    over = named("a", suppressed=Suppression.THROTTLED, cleared_ms=9, revision=1)
    assert view.apply(over)
    assert (view.suppressed, view.opened) == (0, 2)
    assert not view.apply(named("a"))
    assert view.entries["a"].warning == over


def test_a_cleared_warning_is_remembered_for_a_week_and_an_open_one_for_ever() -> None:
    view = WarningView()
    view.apply(named("open", updated_ms=1))
    view.apply(named("over", updated_ms=1, cleared_ms=5))
    view.apply(named("at", updated_ms=5 + KEPT_MS))
    assert view.entries.keys() == {"open", "over", "at"}
    view.apply(named("past", updated_ms=6 + KEPT_MS))
    assert view.entries.keys() == {"open", "at", "past"}
    assert (view.forgotten, view.opened) == (1, 4)


def test_the_counts_of_all_that_is_forgotten_add_up() -> None:
    book = WarningView()
    for name in ("a", "b"):
        book.apply(named(name, cleared_ms=5, updated_ms=1))
        for revision, delivered in ((0, True), (1, False)):
            told = receipt(revision, delivered=delivered, gave_up=not delivered)
            book.receipt(msgspec.structs.replace(told, warning=name))
    book.apply(named("late", updated_ms=6 + KEPT_MS))
    assert list(book.entries) == ["late"]
    assert (book.forgotten, book.opened, book.deliveries, book.undelivered) == (2, 3, 2, 2)
