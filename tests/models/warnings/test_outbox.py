"""When a parcel is tried again, and when it is given up."""

from __future__ import annotations

from itertools import pairwise

from models.messages.warnings import Receipt
from models.warnings.outbox import (
    ANSWER_MS,
    GIVE_UP_MS,
    DeliveryAttempt,
    failed,
    handed_out,
    is_hopeless,
    retried,
    wait_ms,
)


def receipt(answered_ms: int) -> Receipt:
    return Receipt(
        warning="w",
        revision=0,
        channel="webhook",
        receiver="http://127.0.0.1/",
        attempt=1,
        delivered=False,
        status=500,
        detail="",
        sent_ms=answered_ms - 10,
        answered_ms=answered_ms,
    )


def test_pauses_double_up_to_a_quarter_of_an_hour() -> None:
    pauses = [wait_ms(attempt) for attempt in range(1, 40)]
    assert pauses[:3] == [5_000, 10_000, 20_000]
    assert all(b in (2 * a, 900_000) for a, b in pairwise(pauses))
    assert pauses[-1] == 900_000


def test_a_try_without_an_answer_is_repeated_after_a_while() -> None:
    parcel = handed_out(DeliveryAttempt(warning=b""), 1_000)
    assert (parcel.first_ms, parcel.next_ms) == (1_000, 1_000 + ANSWER_MS)


def test_a_failed_try_waits_from_its_answer_on() -> None:
    parcel = failed(handed_out(DeliveryAttempt(warning=b""), 1_000), receipt(2_000))
    assert parcel.next_ms == 2_000 + wait_ms(1)
    again = retried(parcel, parcel.next_ms)
    assert again.attempts == 2
    assert failed(again, receipt(10_000)).next_ms == 10_000 + wait_ms(2)


def test_a_day_of_tries_is_enough() -> None:
    parcel = handed_out(DeliveryAttempt(warning=b""), 1_000)
    assert not is_hopeless(parcel, 1_000 + GIVE_UP_MS - 1)
    assert is_hopeless(parcel, 1_000 + GIVE_UP_MS)
    assert not is_hopeless(DeliveryAttempt(warning=b""), GIVE_UP_MS * 2)
