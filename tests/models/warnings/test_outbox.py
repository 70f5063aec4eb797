"""When a change of a warning is tried, tried again, dropped and given up."""

from __future__ import annotations

import msgspec
import pytest

from models.messages.receipts import Receipt
from models.messages.warnings import CityWarning, Level, Suppression, WarningChange
from models.warnings.delivery_queue import ANSWER_MS, IN_FLIGHT
from models.warnings.outbox import MOST_TOGETHER, MOST_WAITING, SETTLED_MS, Outbox
from models.warnings.outbox_state import MOST_SETTLED
from models.warnings.tries import GIVE_UP_MS, LONGEST_WAIT_MS, TRIES, wait_ms

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


class Told:
    """Routes every change to all receivers; each may have a delay."""

    def __init__(self, *receivers: str, delay_ms: int = 0) -> None:
        self.receivers = receivers
        self.delay_ms = delay_ms

    def of(self, change: CityWarning, published_ms: int) -> list[tuple[str, int]]:
        late = 0 if change.level is Level.RED else self.delay_ms
        return [(name, published_ms + late) for name in self.receivers]

    def serves(self, receiver: str) -> bool:
        return receiver in self.receivers


def add(outbox: Outbox, change: CityWarning, published_ms: int = NOW) -> None:
    outbox.add(change, published_ms)


def ready(*receivers: str) -> Outbox:
    outbox = Outbox(Told(*(receivers or (DESK,))))
    assert outbox.due(NOW) == ([], [])
    return outbox


def tried(outbox: Outbox, now_ms: int) -> list[tuple[str, int]]:
    return [(each.receiver, each.attempt) for each in outbox.due(now_ms)[0]]


def reloaded(outbox: Outbox, *receivers: str) -> Outbox:
    fields = {name: value for name, value in outbox.changes().items() if value is not None}
    other = Outbox(Told(*(receivers or (DESK,))))
    other.restore(fields)
    assert other.changes() == {}
    return other


def test_the_schedule_is_that_of_standard_webhooks() -> None:
    seconds = [wait_ms(failures) // 1000 for failures in range(1, 10)]
    assert seconds[:3] == [5, 300, 1800]
    assert seconds[3:] == [hours * 3600 for hours in (2, 5, 10, 14, 20, 24)]
    assert TRIES == 10
    assert sum(seconds) == 75 * 3600 + 35 * 60 + 5


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
    now_ms = READY
    for attempt in range(1, TRIES):
        outbox.answer(receipt(attempt=attempt, answered_ms=now_ms + 500), now_ms)
        assert tried(outbox, now_ms + 500) == []
        assert tried(outbox, now_ms + 500 + wait_ms(attempt) - 1) == []
        now_ms += 500 + wait_ms(attempt)
        assert tried(outbox, now_ms) == [(DESK, attempt + 1)]
    outbox.answer(receipt(attempt=TRIES, answered_ms=now_ms + 500), now_ms)
    attempts, (last,) = outbox.due(now_ms + 500)
    assert attempts == []
    assert (last.gave_up, last.attempt, last.detail) == (True, 10, "given up: 10 tries failed")
    assert outbox.due(now_ms + 2 * DAY) == ([], [])


def test_a_receiver_may_ask_for_a_longer_pause_but_not_for_ever() -> None:
    for asked_s, pause_ms in ((1, 5_000), (60, 60_000), (10**9, LONGEST_WAIT_MS)):
        outbox = ready()
        add(outbox, warning())
        tried(outbox, READY)
        answer = msgspec.structs.replace(receipt(), retry_after_s=asked_s)
        outbox.answer(answer, READY)
        assert tried(outbox, READY + pause_ms - 1) == []
        assert tried(outbox, READY + pause_ms) == [(DESK, 2)]


def test_tries_that_were_lost_do_not_use_the_schedule_up() -> None:
    outbox = ready()
    add(outbox, warning())
    for lost in range(30):
        assert tried(outbox, READY + lost * ANSWER_MS) == [(DESK, lost + 1)]


def test_of_a_receiver_that_fails_one_try_at_a_time_is_on_its_way() -> None:
    outbox = ready()
    for revision in range(4):
        add(outbox, warning(revision=revision))
    assert len(tried(outbox, READY)) == 4
    for revision in range(4):
        outbox.answer(receipt(revision), NOW)
    assert tried(outbox, READY + 5_000) == [(DESK, 2)]
    assert tried(outbox, READY + 5_001) == []
    outbox.answer(receipt(0, attempt=2, delivered=True), NOW)
    assert tried(outbox, READY + 5_002) == [(DESK, 2)] * 3, "it is well again"


def test_what_is_kept_back_goes_in_one_message_and_red_by_itself() -> None:
    outbox = Outbox(Told(DESK, delay_ms=3_600_000))
    outbox.due(NOW)
    for revision in range(3):
        add(outbox, warning(revision=revision, level=Level.BLUE))
    add(outbox, warning("red"), NOW)
    (red,), _ = outbox.due(READY)
    assert [change.id for change in red.changes] == ["red"]
    outbox.answer(receipt(name="red", delivered=True), READY)
    assert outbox.due(NOW + 3_599_999) == ([], [])
    (digest,), _ = outbox.due(NOW + 3_600_000)
    assert [change.revision for change in digest.changes] == [0, 1, 2]
    for revision in range(3):
        answered = receipt(revision, answered_ms=NOW + 3_600_000, delivered=revision == 1)
        outbox.answer(answered, NOW + 3_600_000)
    (again,), _ = outbox.due(NOW + 3_605_000)
    assert [change.revision for change in again.changes] == [0, 2]
    assert again.attempt == 2


def test_a_message_holds_a_hundred_changes_and_the_rest_follows() -> None:
    outbox = Outbox(Told(DESK, delay_ms=3_600_000))
    outbox.due(NOW)
    for revision in range(MOST_TOGETHER + 30):
        add(outbox, warning(revision=revision, level=Level.BLUE))
    outbox.due(READY)
    (first,), _ = outbox.due(NOW + 3_600_000)
    assert len(first.changes) == MOST_TOGETHER
    assert outbox.due(NOW + 3_600_100) == ([], [])
    for change in first.changes:
        outbox.answer(receipt(change.revision, delivered=True, answered_ms=NOW + 3_600_100), NOW)
    (second,), _ = outbox.due(NOW + 3_700_000)
    assert len(second.changes) == 30


def test_of_a_receiver_that_is_away_the_oldest_of_too_many_go_and_it_is_said() -> None:
    outbox = ready()
    for revision in range(MOST_WAITING + 2):
        add(outbox, warning(revision=revision))
    _, last = outbox.due(READY)
    assert [(one.revision, one.gave_up) for one in last] == [(0, True), (1, True)]
    assert last[0].detail == "given up: 1000 newer ones wait"


def test_what_was_given_up_can_be_tried_again() -> None:
    outbox = ready()
    add(outbox, warning())
    tried(outbox, READY)
    outbox.answer(receipt(gave_up=True), NOW)
    assert outbox.due(READY + 1) == ([], [])
    outbox.again(warning(), DESK, READY + 2)
    assert tried(outbox, READY + 3) == [(DESK, 1)]
    outbox.again(warning(), DESK, READY + 4)
    assert tried(outbox, READY + 5) == [], "it is on its way"
    other = reloaded(outbox)
    other.answer(receipt(delivered=True), READY + 6)
    other.due(READY + 7)
    assert other.due(READY + DAY) == ([], [])


def test_after_a_loss_an_order_to_try_again_that_was_answered_is_not_carried_out() -> None:
    outbox = Outbox(Told(DESK))
    outbox.answer(receipt(gave_up=True), NOW - DAY)
    outbox.again(warning(), DESK, NOW - DAY)
    outbox.answer(receipt(delivered=True), NOW - DAY)
    add(outbox, warning(), NOW - 2 * DAY)
    outbox.due(NOW)
    assert outbox.due(READY) == ([], [])
    unanswered = Outbox(Told(DESK))
    unanswered.answer(receipt(gave_up=True), NOW - DAY)
    unanswered.again(warning(), DESK, NOW - DAY)
    add(unanswered, warning(), NOW - 2 * DAY)
    unanswered.due(NOW)
    assert tried(unanswered, READY) == [(DESK, 1)]


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


def test_whatever_became_of_the_tries_it_is_given_up_with_a_last_receipt() -> None:
    outbox = ready()
    add(outbox, warning())
    tried(outbox, READY)
    outbox.answer(receipt(), NOW)
    attempts, last = outbox.due(NOW + GIVE_UP_MS - 1)
    assert (len(attempts), last) == (1, [])
    attempts, (one,) = outbox.due(NOW + GIVE_UP_MS + ANSWER_MS)
    assert attempts == []
    assert (one.warning, one.revision, one.receiver) == ("w", 0, DESK)
    assert (one.gave_up, one.delivered, one.attempt) == (True, False, 2)
    assert one.detail == "given up: it was due 5 days ago, and tried 2 times"
    assert outbox.due(NOW + GIVE_UP_MS + DAY) == ([], [])
    add(outbox, warning())
    assert outbox.due(NOW + GIVE_UP_MS + DAY + 2) == ([], [])


def test_what_was_on_its_way_at_a_crash_is_tried_again_soon() -> None:
    outbox = ready()
    add(outbox, warning())
    tried(outbox, READY)
    other = reloaded(outbox)
    assert tried(other, READY + 100) == []  # its receipt may be the next record
    assert tried(other, READY + 3_100) == [(DESK, 2)]


def test_after_a_loss_nothing_goes_out_that_would_have_been_given_up_by_then() -> None:
    outbox = Outbox(Told(DESK))
    add(outbox, warning("old"), NOW - GIVE_UP_MS - 60_001)
    add(outbox, warning("young"), NOW - DAY // 2)
    outbox.due(NOW)
    attempts, last = outbox.due(READY)
    assert [each.changes[0].id for each in attempts] == ["young"]
    assert last == []


def test_after_a_loss_changes_of_a_warning_that_has_ended_do_not_go_out() -> None:
    outbox = Outbox(Told(DESK))
    add(outbox, warning(revision=0), NOW - 7_200_000)
    add(outbox, warning(revision=1), NOW - 5_400_000)
    add(outbox, warning(revision=2, cleared_ms=9), NOW - 3_600_000)
    outbox.due(NOW)
    attempts, given_up = outbox.due(READY)
    assert [each.changes[0].revision for each in attempts] == [2]
    assert given_up == []


def test_an_end_does_not_drop_changes_published_in_the_life_of_the_state() -> None:
    outbox = ready()
    add(outbox, warning(revision=0), READY)
    add(outbox, warning(revision=1, cleared_ms=9), READY + 1)
    assert len(tried(outbox, READY + 10)) == 2


def test_after_a_loss_it_waits_while_records_of_the_past_come_in() -> None:
    outbox = Outbox(Told(DESK))
    for step in range(20):
        add(outbox, warning(f"w{step}"), NOW - DAY // 2)
        assert outbox.due(NOW + 1_000 * step) == ([], [])
    for step in range(20):
        outbox.answer(receipt(name=f"w{step}", delivered=True), NOW - DAY // 2)
    assert outbox.due(NOW + 20_000) == ([], [])
    assert outbox.due(NOW + 24_000) == ([], [])


def test_it_does_not_wait_for_ever_while_it_lags() -> None:
    outbox = Outbox(Told(DESK))
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
    assert tried(outbox, READY + 4_999) == []
    assert tried(outbox, READY + 5_000) == [(DESK, 2)]


def test_settled_changes_are_forgotten_by_age_and_number() -> None:
    outbox = ready()
    for revision in range(MOST_SETTLED + 1):
        outbox.answer(receipt(revision, delivered=True), NOW)
    add(outbox, warning(revision=0))
    assert tried(outbox, READY) == [(DESK, 1)]
    add(outbox, warning(revision=1))
    assert tried(outbox, READY + 1) == []
    kept = {name for name, value in outbox.changes().items() if value is not None}
    assert len(kept) == MOST_SETTLED + 2  # with the one on its way, and the beginning
    outbox.due(READY + SETTLED_MS + 1)
    gone = {name for name, value in outbox.changes().items() if value is None}
    assert len(gone) == MOST_SETTLED - 1, "one was looked at again later"


def test_a_receiver_that_is_configured_no_more_is_let_go() -> None:
    outbox = ready(DESK, ROOM)
    add(outbox, warning())
    other = reloaded(outbox, ROOM)
    other.due(NOW)
    assert tried(other, READY) == [(ROOM, 1)]


def test_only_what_changed_is_saved_and_of_what_is_settled_little() -> None:
    outbox = ready()
    assert outbox.changes() == {b"since": b"%d" % NOW}
    assert outbox.changes() == {}
    add(outbox, warning())
    (field,) = outbox.changes().items()
    assert field[0] == b'change/["w",0]'
    assert field[1] is not None
    tried(outbox, READY)
    assert outbox.changes().keys() == {field[0]}
    assert outbox.changes() == {}
    outbox.answer(receipt(delivered=True, answered_ms=READY + 7), NOW)
    changed = outbox.changes()
    assert changed.keys() == {field[0]}
    left = changed[field[0]]
    assert left is not None and len(left) < 120 < len(field[1])
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


def test_an_answer_of_an_older_try_plans_nothing() -> None:
    outbox = ready()
    add(outbox, warning())
    tried(outbox, READY)
    assert tried(outbox, READY + ANSWER_MS) == [(DESK, 2)]  # the first answer is late
    outbox.answer(receipt(attempt=1, answered_ms=READY + ANSWER_MS + 1), READY + ANSWER_MS)
    assert tried(outbox, READY + ANSWER_MS + 2) == [(DESK, 3)]
    outbox.answer(receipt(attempt=3, answered_ms=READY + ANSWER_MS + 3), READY + ANSWER_MS)
    assert tried(outbox, READY + ANSWER_MS + 3 + wait_ms(1) - 1) == []
    assert tried(outbox, READY + ANSWER_MS + 3 + wait_ms(1)) == [(DESK, 4)]


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


def test_five_hundred_outcomes_are_given_at_a_time() -> None:
    outbox = Outbox(Told(*(f"desk-{n}" for n in range(70))))
    outbox.due(NOW)
    for revision in range(8):
        add(outbox, warning(revision=revision))
    first, second = outbox.due(READY)[0], outbox.due(READY)[0]
    assert (len(first), len(second), len(outbox.due(READY)[0])) == (500, 60, 0)


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
    sent = {(each.changes[0].id, each.changes[0].revision) for each in attempts}
    known = {("w", 1), ("open", 0)} | ({("w", 0)} if is_sent else set())
    assert last == []
    assert sent == known


def test_an_end_that_is_held_back_still_ends_what_came_before() -> None:
    outbox = Outbox(Told(DESK))
    add(outbox, warning(revision=0), NOW - 3_600_000)
    held = warning(revision=1, cleared_ms=9, suppressed=Suppression.THROTTLED)
    add(outbox, held, NOW - 3_600_000)
    outbox.due(NOW)
    assert outbox.due(READY) == ([], [])


def test_an_end_is_of_earlier_changes_of_the_same_warning_only() -> None:
    outbox = Outbox(Told(DESK))
    add(outbox, warning(revision=3), NOW - 3_600_000)
    add(outbox, warning("other"), NOW - 3_600_000)
    add(outbox, warning(revision=2, cleared_ms=9), NOW - 3_600_000)
    outbox.due(NOW)
    sent = {(each.changes[0].id, each.changes[0].revision) for each in outbox.due(READY)[0]}
    assert sent == {("w", 2), ("w", 3), ("other", 0)}


def test_what_is_settled_is_remembered_for_ten_days() -> None:
    outbox = ready()
    outbox.answer(receipt(delivered=True, answered_ms=READY), NOW)
    outbox.due(READY + SETTLED_MS)
    add(outbox, warning(), READY + SETTLED_MS)
    assert outbox.due(READY + SETTLED_MS) == ([], [])
    assert SETTLED_MS == 10 * DAY
    outbox.changes()
    outbox.due(2 * (READY + SETTLED_MS))
    assert outbox.changes() == {b'change/["w",0]': None}


@pytest.mark.parametrize(("back_ms", "is_kept"), [(0, True), (2 * DAY, False)])
def test_a_pause_of_a_wrong_clock_is_passed_over_and_one_of_ours_is_kept(
    back_ms: int, is_kept: bool
) -> None:
    outbox = ready()
    add(outbox, warning())
    tried(outbox, READY)
    asking = msgspec.structs.replace(receipt(), retry_after_s=86_400)
    outbox.answer(asking, NOW)
    tried(outbox, READY - back_ms)
    assert tried(outbox, READY + 3_000 - back_ms) == ([] if is_kept else [(DESK, 2)])


def test_an_attempt_carries_its_change_and_its_number() -> None:
    outbox, change = ready(), warning(revision=4)
    add(outbox, change)
    (attempt,), _ = outbox.due(READY)
    assert (attempt.changes, attempt.receiver, attempt.attempt) == ((change,), DESK, 1)


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
    outbox = Outbox(Told(DESK))
    outbox.restore({})
    assert outbox.due(NOW) == ([], [])
    assert outbox.changes() == {b"since": b"%d" % NOW}
    add(outbox, warning(revision=2, cleared_ms=5))  # the end of what nobody knows
    assert tried(outbox, READY) == [(DESK, 1)]
