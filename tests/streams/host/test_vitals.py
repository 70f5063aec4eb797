"""The heartbeat of a worker: it stays in time, and tells no lag that it does not know."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from types import SimpleNamespace
from typing import Any

import pytest
from faust.types import TP
from prometheus_client import generate_latest

from config.names import LINE, PANES
from config.settings import Settings
from models.messages.line_health import LineHealth
from models.messages.topics import decode
from streams.health import Health
from streams.host import vitals
from streams.host.environment import LIFE_PULSE_S
from streams.host.offsets import Extent
from streams.host.processor import AgentSpec, Record
from streams.host.read_positions import ReadPositions
from streams.host.vitals import Vitals
from streams.sinks.redis import LIFE_S

SPEC = AgentSpec("detect", "district", (PANES,), lambda _: None)  # type: ignore[arg-type, return-value]
LAG = 'gridpulse_lag_records{agent="detect",partition="0",topic="panes"}'
WALL_MS = 1_800_000_000_000


async def never(*_: object) -> Any:
    await asyncio.Event().wait()


class Worker:
    """A worker that holds one partition, of whose topic ten records are read."""

    def __init__(self) -> None:
        self.read = ReadPositions()
        self.read.restore({}, {PANES: Extent(0, 10**6)})
        self.apply(10)
        self.is_closed = False
        self.ends: Callable[[Iterable[TP]], Awaitable[dict[TP, int]]] = self._ends
        self.send: Callable[..., Awaitable[Any]] = self._send
        self.reports: list[LineHealth] = []
        self.lives: list[Mapping[str, object]] = []
        self.health = Health(lambda: 0.0)
        self._beats = 0
        self._vitals = Vitals(
            SimpleNamespace(
                consumer=SimpleNamespace(ends=self._ask),
                producer=SimpleNamespace(send=self._produce),
                namespace=SimpleNamespace(outer=str),
            ),  # type: ignore[arg-type]
            self,  # type: ignore[arg-type]
            [SPEC],
            Settings(),
            self.health,
            self,  # type: ignore[arg-type]
            SimpleNamespace(
                worker="host-1",
                district="110101",
                life_pulse_s=0.0,
                clock=SimpleNamespace(monotonic_s=lambda: 0.0, wall_ms=lambda: WALL_MS),
            ),  # type: ignore[arg-type]
        )

    def apply(self, count: int) -> None:
        self.read.advance(Record(PANES, 0, count - 1, b"", WALL_MS), WALL_MS)

    async def beat(self) -> None:
        """Let it send one heartbeat."""
        self.is_closed = False
        await self._vitals.run()

    def metrics(self) -> str:
        return generate_latest(self.health.registry).decode()

    # --- the host

    def positions(self) -> Mapping[TP, int]:
        return {TP(PANES, 0): self.read.next[PANES]}

    def held(self) -> list[Any]:
        positions = dict(self.read.next)
        judged = {"dust": WALL_MS}
        return [
            SimpleNamespace(spec=SPEC, number=0, read=self.read, positions=positions, judged=judged)
        ]

    # --- the servers

    async def sign_of_life(self, worker: str, told: Mapping[str, object]) -> None:
        assert worker == "host-1"
        self.lives.append(told)
        self.is_closed = True

    async def _ask(self, asked: Iterable[TP]) -> dict[TP, int]:
        return await self.ends(asked)

    async def _produce(self, *sent: Any) -> Any:
        return await self.send(*sent)

    async def _ends(self, asked: Iterable[TP]) -> dict[TP, int]:
        return dict.fromkeys(asked, 25)

    async def _send(self, topic: str, key: bytes, value: bytes, *_: object) -> Any:
        assert (topic, key) == (LINE, b"110101")
        report = decode(LINE, value)
        assert isinstance(report, LineHealth)
        self.reports.append(report)
        arrived = asyncio.get_running_loop().create_future()
        arrived.set_result(None)
        return arrived


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch) -> Worker:
    monkeypatch.setattr(vitals, "_UNDER_WAY_S", 0.0)
    monkeypatch.setattr(vitals, "_LINE_S", 0.05)
    return Worker()


async def test_what_waits_is_shown_reported_and_said(worker: Worker) -> None:
    await worker.beat()
    assert f"{LAG} 15.0" in worker.metrics()
    assert worker.health.lag == {"detect": 15}
    assert worker.lives[0]["lag_records"] == 15
    (part,) = worker.reports[0].parts
    assert (part.waiting, part.judged) == ({PANES: 15}, {"dust": WALL_MS})


async def refused(_: Iterable[TP]) -> dict[TP, int]:
    raise ConnectionError


@pytest.mark.parametrize("ends", [refused, never])
async def test_a_lag_that_cannot_be_asked_for_is_unknown_and_not_the_last_one(
    worker: Worker, ends: Callable[[Iterable[TP]], Awaitable[dict[TP, int]]]
) -> None:
    await worker.beat()
    worker.ends = ends
    await worker.beat()
    assert LAG not in worker.metrics()
    assert "gridpulse_judged_seconds{" not in worker.metrics()
    assert worker.health.lag is None
    assert [life["lag_records"] for life in worker.lives] == [15, None]
    assert len(worker.reports) == 1
    worker.ends = worker._ends
    await worker.beat()
    assert f"{LAG} 15.0" in worker.metrics()
    assert worker.health.lag == {"detect": 15}


async def test_a_broker_that_takes_no_record_does_not_delay_the_sign_of_life(
    worker: Worker,
) -> None:
    worker.send = never
    async with asyncio.timeout(5):
        await worker.beat()
        await worker.beat()
    assert [life["lag_records"] for life in worker.lives] == [15, 15]  # that much is known


def test_a_report_takes_less_time_than_a_sign_of_life_lasts() -> None:
    assert vitals._UNDER_WAY_S < vitals._LINE_S
    assert vitals._LINE_S + LIFE_PULSE_S < LIFE_S


async def test_what_is_applied_within_half_a_second_did_not_wait(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    paused: list[float] = []

    async def pause(seconds: float) -> None:
        paused.append(seconds)
        if seconds:
            worker.apply(22)  # those under way arrive

    own = SimpleNamespace(sleep=pause, timeout=asyncio.timeout)
    monkeypatch.setattr(vitals, "asyncio", own)
    await worker.beat()
    assert paused == [0.5, 0.0]
    assert worker.health.lag == {"detect": 3}
