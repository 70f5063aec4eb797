"""The five states of a city, made by starting and stopping real feeds before a real wall."""

from __future__ import annotations

import json
import os
import shutil
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Producer
from playwright.sync_api import Browser

from config.loader import load
from config.names import raw_topic
from config.settings import Settings
from ops.processes.child import Child
from ops.processes.embedded import embedded_broker, embedded_redis
from ops.processes.fleet import Fleet
from ops.processes.platform import launch
from ops.processes.ports import free_port
from tests.browser.conftest import HD, Screen, a_screen

pytestmark = [pytest.mark.browser, pytest.mark.broker, pytest.mark.timeout(600)]

WITHIN_MS = 90_000
INTERVAL_S = 2  # of every feed: late after 3 s, stale after 6 s
BACKLOG = 300_000  # readings
LAIN_LONG_S = 11  # a record that lay for ten seconds was waiting to be read
SENDING_S = 0.5


@dataclass
class City:
    """A running platform of a city whose feeds are expected every two seconds."""

    settings: Settings
    parts: dict[str, Child]
    fleet: Fleet
    producer: Producer

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.settings.wall_port}/?lang=zh"

    def send(self, feed: str, message: dict[str, Any]) -> None:
        self.producer.produce(raw_topic(feed), json.dumps(message).encode())

    def send_now(self, feed: str) -> None:
        """Send one live record of a feed."""
        ts = int(time.time() * 1000)
        if feed == "cases":
            case = {"case": f"B{ts}", "type": "reported", "ts": ts, "category": "E0101"}
            self.send(feed, case | {"lon": 116.40344, "lat": 39.91325, "role": "public"})
            return
        metric, sensor = ("pm10", "DC-01") if feed == "dust" else ("gas", "DH-01")
        self.send(feed, {"sensor": sensor, "metric": metric, "value": 1.0, "ts": ts})

    @contextmanager
    def sending(self, *feeds: str) -> Iterator[None]:
        """Send records of feeds as they are expected, and stop."""
        stopped = threading.Event()

        def send() -> None:
            while not stopped.wait(SENDING_S):
                for feed in feeds:
                    self.send_now(feed)
                self.producer.flush(10)

        sender = threading.Thread(target=send, daemon=True)
        sender.start()
        try:
            yield
        finally:
            stopped.set()
            sender.join()


@contextmanager
def asleep(process: Child) -> Iterator[None]:
    """Let a process stand still, so that what comes meanwhile lies for a while."""
    os.kill(process.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(process.pid, signal.SIGCONT)


@contextmanager
def slowed(process: Child) -> Iterator[None]:
    """Let a process run a fifth of the time: its backlog lasts, and it still reports."""
    stopped = threading.Event()

    def slow() -> None:
        while not stopped.is_set():
            os.kill(process.pid, signal.SIGSTOP)
            stopped.wait(0.4)
            os.kill(process.pid, signal.SIGCONT)
            stopped.wait(0.1)

    brake = threading.Thread(target=slow, daemon=True)
    brake.start()
    try:
        yield
    finally:
        stopped.set()
        brake.join()
        os.kill(process.pid, signal.SIGCONT)


def quick_city(folder: Path) -> Path:
    """Dongcheng with feeds that are expected every two seconds, and one sensor that suffices."""
    base = Settings().config_dir / "city" / "dongcheng"
    town = folder / "city" / "dongcheng"
    shutil.copytree(base, town)
    for path in (town / "feeds").iterdir():
        lines = path.read_text(encoding="utf-8").splitlines()
        expected = f"expected_interval_s: {INTERVAL_S}"
        changed = [expected if line.startswith("expected_interval_s") else line for line in lines]
        path.write_text("\n".join(changed), encoding="utf-8")
    with (town / "city.yaml").open("a", encoding="utf-8") as city:
        city.write("\nsituation: {coverage: 0.01}\n")
    return folder


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    folder = tmp_path_factory.mktemp("states")
    with ExitStack() as stack:
        settings = Settings(
            brokers=stack.enter_context(embedded_broker(folder / "broker")),
            redis_url=stack.enter_context(embedded_redis(folder / "redis")),
            config_dir=quick_city(folder / "config"),
            archive_dir=folder / "archive",
            wall_port=free_port(),
            worker_port=free_port(),
            ingest_port=free_port(),
        )
        fleet = stack.enter_context(Fleet(folder / "log", print))
        parts = launch(fleet, settings, load(settings), print)
        producer = Producer({"bootstrap.servers": settings.brokers, "linger.ms": 20})
        yield City(settings, parts, fleet, producer)


@pytest.fixture
def wall(browser: Browser, city: City) -> Iterator[Screen]:
    with a_screen(browser, HD) as screen:
        screen.open(city.url)
        yield screen


def shows(screen: Screen, stage: str, *texts: str) -> None:
    """Wait until the banner shows a stage, and says each of the texts."""
    banner = screen.page.locator(f"#stage .stage-{stage}")
    for text in texts:
        banner = banner.filter(has_text=text)
    banner.wait_for(timeout=WITHIN_MS)


def of_feed(screen: Screen, feed: str, text: str) -> None:
    screen.page.locator(f"#feed-{feed}").filter(has_text=text).wait_for(timeout=WITHIN_MS)


# One platform runs through the states; each test begins where the one before ended.


def test_no_data_ever_is_said_and_nothing_is_called_well(wall: Screen) -> None:
    shows(wall, "no-data", "无数据", "3 个数据源都没有数据")
    of_feed(wall, "dust", "从未收到")
    text = wall.page.locator("#page").inner_text()
    for calm in ("正常", "没有未解除的预警", "没有超时案件"):
        assert calm not in text


def test_a_replay_is_shown_as_one_and_its_end_too(city: City, wall: Screen, tmp_path: Path) -> None:
    began = 1_397_606_400_000  # 2014-04-16 08:00 in Beijing
    day = tmp_path / "day.jsonl"
    day.write_text(
        "\n".join(
            json.dumps({"sensor": "DC-01", "metric": "pm10", "value": 80, "ts": began + s * 1000})
            for s in range(25)
        ),
        encoding="utf-8",
    )
    city.fleet.start("replay", ("replay", "dust", str(day), "--speed", "1"), city.settings)
    wall.page.locator("#now-mode").filter(has_text="回放").wait_for(timeout=WITHIN_MS)
    of_feed(wall, "dust", "回放中")
    assert "2014-04-16" in wall.page.locator("#now-date").inner_text()
    wall.page.locator("#now-mode").filter(has_text="回放已结束").wait_for(timeout=WITHIN_MS)
    of_feed(wall, "dust", "回放结束")


def test_live_and_well_is_normal(city: City, wall: Screen) -> None:
    with city.sending("dust", "hazard", "cases"):
        shows(wall, "normal", "正常", "数据源都正常")
        assert wall.page.locator(".replay-badge").count() == 0
        assert wall.page.locator(".is-blind").count() == 0


def test_a_feed_that_stops_is_late_then_stale_and_the_city_partly_blind(
    city: City, wall: Screen
) -> None:
    with city.sending("hazard", "cases"):
        with city.sending("dust"):
            shows(wall, "normal")
        shows(wall, "partly-blind", "部分失联", "扬尘监测 已停")
        of_feed(wall, "dust", "数据已停")
    shows(wall, "no-data", "3 个数据源都没有数据")
    assert wall.page.locator("#funnel-panel.is-blind").count() == 1


def test_a_backlog_is_catching_up_with_its_speed_and_the_time_left(
    city: City, wall: Screen
) -> None:
    with asleep(city.parts["ingest"]):
        for number in range(BACKLOG):
            now_ms, sensor = int(time.time() * 1000), f"DC-{1 + number % 30:02d}"
            city.send("dust", {"sensor": sensor, "metric": "pm10", "value": 80, "ts": now_ms})
            if number % 10_000 == 0:
                city.producer.flush(30)
        time.sleep(LAIN_LONG_S)
    with slowed(city.parts["ingest"]), city.sending("hazard", "cases"):
        shows(wall, "catching-up", "追赶中", "条/秒", "扬尘监测")
    with city.sending("dust", "hazard", "cases"):
        shows(wall, "normal")


def test_a_stopped_ingest_is_named_as_such(city: City, wall: Screen) -> None:
    city.parts["ingest"].stop()
    shows(wall, "no-data")
    of_feed(wall, "dust", "无接入报告")
