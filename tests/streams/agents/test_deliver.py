"""Agent `deliver`: over any crash every change reaches its receiver, once by its id."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.errors import ConfigError
from config.names import DEAD_LETTERS, RECEIPTS, SUBSCRIPTIONS, WARNINGS
from config.settings import Settings
from models.messages.envelope import Message, decode, encode
from models.messages.receipts import DeliverAgain, Receipt
from models.messages.subscriptions import Channel, Subscription
from models.messages.warnings import CityWarning
from models.warnings.subscribers import own_subscriptions
from streams.agents.deliver import DeliverProcessor, spec
from streams.host.processor import Deliver, Effect, Record, Send
from tests.models.warnings.test_rule_state import ABOVE
from tests.models.warnings.test_rule_state import run as board_run
from tests.streams.agents.district import dongcheng, records, run, sent

DESK = "https://desk.example/in"
CATALOG = dongcheng()
OWN = own_subscriptions(CATALOG, Settings(webhook_url=DESK, webhook_secret="s"))
ONE = [each for each in OWN if each.id == DESK]
WARNING: CityWarning = board_run(*ABOVE)[1][0]
NOW = 1_700_000_000_000


def receipt_of(effect: Deliver, now_ms: int, *, delivered: bool) -> Receipt:
    return Receipt(
        warning=effect.changes[0].id,
        revision=effect.changes[0].revision,
        channel=effect.to.channel,
        receiver=effect.to.id,
        attempt=effect.attempt,
        delivered=delivered,
        status=204 if delivered else 503,
        detail="",
        sent_ms=now_ms,
        answered_ms=now_ms,
    )


def deliveries(effects: Sequence[Effect]) -> list[Deliver]:
    return [effect for effect in effects if isinstance(effect, Deliver)]


def test_a_change_is_handed_out_at_a_tick() -> None:
    one = DeliverProcessor(CATALOG, ONE)
    assert run(one, records(WARNINGS, encode(WARNING))) == []
    assert [list(one.tick(NOW + at)) for at in (0, 3_000, 3_100)] == [
        [],
        [Deliver((WARNING,), ONE[0], 1, b"110101", ((),))],
        [],
    ]


def test_a_change_that_is_given_up_is_receipted_on_the_topic() -> None:
    one = DeliverProcessor(CATALOG, ONE)
    run(one, records(WARNINGS, encode(WARNING)))
    given_up: list[Receipt] = []
    now_ms = NOW
    for _ in range(40):
        effects = one.tick(now_ms)
        for effect in deliveries(effects):
            failed = receipt_of(effect, now_ms, delivered=False)
            one.apply(Record(RECEIPTS, 0, 0, encode(failed), now_ms))
        given_up += [decode(Receipt, value) for value in sent(list(effects), RECEIPTS)]
        now_ms += 3 * 3_600_000
    (last,) = given_up
    assert (last.warning, last.gave_up, last.receiver) == (WARNING.id, True, DESK)
    assert (last.attempt, last.detail) == (10, "given up: 10 tries failed")
    assert [(each.attempt, each.status) for each in last.earlier] == [
        (n, 503) for n in range(1, 11)
    ]


MAIL = Subscription(
    id="bureau",
    owner="Bureau",
    channel=Channel.MAIL,
    address="desk@example.org",
    areas=[WARNING.area],
    since_ms=NOW - 1000,
    until_ms=NOW + 10**9,
)


def asked(one: DeliverProcessor, *changes: Message, at_ms: int = NOW) -> list[str]:
    """Take in warnings or subscriptions; gives who is told."""
    for message in changes:
        topic = SUBSCRIPTIONS if isinstance(message, Subscription) else WARNINGS
        one.apply(Record(topic, 0, 0, encode(message), at_ms))
    one.tick(at_ms)
    return sorted(effect.to.id for effect in deliveries(one.tick(at_ms + 3_000)))


def test_subscriptions_of_the_topic_are_told_too_wherever_they_stand_in_it() -> None:
    assert asked(DeliverProcessor(CATALOG, ONE), MAIL, WARNING) == ["bureau", DESK]
    assert asked(DeliverProcessor(CATALOG, ONE), WARNING, MAIL) == ["bureau", DESK]


def test_the_newest_version_counts_and_one_that_is_ended_or_taken_back_is_told_nothing() -> None:
    other = msgspec.structs.replace(MAIL, version=2, areas=["110101017"])
    ended = msgspec.structs.replace(MAIL, version=2, is_ended=True)
    for versions in ((MAIL, other), (other, MAIL), (MAIL, ended)):
        assert asked(DeliverProcessor(CATALOG, []), *versions, WARNING) == []
    one = DeliverProcessor(CATALOG, [])
    one.apply(Record(SUBSCRIPTIONS, 0, 0, encode(MAIL), NOW))
    one.apply(Record(SUBSCRIPTIONS, 0, 1, b"", NOW, b"bureau"))
    assert asked(one, WARNING) == []


def test_a_subscription_is_part_of_the_state() -> None:
    one = DeliverProcessor(CATALOG, [])
    one.apply(Record(SUBSCRIPTIONS, 0, 0, encode(MAIL), NOW))
    two = DeliverProcessor(CATALOG, [])
    two.restore({k: v for k, v in one.changes().items() if v is not None})
    assert asked(two, WARNING) == ["bureau"]


def test_a_receiver_that_is_gone_is_told_nothing_until_somebody_says_so() -> None:
    one = DeliverProcessor(CATALOG, ONE)
    assert asked(one, MAIL, WARNING) == ["bureau", DESK]
    gone = msgspec.structs.replace(
        receipt_of(Deliver((WARNING,), MAIL, 1, b""), NOW, delivered=False),
        gave_up=True,
        is_gone=True,
    )
    one.apply(Record(RECEIPTS, 0, 0, encode(gone), NOW))
    change = msgspec.structs.replace(WARNING, revision=1)
    assert asked(one, change) == [DESK]
    two = DeliverProcessor(CATALOG, ONE)
    two.restore({k: v for k, v in one.changes().items() if v is not None})
    order = DeliverAgain(warning=WARNING, receiver="bureau", by="li")
    two.apply(Record(RECEIPTS, 0, 1, encode(order), NOW + 3_000))
    assert "bureau" in asked(two, at_ms=NOW + 3_000)
    newer = msgspec.structs.replace(MAIL, version=2)
    assert "bureau" in asked(one, newer, msgspec.structs.replace(WARNING, revision=2))


def test_nothing_is_handed_out_without_a_receiver() -> None:
    for settings, count in ((Settings(), 0), (Settings(webhook_url="http://127.0.0.1:9/"), 1)):
        one = spec(dongcheng(), settings).make(0)
        run(one, records(WARNINGS, encode(WARNING)))
        one.tick(NOW)
        assert len(deliveries(one.tick(NOW + 3_000))) == count


def test_an_address_that_is_none_is_refused_at_the_start() -> None:
    with pytest.raises(ConfigError, match="GRIDPULSE_WEBHOOK_URL"):
        spec(dongcheng(), Settings(webhook_url="http://host:port/in"))


@pytest.mark.parametrize("topic", [WARNINGS, RECEIPTS, SUBSCRIPTIONS])
def test_what_is_not_understood_is_set_aside(topic: str) -> None:
    one = DeliverProcessor(CATALOG, ONE)
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
        self.processor = DeliverProcessor(CATALOG, ONE)
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
        change = effect.changes[0]
        if reaches:
            self.received.append((change.id, change.revision))
        if is_receipted:
            receipt = receipt_of(effect, self.now_ms, delivered=reaches)
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
        for pause_ms in [1_000] * 200 + [3_600_000] * 80:
            self.read()
            self.tick(pause_ms)
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
