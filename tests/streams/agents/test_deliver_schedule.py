"""A thousand kills over the whole schedule of tries: every receiver gets each change, by its id.

One receiver is well, one is away for sixty hours, one wants digests and is quiet by night, and one
answers but its answers are often lost. Time is simulated; the broker's log and the last checkpoint
are all that a kill leaves.
"""

from __future__ import annotations

from collections import Counter
from random import Random
from typing import Final

import msgspec
import pytest

from config.names import RECEIPTS, WARNINGS
from models.messages.envelope import decode, encode
from models.messages.receipts import Receipt
from models.messages.subscriptions import Channel, DigestTime, Quiet, Subscription
from models.messages.warnings import Level
from models.timing.units import HOUR_MS
from streams.agents.deliver import DeliverProcessor
from streams.host.processor import Deliver, Record, Send
from tests.streams.agents.test_deliver import CATALOG, NOW, WARNING, receipt_of

KILLS: Final = 1000
SCHEDULE_H: Final = 76
CHANGES: Final = 40  # published in the first day
AWAY_H: Final = 60
WELL = Subscription(
    id="well",
    owner="Desk",
    channel=Channel.MAIL,
    address="desk@example.org",
    since_ms=0,
    until_ms=NOW + 10**10,
)
RECEIVERS: Final = (
    WELL,
    msgspec.structs.replace(WELL, id="away"),
    msgspec.structs.replace(WELL, id="mute"),
    msgspec.structs.replace(
        WELL,
        id="digest",
        digest=DigestTime(every="hour", at=0),
        quiet=Quiet(begin=22 * 60, end=7 * 60),
    ),
)


class World:
    """The agent with its log, its checkpoint, and the four receivers."""

    def __init__(self, seed: int) -> None:
        self.rng = Random(seed)
        self.now_ms = NOW
        self.log: list[tuple[str, bytes, int]] = []
        self.saved: tuple[int, dict[bytes, bytes]] = (0, {})
        self.on_the_way: list[Deliver] = []
        self.accepted: Counter[tuple[str, str, int]] = (
            Counter()
        )  # receiver and change, with repeats
        self.kills = 0
        self.start()

    def start(self) -> None:
        self.processor = DeliverProcessor(CATALOG, RECEIVERS)
        self.next = self.saved[0]
        self.processor.restore(dict(self.saved[1]))

    def publish(self, number: int) -> None:
        level = Level(1 + number % 4)
        change = msgspec.structs.replace(WARNING, id=f"w{number // 4}", revision=number % 4)
        change = msgspec.structs.replace(change, level=level, cleared_ms=0)
        self.log.append((WARNINGS, encode(change), self.now_ms))

    def step(self, pause_ms: int) -> None:
        """Let time go by; read, tick, and let some tries end."""
        self.now_ms += pause_ms
        while self.next < len(self.log):
            topic, value, at_ms = self.log[self.next]
            self.processor.apply(Record(topic, 0, self.next, value, at_ms))
            self.next += 1
        for effect in self.processor.tick(self.now_ms):
            if isinstance(effect, Send):
                self.log.append((effect.topic, effect.value, self.now_ms))
            elif isinstance(effect, Deliver):
                self.on_the_way.append(effect)
        while self.on_the_way and self.rng.random() < 0.9:
            self.answer(self.on_the_way.pop(0))

    def answer(self, effect: Deliver) -> None:
        is_away = effect.to.id == "away" and self.now_ms < NOW + AWAY_H * HOUR_MS
        for change in effect.changes:
            if not is_away:
                self.accepted[effect.to.id, change.id, change.revision] += 1
        if effect.to.id == "mute" and self.rng.random() < 0.5:
            return  # it has it, and we do not hear so
        for change in effect.changes:
            receipt = receipt_of(effect, self.now_ms, delivered=not is_away)
            named = msgspec.structs.replace(receipt, warning=change.id, revision=change.revision)
            self.log.append((RECEIPTS, encode(named), self.now_ms))

    def checkpoint(self) -> None:
        fields = dict(self.saved[1])
        for name, value in self.processor.changes().items():
            if value is None:
                fields.pop(name, None)
            else:
                fields[name] = value
        self.saved = (self.next, fields)

    def kill(self) -> None:
        """End the process: tries on their way are lost, half of them after they arrived."""
        self.kills += 1
        for effect in self.on_the_way:
            if self.rng.random() < 0.5 and effect.to.id != "away":
                for change in effect.changes:
                    self.accepted[effect.to.id, change.id, change.revision] += 1
        self.on_the_way.clear()
        self.start()

    def receipts(self) -> list[Receipt]:
        return [decode(Receipt, value) for topic, value, _ in self.log if topic == RECEIPTS]


@pytest.mark.parametrize("seed", [1, 4])  # 4: a try that went out twice around a crash
def test_over_a_thousand_kills_each_receiver_gets_each_change_by_its_id(seed: int) -> None:
    world = World(seed)
    published, steps = 0, 2 * KILLS
    pause_ms = SCHEDULE_H * HOUR_MS // steps
    kill_at = set(Random(seed).sample(range(2 * steps), KILLS))
    for step in range(2 * steps):  # the schedule twice, since the last changes come after a day
        while published < CHANGES and world.now_ms >= NOW + published * 24 * HOUR_MS // CHANGES:
            world.publish(published)
            published += 1
        world.step(world.rng.randrange(1000, pause_ms))
        if world.rng.random() < 0.7:
            world.checkpoint()
        if step in kill_at:
            world.kill()
    assert world.kills == KILLS
    assert world.now_ms > NOW + (24 + SCHEDULE_H) * HOUR_MS / 2
    for _ in range(40 * 6):
        world.step(10 * 60_000)
        world.checkpoint()
    everything = {
        (each.id, f"w{number // 4}", number % 4) for each in RECEIVERS for number in range(CHANGES)
    }
    assert set(world.accepted) == everything, "each change at each receiver, and nothing else"
    assert [each for each in world.receipts() if each.gave_up] == []
    delivered = {
        (each.receiver, each.warning, each.revision) for each in world.receipts() if each.delivered
    }
    assert delivered == everything, "each has its receipt"
    arrived = sum(world.accepted.values())
    for _ in range(200):
        world.step(HOUR_MS)
    assert sum(world.accepted.values()) == arrived, "once settled, nothing goes out again"
