"""What does not arrive becomes a warning, once, and ends."""

from __future__ import annotations

from typing import Any

import msgspec

from config.names import RECEIPTS, SIGNALS, SUBSCRIPTIONS, WARNINGS
from models.messages.envelope import decode, encode
from models.messages.receipts import Receipt
from models.messages.signals import SignalBatch
from models.messages.warnings import CityWarning, Level, WarningChange
from streams.agents.deliver import DeliverProcessor
from streams.agents.warn import WarnProcessor
from streams.host.processor import Record, Send
from tests.streams.agents.test_deliver import CATALOG, MAIL, NOW

HOUR = 3_600_000


def receipt(receiver: str, at_ms: int, **more: Any) -> Receipt:
    one = Receipt(
        warning="w",
        revision=0,
        channel="mail",
        receiver=receiver,
        attempt=10,
        delivered=False,
        status=451,
        detail="",
        sent_ms=at_ms,
        answered_ms=at_ms,
        gave_up=True,
    )
    return msgspec.structs.replace(one, **more)


class Line:
    """The agents `deliver` and `warn`, one after the other."""

    def __init__(self) -> None:
        self.deliver = DeliverProcessor(CATALOG, [])
        self.warn = WarnProcessor(CATALOG)
        self.told: list[CityWarning] = []

    def take(self, topic: str, value: bytes, at_ms: int, key: bytes = b"") -> list[SignalBatch]:
        batches = []
        for effect in self.deliver.apply(Record(topic, 0, 0, value, at_ms, key)):
            assert isinstance(effect, Send) and effect.topic == SIGNALS
            batches.append(decode(SignalBatch, effect.value))
            for next_ in self.warn.apply(Record(SIGNALS, 0, 0, effect.value, at_ms)):
                if isinstance(next_, Send) and next_.topic == WARNINGS:
                    self.told.append(decode(CityWarning, next_.value))
        return batches

    def receipt(self, receiver: str, at_ms: int, **more: Any) -> list[SignalBatch]:
        return self.take(RECEIPTS, encode(receipt(receiver, at_ms, **more)), at_ms)


def test_a_receiver_that_was_given_up_is_a_warning_until_it_is_reached() -> None:
    line = Line()
    line.receipt("bureau", NOW)
    (raised,) = line.told
    assert (raised.rule, raised.change) == ("delivery-failed", WarningChange.RAISED)
    assert (raised.level, raised.area) == (Level.YELLOW, "110101")
    assert "bureau" in raised.explanation["zh"] and "bureau" in raised.explanation["en"]
    assert raised.owner["en"] == "Dongcheng city operations duty officer"
    line.receipt("bureau", NOW + HOUR, gave_up=False, delivered=True, status=250)
    assert [each.change for each in line.told] == [WarningChange.RAISED, WarningChange.CLEARED]


def test_more_receivers_raise_its_level_and_each_is_said_once() -> None:
    line = Line()
    for number in range(5):
        assert len(line.receipt(f"desk-{number}", NOW + number * 60_000)) == 1
        assert line.receipt(f"desk-{number}", NOW + number * 60_000 + 1) == []
    assert line.told[-1].level is Level.ORANGE
    assert {each.id for each in line.told} == {line.told[0].id}


def test_what_is_tried_again_or_was_said_before_says_nothing() -> None:
    line = Line()
    assert line.receipt("bureau", NOW, gave_up=False) == []
    assert line.receipt("bureau", NOW, gave_up=False, delivered=True) == []
    assert len(line.receipt("bureau", NOW + 1)) == 1
    assert line.receipt("bureau", NOW + 1) == []
    assert line.receipt("bureau", NOW, gave_up=False, delivered=True) == [], "it is older"


def test_who_is_asked_for_no_more_is_missed_no_more() -> None:
    ended = encode(msgspec.structs.replace(MAIL, version=2, is_ended=True))
    for value, key in ((ended, b""), (b"", b"bureau")):
        line = Line()
        line.receipt("bureau", NOW)
        line.take(SUBSCRIPTIONS, value, NOW + HOUR, key)
        assert line.told[-1].change is WarningChange.CLEARED


def test_it_is_part_of_the_state() -> None:
    line, other = Line(), Line()
    line.receipt("bureau", NOW)
    other.deliver.restore({k: v for k, v in line.deliver.changes().items() if v is not None})
    assert other.receipt("bureau", NOW) == []
    assert other.receipt("bureau", NOW + 1) == []
    assert len(other.receipt("bureau", NOW + HOUR, gave_up=False, delivered=True)) == 1
