"""A partition that its checkpoint gives to another owner, and its group to nobody else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from config.settings import Settings
from streams.clock import Clock
from streams.health import Health
from streams.ingest.run import Ingest, OrphanedPartition
from tests.dashboards.small_city import small_catalog


class LostAssignment:
    """Holds one partition, whose every save is refused; one that is refused is dropped."""

    topics = ("raw.dust",)

    def __init__(self) -> None:
        self.held: dict[tuple[str, int], Any] = {}

    def __iter__(self) -> Iterator[Any]:
        return iter(list(self.held.values()))

    def get(self, where: tuple[str, int]) -> Any:
        return self.held.get(where)

    def save(self, held: Any) -> bool:
        self.held.clear()
        return False

    def drop(self, where: tuple[str, int]) -> None:
        self.held.pop(where, None)

    def sign_of_life(self, *_: object) -> None:
        return


class TenSecondConsumer:
    """Each look for records takes ten seconds and finds none."""

    def __init__(self, at_look: dict[int, Callable[[Any], None]]) -> None:
        self.now_s, self.looks = 0.0, 0
        self._at_look = at_look
        self._callbacks: dict[str, Callable[[Any, list[Any]], None]] = {}

    def subscribe(self, _: object, **callbacks: Callable[[Any, list[Any]], None]) -> None:
        self._callbacks = callbacks

    def consume(self, *_: object) -> list[Any]:
        self.now_s, self.looks = self.now_s + 10, self.looks + 1
        self._at_look.get(self.looks, lambda _: None)(self)
        return []

    def rebalance(self) -> None:
        self._callbacks["on_lost"](self, [])

    def close(self) -> None:
        return


def run(consumer: TenSecondConsumer, looks: int) -> None:
    assignment = LostAssignment()
    assignment.held["raw.dust", 0] = SimpleNamespace()
    outlet = SimpleNamespace(poll=lambda _: 0, flush=lambda _: 0)
    ingest = Ingest(
        small_catalog(),
        Settings(checkpoint_s=15),
        assignment,  # type: ignore[arg-type]
        {},
        Health(),
        Clock(lambda: consumer.now_s, lambda: 0),
        make_consumer=lambda _: consumer,
        make_producer=lambda _: outlet,
    )
    ingest._report = lambda now_s: None  # type: ignore[method-assign]
    ingest.run(lambda: consumer.looks >= looks)


def test_ingest_ends_where_no_rebalance_follows_the_loss_of_a_partition() -> None:
    """Found by the simulation: Redis lost a claim, and nobody read the partition from then on."""
    consumer = TenSecondConsumer({})
    with pytest.raises(OrphanedPartition, match="no rebalance followed"):
        run(consumer, looks=99)
    assert consumer.looks == 6  # lost at 20 s, ended after more than 30


def test_a_rebalance_after_the_loss_is_all_that_is_needed() -> None:
    run(TenSecondConsumer({4: TenSecondConsumer.rebalance}), looks=20)
