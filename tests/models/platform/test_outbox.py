"""What is done with a day of figures: first sending, retries, corrections, and their order."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.platform.outbox import Answer, DayOutbox, Decision, Reason, Sent, apply_answer, decide

DUE_MS, LAST_MS = 1_000_000, 9_000_000


def outbox(*revisions: Sent) -> DayOutbox:
    return DayOutbox(feed="unit-reports", day="2009-03-01", revisions=list(revisions))


def taken(digest: str = "a") -> Sent:
    sent = Sent(digest=digest, made_ms=DUE_MS)
    apply_answer(sent, Answer(200, "OK", "R-1"), DUE_MS)
    return sent


def asked(box: DayOutbox, digest: str, now_ms: int, *, is_forced: bool = False) -> Decision:
    return decide(box, digest, now_ms, due_ms=DUE_MS, last_ms=LAST_MS, is_forced=is_forced)


@pytest.mark.parametrize(
    ("now_ms", "reason"),
    [
        (DUE_MS - 1, Reason.EARLY),
        (DUE_MS, Reason.FIRST),
        (LAST_MS, Reason.FIRST),
        (LAST_MS + 1, Reason.OLD),
    ],
)
def test_a_day_is_sent_from_its_hour_until_it_is_old(now_ms: int, reason: Reason) -> None:
    is_sent = reason is Reason.FIRST
    assert asked(outbox(), "a", now_ms) == (reason, is_sent, is_sent)
    assert asked(outbox(), "a", now_ms, is_forced=True).is_sent


def test_what_was_taken_is_not_sent_twice_and_a_change_is_a_correction() -> None:
    box = outbox(taken("a"))
    assert asked(box, "a", DUE_MS + 5) == (Reason.TAKEN, False, False)
    assert asked(box, "b", DUE_MS + 5) == (Reason.CORRECTION, True, True)
    assert asked(box, "b", LAST_MS + 1) == (Reason.TAKEN, False, False)
    assert asked(box, "a", DUE_MS + 5, is_forced=True) == (Reason.AGAIN, True, False)


def test_what_was_never_taken_is_replaced_and_corrects_nothing() -> None:
    lost = Sent(digest="a", made_ms=DUE_MS)
    assert asked(outbox(lost), "b", DUE_MS + 5) == (Reason.REPLACED, True, True)
    assert outbox(lost).taken is None
    assert outbox(taken("a"), lost).taken == 0


def test_a_failed_try_waits_the_longer_of_plan_and_what_the_platform_asks() -> None:
    sent = Sent(digest="a", made_ms=DUE_MS)
    apply_answer(sent, Answer(503, "busy", retry_after_s=60), DUE_MS)
    assert sent.next_ms == DUE_MS + 60_000
    assert asked(outbox(sent), "a", sent.next_ms - 1).reason is Reason.WAITING
    assert asked(outbox(sent), "a", sent.next_ms) == (Reason.RETRY, True, False)


@pytest.mark.parametrize("status", [400, 401, 404, 409, 410, 422, 302])
def test_a_refusal_is_not_repeated_until_figures_change_or_a_person_asks(status: int) -> None:
    sent = Sent(digest="a", made_ms=DUE_MS)
    apply_answer(sent, Answer(status, "no"), DUE_MS)
    assert asked(outbox(sent), "a", DUE_MS + 86_400_000 // 24) == (Reason.REFUSED, False, False)
    assert asked(outbox(sent), "b", DUE_MS + 5).is_new
    assert asked(outbox(sent), "a", DUE_MS + 5, is_forced=True).is_sent


@pytest.mark.parametrize("status", [0, 408, 425, 429, 500, 503])
def test_what_may_heal_is_tried_again(status: int) -> None:
    sent = Sent(digest="a", made_ms=DUE_MS)
    apply_answer(sent, Answer(status, ""), DUE_MS)
    assert not sent.is_refused
    assert sent.next_ms > DUE_MS


def test_a_receipt_once_given_stands_whatever_a_repeat_is_answered() -> None:
    sent = taken()
    apply_answer(sent, Answer(409, "known"), DUE_MS + 1)
    apply_answer(sent, Answer(200, "OK", "R-2"), DUE_MS + 2)
    assert (sent.receipt, sent.received_ms, sent.tries, sent.is_refused) == (
        "R-1",
        DUE_MS,
        3,
        False,
    )


@given(st.lists(st.tuples(st.sampled_from([0, 200, 202, 400, 429, 503]), st.sampled_from("ab"))))
def test_no_content_is_sent_once_it_was_taken_unless_it_changed(
    steps: list[tuple[int, str]],
) -> None:
    box, now_ms, has = outbox(), DUE_MS, ""
    for status, digest in steps:
        decision = asked(box, digest, now_ms)
        if decision.is_new:
            box.revisions.append(Sent(digest=digest, made_ms=now_ms))
        if decision.is_sent:
            assert digest != has
            apply_answer(box.revisions[-1], Answer(status, ""), now_ms)
            # A try without an answer may have arrived: what was taken before may stand no more.
            has = digest if 200 <= status < 300 else ""
        now_ms += 1000
