"""Agent `deliver`: over any crash every change reaches its receiver, once by its id."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.errors import ConfigError
from config.names import DEAD_LETTERS, RECEIPTS, WARNINGS
from config.settings import Settings
from models.messages.envelope import decode, encode
from models.messages.receipts import Receipt
from models.messages.warnings import CityWarning
from streams.agents.deliver import DeliverProcessor, spec
from streams.host.processor import Deliver, Effect, Record, Send
from tests.models.warnings.test_rule_state import ABOVE
from tests.models.warnings.test_rule_state import run as board_run
from tests.streams.agents.district import dongcheng, records, run, sent

DESK = "https://desk.example/in"
WARNING: CityWarning = board_run(*ABOVE)[1][0]
NOW = 1_700_000_000_000


def deliveries(effects: Sequence[Effect]) -> list[Deliver]:
    return [effect for effect in effects if isinstance(effect, Deliver)]


def test_a_change_is_handed_out_at_a_tick() -> None:
    one = DeliverProcessor("110101", [DESK])
    assert run(one, records(WARNINGS, encode(WARNING))) == []
    assert [list(one.tick(NOW + at)) for at in (0, 3_000, 3_100)] == [
        [],
        [Deliver(WARNING, DESK, 1, b"110101")],
        [],
    ]


def test_a_change_that_is_given_up_is_receipted_on_the_topic() -> None:
    one = DeliverProcessor("110101", [DESK])
    one.apply(Record(WARNINGS, 0, 0, encode(WARNING), NOW - 86_400_001))
    one.tick(NOW)
    (last,) = [decode(Receipt, value) for value in sent(list(one.tick(NOW + 3_000)), RECEIPTS)]
    assert (last.warning, last.gave_up, last.receiver) == (WARNING.id, True, DESK)


def test_nothing_is_handed_out_without_a_receiver() -> None:
    for settings, count in ((Settings(), 0), (Settings(webhook_url="http://127.0.0.1:9/"), 1)):
        one = spec(dongcheng(), settings).make(0)
        run(one, records(WARNINGS, encode(WARNING)))
        one.tick(NOW)
        assert len(deliveries(one.tick(NOW + 3_000))) == count


def test_an_address_that_is_none_is_refused_at_the_start() -> None:
    with pytest.raises(ConfigError, match="GRIDPULSE_WEBHOOK_URL"):
        spec(dongcheng(), Settings(webhook_url="http://host:port/in"))


@pytest.mark.parametrize("topic", [WARNINGS, RECEIPTS])
def test_what_is_not_understood_is_set_aside(topic: str) -> None:
    one = DeliverProcessor("110101", [DESK])
    assert len(sent(run(one, records(topic, b"[]")), DEAD_LETTERS)) == 1


class Line:
    """The host around a processor, with a broker, a receiver and crashes: steps in any order."""

    def __init__(self) -> None:
        self.now_ms = NOW
        self.log: list[tuple[str, bytes, int]] = []  # both topics, in one order
        self.saved: tuple[int, dict[bytes, bytes]] = (0, {})
        self.on_the_way: list[Deliver] = []
        self.received: list[tuple[str, int]] = []
        self.published: set[tuple[str, int]] = set()
        self.start()

    def start(self) -> None:
        self.processor = DeliverProcessor("110101", [DESK])
        self.next = self.saved[0]
        self.processor.restore(dict(self.saved[1]))

    def publish(self, name: str, revision: int) -> None:
        change = msgspec.structs.replace(WARNING, id=name, revision=revision)
        self.published.add((name, revision))
        self.log.append((WARNINGS, encode(change), self.now_ms))

    def read(self) -> None:
        if self.next < len(self.log):
            topic, value, at_ms = self.log[self.next]
            self.processor.apply(Record(topic, 0, self.next, value, at_ms))
            self.next += 1

    def tick(self, pause_ms: int) -> None:
        self.now_ms += pause_ms
        for effect in self.processor.tick(self.now_ms):
            if isinstance(effect, Send):
                self.log.append((RECEIPTS, effect.value, self.now_ms))
            elif isinstance(effect, Deliver):
                self.on_the_way.append(effect)

    def answer(self, *, reaches: bool, is_receipted: bool) -> None:
        """One try ends: it reached the receiver or did not, and its receipt was written or lost."""
        if not self.on_the_way:
            return
        effect = self.on_the_way.pop(0)
        change = effect.warning
        if reaches:
            self.received.append((change.id, change.revision))
        if is_receipted:
            receipt = Receipt(
                warning=change.id,
                revision=change.revision,
                channel="webhook",
                receiver=effect.receiver,
                attempt=effect.attempt,
                delivered=reaches,
                status=204 if reaches else 503,
                detail="",
                sent_ms=self.now_ms,
                answered_ms=self.now_ms,
            )
            self.log.append((RECEIPTS, encode(receipt), self.now_ms))

    def checkpoint(self) -> None:
        fields = dict(self.saved[1])
        for name, value in self.processor.changes().items():
            if value is None:
                fields.pop(name, None)
            else:
                fields[name] = value
        self.saved = (self.next, fields)

    def crash(self) -> None:
        """The process ends: tries on their way are lost, some after they reached the receiver."""
        self.on_the_way.clear()
        self.start()

    def lose_redis(self) -> None:
        self.saved = (0, {})
        self.crash()

    def finish(self) -> None:
        """Let everything go well for long enough."""
        for _ in range(400):
            self.read()
            self.tick(1_000)
            while self.on_the_way:
                self.answer(reaches=True, is_receipted=True)
            self.checkpoint()


STEPS = st.one_of(
    st.tuples(st.just("publish"), st.sampled_from("abc"), st.integers(0, 3)),
    st.tuples(st.just("read")),
    st.tuples(st.just("tick"), st.sampled_from([100, 3_000, 70_000])),
    st.tuples(st.just("answer"), st.booleans(), st.booleans()),
    st.tuples(st.just("checkpoint")),
    st.tuples(st.just("crash")),
    st.tuples(st.just("lose_redis")),
)


def play(line: Line, step: tuple[object, ...]) -> None:
    match step:
        case ("publish", str(name), int(revision)):
            line.publish(name, revision)
        case ("tick", int(pause_ms)):
            line.tick(pause_ms)
        case ("answer", bool(reaches), bool(is_receipted)):
            line.answer(reaches=reaches, is_receipted=is_receipted)
        case (str(name),):
            getattr(line, name)()


@given(st.lists(STEPS, max_size=60))
def test_every_change_reaches_the_receiver_over_any_crash(
    steps: list[tuple[object, ...]],
) -> None:
    line = Line()
    for step in steps:
        play(line, step)
    line.finish()
    assert set(line.received) == line.published
    received = len(line.received)
    line.finish()
    assert len(line.received) == received, "once settled, nothing goes out again"


@given(st.lists(STEPS, max_size=40))
def test_after_the_loss_of_redis_what_was_delivered_does_not_go_out_again(
    steps: list[tuple[object, ...]],
) -> None:
    line = Line()
    for step in steps:
        play(line, step)
    line.finish()
    received = len(line.received)
    line.lose_redis()
    line.finish()
    assert len(line.received) == received
