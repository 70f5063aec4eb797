"""Agent `deliver`: each change handed out once, again while it fails, and given up in the open."""

from __future__ import annotations

import msgspec
import pytest

from config.names import DEAD_LETTERS, RECEIPTS, WARNINGS
from config.settings import Settings
from models.messages.warnings import (
    CityWarning,
    Receipt,
    decode_receipt,
    encode_receipt,
    encode_warning,
)
from models.warnings.outbox import ANSWER_MS, GIVE_UP_MS, wait_ms
from streams.agents.deliver import REMEMBERED, DeliverProcessor, spec
from streams.host.processor import Deliver, Effect, Record
from tests.models.warnings.test_rule_state import HOT
from tests.models.warnings.test_rule_state import run as board_run
from tests.streams.agents.district import dongcheng, records, run, run_with_crashes, sent

WARNING: CityWarning = board_run(*HOT)[1][0]
TOLD = records(WARNINGS, encode_warning(WARNING))


def processor() -> DeliverProcessor:
    return DeliverProcessor("110101", has_receiver=True)


def receipt(*, delivered: bool, answered_ms: int = 1_000, revision: int = 0) -> Record:
    value = Receipt(
        warning=WARNING.id,
        revision=revision,
        channel="webhook",
        receiver="http://127.0.0.1:9/",
        attempt=1,
        delivered=delivered,
        status=200 if delivered else 503,
        detail="",
        sent_ms=answered_ms - 10,
        answered_ms=answered_ms,
    )
    return Record(RECEIPTS, 0, 0, encode_receipt(value))


def handed_out(effects: list[Effect]) -> int:
    return sum(isinstance(effect, Deliver) for effect in effects)


def ticks(one: DeliverProcessor, *times_ms: int) -> list[int]:
    return [handed_out(list(one.tick(at))) for at in times_ms]


def test_each_change_is_handed_out_once() -> None:
    one = processor()
    assert run(one, TOLD) == [Deliver(TOLD[0].value)]
    assert run(one, TOLD) == []
    up = encode_warning(msgspec.structs.replace(WARNING, revision=1))
    assert run(one, records(WARNINGS, up)) == [Deliver(up)]


def test_what_is_held_back_is_delivered_once_there_is_room() -> None:
    one = processor()
    held = msgspec.structs.replace(WARNING, held=True)
    assert run(one, records(WARNINGS, encode_warning(held))) == []
    assert ticks(one, 0, ANSWER_MS * 2) == [0, 0]
    shown = encode_warning(msgspec.structs.replace(WARNING, revision=1))
    assert run(one, records(WARNINGS, shown)) == [Deliver(shown)]


def test_a_delivered_change_is_not_handed_out_again() -> None:
    one = processor()
    run(one, [*TOLD, receipt(delivered=True)])
    assert ticks(one, 0, ANSWER_MS * 2, GIVE_UP_MS * 2) == [0, 0, 0]
    assert run(one, TOLD) == []


def test_a_failed_change_is_handed_out_again_with_growing_pauses() -> None:
    one = processor()
    run(one, [*TOLD, receipt(delivered=False, answered_ms=1_000)])
    assert ticks(one, 1_000 + wait_ms(1) - 1, 1_000 + wait_ms(1)) == [0, 1]
    run(one, [receipt(delivered=False, answered_ms=10_000)])
    assert ticks(one, 10_000 + wait_ms(2) - 1, 10_000 + wait_ms(2)) == [0, 1]


def test_a_lost_receipt_is_made_up_for() -> None:
    one = processor()
    run(one, TOLD)
    assert ticks(one, 500, 500 + ANSWER_MS - 1, 500 + ANSWER_MS) == [0, 0, 1]


def test_after_a_day_it_is_given_up_with_a_last_receipt() -> None:
    one = processor()
    run(one, TOLD)
    one.tick(500)
    effects = list(one.tick(500 + GIVE_UP_MS))
    (last,) = [decode_receipt(value) for value in sent(effects, RECEIPTS)]
    assert (last.warning, last.revision, last.gave_up, last.delivered) == (
        WARNING.id,
        0,
        True,
        False,
    )
    assert handed_out(effects) == 0
    assert run(one, [Record(RECEIPTS, 0, 9, encode_receipt(last))]) == []
    assert list(one.tick(500 + 2 * GIVE_UP_MS)) == []


@pytest.mark.parametrize("every", [1, 2])
def test_a_crash_hands_nothing_out_twice(every: int) -> None:
    given = [*TOLD, receipt(delivered=False), *TOLD, receipt(delivered=True), *TOLD]
    assert handed_out(run_with_crashes(processor, given, every)) == 1


def test_a_crash_between_try_and_receipt_is_made_up_for() -> None:
    one = processor()
    run(one, TOLD)
    fields = {name: value for name, value in one.changes().items() if value is not None}
    other = processor()
    other.restore(fields)
    assert ticks(other, 500, 500 + ANSWER_MS) == [0, 1]


def test_settled_changes_are_forgotten_in_the_end() -> None:
    one = processor()
    for revision in range(REMEMBERED + 1):
        warning = encode_warning(msgspec.structs.replace(WARNING, revision=revision))
        run(one, [*records(WARNINGS, warning), receipt(delivered=True, revision=revision)])
    assert handed_out(run(one, TOLD)) == 1


def test_nothing_is_handed_out_without_a_receiver() -> None:
    silent = spec(dongcheng(), Settings()).make(0)
    assert run(silent, TOLD) == []
    heard = spec(dongcheng(), Settings(webhook_url="http://127.0.0.1:9/")).make(0)
    assert handed_out(run(heard, TOLD)) == 1


@pytest.mark.parametrize("topic", [WARNINGS, RECEIPTS])
def test_what_is_not_understood_is_set_aside(topic: str) -> None:
    assert len(sent(processor().apply(Record(topic, 0, 5, b"[]")), DEAD_LETTERS)) == 1
