"""Retries without waiting: the clock is the test's. Each as a blocking call, and in a loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from confluent_kafka import KafkaError, KafkaException
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import ResponseError

from config.errors import ServerUnavailable
from streams.health import Health
from streams.retry import Away, Retry


class Time:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.pauses: list[float] = []

    def sleep(self, pause_s: float) -> None:
        self.pauses.append(pause_s)
        self.now_s += pause_s

    async def sleep_async(self, pause_s: float) -> None:
        self.sleep(pause_s)

    def clock(self) -> float:
        return self.now_s


class Server:
    def __init__(self, failures: int, error: Exception) -> None:
        self.failures = failures
        self.error = error

    def ask(self) -> str:
        self.failures -= 1
        if self.failures >= 0:
            raise self.error
        return "answer"

    async def ask_async(self) -> str:
        return self.ask()


@pytest.fixture
def health(time: Time) -> Health:
    return Health(time.clock)


@pytest.fixture
def time() -> Time:
    return Time()


Ask = Callable[[Server], str]


@pytest.fixture(params=["blocking", "in a loop"])
def ask(request: pytest.FixtureRequest, health: Health, time: Time) -> Ask:
    retry = Retry("Redis", 10, health, clock=time.clock)
    if request.param == "blocking":
        return lambda server: retry.call(server.ask, sleep=time.sleep)
    return lambda server: asyncio.run(retry.call_async(server.ask_async, sleep=time.sleep_async))


def test_a_server_that_comes_back_is_waited_for(ask: Ask, health: Health, time: Time) -> None:
    assert ask(Server(7, RedisConnectionError("away"))) == "answer"
    assert time.pauses == [0.1, 0.2, 0.4, 0.8, 1.6, 2.0, 2.0]
    assert health.problems() == {}
    assert health.registry.get_sample_value("gridpulse_retries_total", {"server": "redis"}) == 7


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (OSError("no route"), "no route"),
        (TimeoutError("too slow"), "too slow"),
        (Away("no topic"), "no topic"),
        (KafkaException(KafkaError(KafkaError._TRANSPORT, "no broker")), "no broker"),
    ],
)
def test_past_the_limit_it_gives_up_in_one_sentence(
    ask: Ask, health: Health, time: Time, error: Exception, why: str
) -> None:
    with pytest.raises(ServerUnavailable, match=f"^Redis is not there after 10 s .*: {why}$"):
        ask(Server(10**6, error))
    assert 8 < time.now_s <= 10
    assert health.problems() == {"redis": why}


def test_a_sentence_that_the_call_found_is_the_last_word(ask: Ask) -> None:
    with pytest.raises(ServerUnavailable, match=r"^start it$"):
        ask(Server(10**6, ServerUnavailable("start it")))


def test_an_error_of_our_own_is_not_repeated(ask: Ask, time: Time) -> None:
    with pytest.raises(ResponseError):
        ask(Server(1, ResponseError("wrong type")))
    assert time.pauses == []


def test_only_a_call_that_blocks_the_process_is_its_pulse(health: Health, time: Time) -> None:
    retry = Retry("Redis", 1000, health, clock=time.clock)
    retry.call(Server(40, OSError("away")).ask, sleep=time.sleep)
    assert time.now_s > 60
    assert health.is_live()
    server = Server(40, OSError("away"))
    asyncio.run(retry.call_async(server.ask_async, sleep=time.sleep_async))
    assert not health.is_live()


def test_whoever_asks_is_told_once_that_it_waits(time: Time) -> None:
    notes: list[str] = []
    retry = Retry("Kafka", 60, note=notes.append, clock=time.clock)
    assert retry.call(Server(3, OSError("no route")).ask, sleep=time.sleep) == "answer"
    assert notes == ["waiting for Kafka, up to 60 s: no route"]
