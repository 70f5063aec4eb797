"""When a change of a warning is tried, tried again, dropped and given up."""

from __future__ import annotations

from itertools import pairwise

import msgspec
import pytest

from models.messages.receipts import Receipt
from models.messages.warnings import CityWarning, Level, Suppression, WarningChange
from models.warnings.outbox import (
    ANSWER_MS,
    GIVE_UP_MS,
    IN_FLIGHT,
    LONGEST_WAIT_MS,
    MOST_SETTLED,
    SETTLED_MS,
    Outbox,
    wait_ms,
)

DESK, ROOM = "https://desk.example/in", "https://room.example/in"
NOW = 1_700_000_000_000
DAY = 86_400_000
READY = NOW + 3_000  # a new outbox first waits for the receipts of the past


def warning(name: str = "w", revision: int = 0, **more: object) -> CityWarning:
    raised = CityWarning(
        id=name,
        revision=revision,
        rule="r",
        change=WarningChange.RAISED,
        level=Level.RED,
        feed="dust",
        metric="pm10",
        area="110101001",
        cells=[],
        raised_ms=1,
        updated_ms=1,
    )
    return msgspec.structs.replace(raised, **more)


def receipt(
    revision: int = 0,
    *,
    name: str = "w",
    delivered: bool = False,
    attempt: int = 1,
    answered_ms: int = READY,
    receiver: str = DESK,
    gave_up: bool = False,
) -> Receipt:
    return Receipt(
        warning=name,
        revision=revision,
        channel="webhook",
        receiver=receiver,
        attempt=attempt,
        delivered=delivered,
        status=204 if delivered else 500,
        detail="",
        sent_ms=answered_ms,
        answered_ms=answered_ms,
        gave_up=gave_up,
    )


def add(outbox: Outbox, change: CityWarning, published_ms: int = NOW) -> None:
    outbox.add(change, published_ms)


def ready(*receivers: str) -> Outbox:
    outbox = Outbox(receivers or (DESK,))
    assert outbox.due(NOW) == ([], [])
    return outbox


def tried(outbox: Outbox, now_ms: int) -> list[tuple[str, int]]:
    return [(each.receiver, each.attempt) for each in outbox.due(now_ms)[0]]


def reloaded(outbox: Outbox, *receivers: str) -> Outbox:
    fields = {name: value for name, value in outbox.changes().items() if value is not None}
    other = Outbox(receivers or (DESK,))
    other.restore(fields)
    assert other.changes() == {}
    return other


def test_pauses_double_up_to_a_quarter_of_an_hour() -> None:
    pauses = [wait_ms(attempt) for attempt in range(1, 40)]
    assert pauses[:3] == [5_000, 10_000, 20_000]
    assert all(b in (2 * a, 900_000) for a, b in pairwise(pauses))
    assert pauses[-1] == 900_000


def test_a_change_is_tried_once_at_each_receiver() -> None:
    outbox = ready(DESK, ROOM)
    add(outbox, warning())
    add(outbox, warning())
    assert tried(outbox, READY) == [(DESK, 1), (ROOM, 1)]
    assert tried(outbox, READY + 1) == []


def test_a_suppressed_change_is_not_sent() -> None:
    outbox = ready()
    add(outbox, warning(suppressed=Suppression.THROTTLED))
    assert tried(outbox, READY) == []


def test_a_failed_try_is_repeated_after_a_pause_from_its_answer_on() -> None:
    outbox = ready()
    add(outbox, warning())
    assert tried(outbox, READY) == [(DESK, 1)]
    outbox.answer(receipt(answered_ms=READY + 500), NOW)
    assert tried(outbox, READY + 500 + wait_ms(1) - 1) == []
    assert tried(outbox, READY + 500 + wait_ms(1)) == [(DESK, 2)]
    outbox.answer(receipt(attempt=2, answered_ms=READY + 9_000), NOW)
    assert tried(outbox, READY + 9_000 + wait_ms(2) - 1) == []
    assert tried(outbox, READY + 9_000 + wait_ms(2)) == [(DESK, 3)]


def test_one_receivers_failure_does_not_touch_another() -> None:
    outbox = ready(DESK, ROOM)
    add(outbox, warning())
    tried(outbox, READY)
    outbox.answer(receipt(receiver=DESK, delivered=True), NOW)
    outbox.answer(receipt(receiver=ROOM), NOW)
    assert tried(outbox, READY + wait_ms(1)) == [(ROOM, 2)]


def test_a_lost_answer_is_tried_again() -> None:
    outbox = ready()
    add(outbox, warning())
    tried(outbox, READY)
    assert tried(outbox, READY + ANSWER_MS - 1) == []
    assert tried(outbox, READY + ANSWER_MS) == [(DESK, 2)]


def test_a_delivered_change_never_goes_out_again() -> None:
    outbox = ready()
    add(outbox, warning())
    tried(outbox, READY)
    outbox.answer(receipt(delivered=True), NOW)
    add(outbox, warning())
    assert tried(outbox, READY + ANSWER_MS) == []
    assert tried(reloaded(outbox), READY + DAY // 2) == []


def test_a_receipt_that_comes_before_its_change_settles_it() -> None:
    outbox = ready()
    outbox.answer(receipt(delivered=True), NOW)
    add(outbox, warning())
    assert tried(outbox, READY) == []


def test_few_tries_are_on_their_way_at_one_receiver() -> None:
    outbox = ready(DESK, ROOM)
    for revision in range(IN_FLIGHT + 5):
        add(outbox, warning(revision=revision))
    assert len(tried(outbox, READY)) == 2 * IN_FLIGHT
    assert tried(outbox, READY) == []
    outbox.answer(receipt(0, delivered=True), NOW)
    assert tried(outbox, READY) == [(DESK, 1)]


def test_after_a_day_it_is_given_up_with_a_last_receipt() -> None:
    outbox = ready()
    add(outbox, warning())
    tried(outbox, READY)
    outbox.answer(receipt(), NOW)
    attempts, given_up = outbox.due(NOW + DAY - 1)
    assert (len(attempts), given_up) == (1, [])
    attempts, (last,) = outbox.due(NOW + DAY)
    assert attempts == []
    assert (last.warning, last.revision, last.receiver) == ("w", 0, DESK)
    assert (last.gave_up, last.delivered, last.attempt) == (True, False, 2)
    assert outbox.due(NOW + DAY + 1) == ([], [])
    add(outbox, warning())
    assert outbox.due(NOW + DAY + 2) == ([], [])


def test_what_was_on_its_way_at_a_crash_is_tried_again_soon() -> None:
    outbox = ready()
    add(outbox, warning())
    tried(outbox, READY)
    other = reloaded(outbox)
    assert tried(other, READY + 100) == []  # its receipt may be the next record
    assert tried(other, READY + 3_100) == [(DESK, 2)]


def test_after_a_loss_nothing_older_than_a_day_goes_out() -> None:
    outbox = Outbox([DESK])
    add(outbox, warning("old"), NOW - DAY - 1)
    add(outbox, warning("young"), NOW - DAY // 2)
    outbox.due(NOW)
    attempts, given_up = outbox.due(READY)
    assert [each.warning.id for each in attempts] == ["young"]
    assert [(last.warning, last.gave_up) for last in given_up] == [("old", True)]


def test_after_a_loss_changes_of_a_warning_that_has_ended_do_not_go_out() -> None:
    outbox = Outbox([DESK])
    add(outbox, warning(revision=0), NOW - 7_200_000)
    add(outbox, warning(revision=1), NOW - 5_400_000)
    add(outbox, warning(revision=2, cleared_ms=9), NOW - 3_600_000)
    outbox.due(NOW)
    attempts, given_up = outbox.due(READY)
    assert [each.warning.revision for each in attempts] == [2]
    assert given_up == []


def test_an_end_does_not_drop_changes_published_in_the_life_of_the_state() -> None:
    outbox = ready()
    add(outbox, warning(revision=0), READY)
    add(outbox, warning(revision=1, cleared_ms=9), READY + 1)
    assert len(tried(outbox, READY + 10)) == 2


def test_after_a_loss_it_waits_while_records_of_the_past_come_in() -> None:
    outbox = Outbox([DESK])
    for step in range(20):
        add(outbox, warning(f"w{step}"), NOW - DAY // 2)
        assert outbox.due(NOW + 1_000 * step) == ([], [])
    for step in range(20):
        outbox.answer(receipt(name=f"w{step}", delivered=True), NOW - DAY // 2)
    assert outbox.due(NOW + 20_000) == ([], [])
    assert outbox.due(NOW + 24_000) == ([], [])


def test_it_does_not_wait_for_ever_while_it_lags() -> None:
    outbox = Outbox([DESK])
    for step in range(0, 700):
        add(outbox, warning(f"w{step}"), NOW + 1_000 * step - 120_000)
        if outbox.due(NOW + 1_000 * step)[0]:
            assert step == 600
            break
    else:
        pytest.fail("nothing was ever sent")


def test_times_of_a_wrong_clock_neither_hold_nor_lose_a_change() -> None:
    outbox = ready()
    add(outbox, warning(), 2**62)
    assert tried(outbox, READY) == [(DESK, 1)]
    outbox.answer(receipt(answered_ms=2**50), NOW)
    assert tried(outbox, READY + 1) == [(DESK, 2)]
    assert outbox.due(READY + DAY)[1][0].gave_up


def test_settled_changes_are_forgotten_by_age_and_number() -> None:
    outbox = ready()
    for revision in range(MOST_SETTLED + 1):
        outbox.answer(receipt(revision, delivered=True), NOW)
    add(outbox, warning(revision=0))
    assert tried(outbox, READY) == [(DESK, 1)]
    outbox.due(READY + SETTLED_MS + 1)
    (field,) = [v for k, v in outbox.changes().items() if k == b"settled"]
    assert field is not None and len(msgspec.msgpack.decode(field)) <= 1


def test_a_receiver_that_is_configured_no_more_is_let_go() -> None:
    outbox = ready(DESK, ROOM)
    add(outbox, warning())
    other = reloaded(outbox, ROOM)
    other.due(NOW)
    assert tried(other, READY) == [(ROOM, 1)]


def test_the_longest_pause_is_respected() -> None:
    outbox = ready()
    add(outbox, warning())
    tried(outbox, READY)
    outbox.answer(receipt(attempt=40), NOW)
    assert tried(outbox, READY + LONGEST_WAIT_MS - 1) == []
    assert tried(outbox, READY + LONGEST_WAIT_MS) == [(DESK, 41)]
    assert GIVE_UP_MS == DAY


def test_only_what_changed_is_saved_and_a_delivery_that_is_settled_is_deleted() -> None:
    outbox = ready()
    assert outbox.changes() == {b"since": b"%d" % NOW}
    assert outbox.changes() == {}
    add(outbox, warning())
    (field,) = outbox.changes().items()
    assert field[0] == b'delivery/["w",0,"https://desk.example/in"]'
    assert field[1] is not None
    tried(outbox, READY)
    assert outbox.changes().keys() == {field[0]}
    assert outbox.changes() == {}
    outbox.answer(receipt(delivered=True, answered_ms=READY + 7), NOW)
    changed = outbox.changes()
    assert changed[field[0]] is None
    assert changed.keys() == {field[0], b"settled"}
    settled = changed[b"settled"]
    assert settled is not None
    assert msgspec.msgpack.decode(settled) == [["w", 0, DESK, READY + 7]]
    outbox.answer(receipt(delivered=True, answered_ms=READY + 8), NOW)
    assert outbox.changes() == {}, "it was settled already"


def test_a_state_that_is_saved_goes_on_as_it_was() -> None:
    outbox = ready(DESK, ROOM)
    for name in ("a", "b"):
        add(outbox, warning(name))
    tried(outbox, READY)
    outbox.answer(receipt(name="a", receiver=ROOM, delivered=True), NOW)
    outbox.answer(receipt(name="b", attempt=1, answered_ms=READY + 10), NOW)
    other = reloaded(outbox, DESK, ROOM)
    other.due(NOW + 10)  # it waits for receipts of its own first
    at_ms = READY + 10 + wait_ms(1)
    assert sorted(tried(other, at_ms)) == [(DESK, 2), (DESK, 2), (ROOM, 2)]
    saved = other.changes()
    assert b"since" not in saved


@pytest.mark.parametrize(
    ("answered", "tried_again"),
    [(0, False), (1, False), (2, True), (3, True)],
)
def test_an_answer_of_an_older_try_plans_nothing(answered: int, tried_again: bool) -> None:
    outbox = ready()
    add(outbox, warning())
    tried(outbox, READY)
    outbox.answer(receipt(attempt=1, answered_ms=READY), NOW)
    assert tried(outbox, READY + 5_000) == [(DESK, 2)]
    outbox.answer(receipt(attempt=answered, answered_ms=READY + 6_000), NOW)
    wait = wait_ms(answered) if answered else 0
    later = [tried(outbox, READY + 6_000 + pause) for pause in (1, wait - 1, wait)]
    if tried_again:
        assert later == [[], [], [(DESK, answered + 1)]]
    else:
        assert later[0] == [(DESK, 3)]  # the room of the try that was answered is free


def test_a_failed_receipt_of_an_unknown_change_is_nothing_to_remember() -> None:
    outbox = ready()
    outbox.changes()
    outbox.answer(receipt(name="other"), NOW)
    assert outbox.changes() == {}
    assert outbox.due(READY) == ([], [])


def test_giving_up_by_the_receiver_of_receipts_settles_too() -> None:
    outbox = ready()
    add(outbox, warning())
    tried(outbox, READY)
    outbox.answer(receipt(gave_up=True), NOW)
    assert outbox.due(READY + ANSWER_MS) == ([], [])
    add(outbox, warning())
    assert outbox.due(READY + ANSWER_MS + 1) == ([], [])


def test_the_last_receipt_says_how_often_it_was_tried() -> None:
    outbox = ready()
    add(outbox, warning("once"))
    tried(outbox, READY)
    add(outbox, warning("twice", revision=2), NOW + 1)
    outbox.answer(receipt(2, name="twice", attempt=1), NOW)
    tried(outbox, READY + wait_ms(1))
    last = outbox.due(NOW + 1 + DAY)[1]
    assert [(one.warning, one.revision, one.attempt, one.sent_ms) for one in last] == [
        ("once", 0, 1, NOW),
        ("twice", 2, 2, NOW + 1),
    ]
    for one in last:
        assert (one.channel, one.receiver, one.status) == ("webhook", DESK, 0)
        assert (one.delivered, one.gave_up, one.answered_ms) == (False, True, NOW + 1 + DAY)
        why = "it was published more than a day ago"
        assert one.detail == f"given up after {one.attempt} tries: {why}"


def test_a_receipt_without_a_number_of_its_try_is_one_of_a_first_try() -> None:
    outbox = ready()
    add(outbox, warning())
    outbox.answer(receipt(attempt=0), NOW)
    assert tried(outbox, READY + wait_ms(1) - 1) == []
    assert tried(outbox, READY + wait_ms(1)) == [(DESK, 1)]


def test_what_was_never_tried_says_so() -> None:
    outbox = Outbox([DESK])
    add(outbox, warning(), NOW - DAY)
    outbox.due(NOW)
    _, (last,) = outbox.due(READY)
    assert (last.attempt, last.detail.split(":")[0]) == (0, "given up without a try")


def test_two_hundred_outcomes_are_given_at_a_time() -> None:
    outbox = Outbox([f"https://desk{n}.example/in" for n in range(30)])
    outbox.due(NOW)
    for revision in range(8):
        add(outbox, warning(revision=revision))
    first, second = outbox.due(READY)[0], outbox.due(READY)[0]
    assert (len(first), len(second), len(outbox.due(READY)[0])) == (200, 40, 0)
    old = Outbox([DESK])
    for revision in range(250):
        add(old, warning(revision=revision), NOW - DAY)
    old.due(NOW)
    assert [len(old.due(READY)[1]) for _ in range(3)] == [200, 50, 0]


@pytest.mark.parametrize(("age_ms", "is_held"), [(60_000, False), (60_001, True)])
def test_a_record_of_more_than_a_minute_ago_is_one_of_the_past(age_ms: int, is_held: bool) -> None:
    outbox = ready()
    add(outbox, warning(), READY - age_ms)
    first = [(DESK, 1)]
    given_at = [tried(outbox, READY + later) for later in (0, 2_999, 3_000)]
    assert given_at == ([[], [], first] if is_held else [first, [], []])


def test_the_oldest_record_since_the_last_call_counts_and_unknown_times_do_not() -> None:
    outbox = ready()
    add(outbox, warning("a"), READY - 60_001)
    add(outbox, warning("b"), READY)
    add(outbox, warning("c"), 0)
    assert tried(outbox, READY) == []
    assert len(tried(outbox, READY + 3_000)) == 3
    outbox.answer(receipt(name="z", delivered=True), READY - 60_001)  # receipts count as well
    add(outbox, warning("d"), READY)
    assert tried(outbox, READY + 3_001) == []


@pytest.mark.parametrize(
    ("published_ms", "is_sent"),
    [(NOW - 60_000, True), (NOW - 60_001, False)],
)
def test_what_was_published_before_the_state_began_is_dropped_once_its_warning_ended(
    published_ms: int, is_sent: bool
) -> None:
    outbox = ready()
    add(outbox, warning(revision=0), published_ms)
    add(outbox, warning(revision=1, cleared_ms=9), READY)
    add(outbox, warning("open"), published_ms)
    assert outbox.due(READY)[0] == []
    attempts, last = outbox.due(READY + 3_000)
    sent = {(each.warning.id, each.warning.revision) for each in attempts}
    known = {("w", 1), ("open", 0)} | ({("w", 0)} if is_sent else set())
    assert last == []
    assert sent == known


def test_an_end_that_is_held_back_still_ends_what_came_before() -> None:
    outbox = Outbox([DESK])
    add(outbox, warning(revision=0), NOW - 3_600_000)
    held = warning(revision=1, cleared_ms=9, suppressed=Suppression.THROTTLED)
    add(outbox, held, NOW - 3_600_000)
    outbox.due(NOW)
    assert outbox.due(READY) == ([], [])


def test_an_end_is_of_earlier_changes_of_the_same_warning_only() -> None:
    outbox = Outbox([DESK])
    add(outbox, warning(revision=3), NOW - 3_600_000)
    add(outbox, warning("other"), NOW - 3_600_000)
    add(outbox, warning(revision=2, cleared_ms=9), NOW - 3_600_000)
    outbox.due(NOW)
    sent = {(each.warning.id, each.warning.revision) for each in outbox.due(READY)[0]}
    assert sent == {("w", 2), ("w", 3), ("other", 0)}


def test_what_is_settled_is_remembered_for_two_days() -> None:
    outbox = ready()
    outbox.answer(receipt(delivered=True, answered_ms=READY), NOW)
    outbox.due(READY + SETTLED_MS)
    add(outbox, warning(), READY + SETTLED_MS)
    assert outbox.due(READY + SETTLED_MS) == ([], [])
    outbox.changes()
    outbox.due(READY + SETTLED_MS + 1)
    assert outbox.changes() == {b"settled": b"\x90"}
    add(outbox, warning(), READY + SETTLED_MS)
    assert tried(outbox, READY + SETTLED_MS + 2) == [(DESK, 1)]


def test_a_pause_of_a_wrong_clock_is_passed_over_and_one_of_ours_is_kept() -> None:
    for wait, is_kept in ((LONGEST_WAIT_MS, True), (LONGEST_WAIT_MS + 1, False)):
        outbox = ready()
        add(outbox, warning())
        tried(outbox, READY)
        answered_ms = READY + wait - wait_ms(1)
        outbox.answer(receipt(attempt=1, answered_ms=answered_ms), NOW)
        assert tried(outbox, READY) == ([] if is_kept else [(DESK, 2)])


def test_an_attempt_carries_its_change_and_its_number() -> None:
    outbox, change = ready(), warning(revision=4)
    add(outbox, change)
    (attempt,), _ = outbox.due(READY)
    assert (attempt.warning, attempt.receiver, attempt.attempt) == (change, DESK, 1)


def test_what_was_settled_stays_settled_over_a_restart() -> None:
    outbox = ready(DESK, ROOM)
    add(outbox, warning())
    tried(outbox, READY)
    outbox.answer(receipt(receiver=DESK, delivered=True), NOW)
    other = reloaded(outbox, DESK, ROOM)
    add(other, warning())  # its topic is read again
    other.due(NOW)
    assert tried(other, READY) == [(ROOM, 2)]
    other.answer(receipt(receiver=ROOM, gave_up=True), NOW)
    again = reloaded(other, DESK, ROOM)
    add(again, warning())
    again.due(NOW)
    assert again.due(READY) == ([], [])


def test_an_empty_state_is_restored_as_a_new_one() -> None:
    outbox = Outbox([DESK])
    outbox.restore({})
    assert outbox.due(NOW) == ([], [])
    assert outbox.changes() == {b"since": b"%d" % NOW}
    add(outbox, warning(revision=2, cleared_ms=5))  # the end of what nobody knows
    assert tried(outbox, READY) == [(DESK, 1)]
