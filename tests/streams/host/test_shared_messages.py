"""What several agents read is decoded once, and never taken for something else."""

from __future__ import annotations

import pytest

from config.names import HEALTH, SIGNALS, WATCHDOG
from models.messages.envelope import MalformedMessage, encode
from models.messages.heartbeats import Heartbeat
from streams.host.shared_messages import SharedMessages


def beat(number: int, feed: str = "dust") -> bytes:
    return encode(Heartbeat(feed=feed, begun_ms=number))


def test_the_same_bytes_give_the_same_message() -> None:
    shared, value = SharedMessages(), beat(1)
    first = shared.decode(SIGNALS, value)
    assert first == Heartbeat(feed="dust", begun_ms=1)
    assert shared.decode(SIGNALS, value) is first


def test_equal_bytes_elsewhere_are_read_anew() -> None:
    """Only one object is looked at, and not its bytes: that takes no time, however long it is."""
    shared = SharedMessages()
    first, second = shared.decode(SIGNALS, beat(1)), shared.decode(SIGNALS, beat(1))
    assert first == second
    assert first is not second


def test_bytes_that_come_where_others_lay_are_read_as_what_they_are() -> None:
    """Memory is used again as soon as it is free: what is told apart by its place must be held."""
    shared = SharedMessages()
    for number in range(1000):
        assert shared.decode(SIGNALS, beat(number)) == Heartbeat(feed="dust", begun_ms=number)


def test_what_was_read_on_one_topic_is_refused_on_another() -> None:
    shared, value = SharedMessages(), beat(1)
    assert shared.decode(SIGNALS, value) == shared.decode(WATCHDOG, value)
    with pytest.raises(MalformedMessage, match="tag 'BEAT'"):
        shared.decode(HEALTH, value)


def test_what_is_malformed_is_refused_each_time() -> None:
    shared, value = SharedMessages(), beat(1)[:-3]
    for _ in range(2):
        with pytest.raises(MalformedMessage):
            shared.decode(SIGNALS, value)


def test_large_messages_and_more_than_the_newest_are_not_kept() -> None:
    shared, large, first = SharedMessages(), beat(1, "d" * 16_384), beat(2)
    assert shared.decode(SIGNALS, large) is not shared.decode(SIGNALS, large)
    kept = shared.decode(SIGNALS, first)
    others = [beat(number) for number in range(63)]
    for value in others:
        shared.decode(SIGNALS, value)
    assert shared.decode(SIGNALS, first) is kept
    shared.decode(SIGNALS, beat(64))
    assert shared.decode(SIGNALS, first) is not kept
