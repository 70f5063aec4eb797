"""Retries without waiting: the clock is the test's."""

from __future__ import annotations

import pytest
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import ResponseError

from config.errors import ServerUnavailable
from streams.health import Health
from streams.retry import Patience


class Time:
    def __init__(self) -> None:
        self.now_s = 0.0
        self.pauses: list[float] = []

    async def sleep(self, pause_s: float) -> None:
        self.pauses.append(pause_s)
        self.now_s += pause_s

    def clock(self) -> float:
        return self.now_s


class Server:
    def __init__(self, failures: int, error: Exception) -> None:
        self.failures = failures
        self.error = error

    async def ask(self) -> str:
        self.failures -= 1
        if self.failures >= 0:
            raise self.error
        return "answer"


@pytest.fixture
def health() -> Health:
    return Health()


@pytest.fixture
def time() -> Time:
    return Time()


def _patience(health: Health, time: Time) -> Patience:
    return Patience(health, 10, time.sleep, time.clock)


async def test_a_server_that_comes_back_is_waited_for(health: Health, time: Time) -> None:
    server = Server(6, RedisConnectionError("away"))
    assert await _patience(health, time)(server.ask) == "answer"
    assert time.pauses == [0.1, 0.2, 0.4, 0.8, 1.6, 2.0]
    assert "redis" not in health.problems()
    assert health.registry.get_sample_value("gridpulse_retries_total", {"server": "redis"}) == 6


async def test_past_the_limit_it_gives_up_in_one_sentence(health: Health, time: Time) -> None:
    server = Server(99, OSError("no route"))
    with pytest.raises(ServerUnavailable, match=r"Redis did not answer for 10 s: no route"):
        await _patience(health, time)(server.ask)
    assert time.now_s <= 10
    assert "no route" in health.problems()["redis"]


async def test_an_error_of_our_own_is_not_repeated(health: Health, time: Time) -> None:
    server = Server(1, ResponseError("wrong type"))
    with pytest.raises(ResponseError):
        await _patience(health, time)(server.ask)
    assert time.pauses == []
