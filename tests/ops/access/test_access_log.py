"""The audit of access reaches Kafka, counts what repeats, and outlasts a broker that is away."""

from __future__ import annotations

import threading

import msgspec
import pytest

from config.errors import ServerUnavailable
from config.names import AUDIT
from models.messages.access import AccessEntry, AccessEvent
from models.messages.envelope import decode
from models.timing.units import MINUTE_MS
from ops.access import access_log
from ops.access.access_log import AccessLog

NOW_MS = 1_800_000_000_000
FAILED = AccessEntry(event=AccessEvent.FAILED, user="li", address="10.0.0.7", at_ms=NOW_MS)


class Broker:
    """Is away for the first tries; `came` is set with each entry."""

    def __init__(self, away: int = 0) -> None:
        self.away = away
        self.got: list[AccessEntry] = []
        self.came = threading.Semaphore(0)

    def publish(self, topic: str, key: str, value: bytes) -> None:
        assert (topic, key) == (AUDIT, "110101")
        if self.away:
            self.away -= 1
            msg = "away"
            raise ServerUnavailable(msg)
        self.got.append(decode(AccessEntry, value))
        self.came.release()

    def times(self, entries: int) -> list[int]:
        for _ in range(entries):
            assert self.came.acquire(timeout=20)
        return [each.times for each in self.got]


def test_a_flood_is_a_few_entries_that_count() -> None:
    broker = Broker()
    log = AccessLog(broker.publish, "110101")
    for number in range(9):
        log(msgspec.structs.replace(FAILED, at_ms=NOW_MS + number))
    log(msgspec.structs.replace(FAILED, user="wang"))
    log(msgspec.structs.replace(FAILED, at_ms=NOW_MS + MINUTE_MS))  # the next minute
    assert broker.times(6) == [1, 2, 4, 8, 1, 1]
    assert {each.at_ms for each in broker.got[:4]} == {NOW_MS}


def test_an_entry_waits_for_a_broker_that_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access_log, "_AGAIN_S", 0.01)
    broker = Broker(away=2)
    AccessLog(broker.publish, "110101")(FAILED)
    assert broker.times(1) == [1]
