"""`gridpulse demo`: a broker, Redis, all processes and a simulated city on this machine.

Four weeks of cases and two of readings go in at full speed, so that there is a normal to compare
with. Then the last day passes at 60 times real time until it reaches the present, and goes on as
time does. A site spoils the air of one street early in that day.
"""

from __future__ import annotations

import secrets
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec
import redis

from config.catalog import Catalog
from config.errors import GridpulseError
from config.loader import load
from config.redis_client import sync_redis
from config.settings import Settings
from models.feeds.raw import RawMessage
from models.messages.warnings import CityWarning
from models.timing.units import DAY_MS
from ops.kafka.raw_publisher import RawPublisher
from ops.processes.embedded import embedded_broker, embedded_redis
from ops.processes.figures import count_workers, figures, read_snapshot
from ops.processes.fleet import Fleet
from ops.processes.platform import launch, wall_url
from ops.processes.ports import free_port, is_listening
from ops.processes.receiver import Receiver
from ops.processes.signals import Stop
from ops.simulation.dust import LocalExcess
from ops.simulation.simulate import not_simulated, simulate

SPEED = 60
_SEED = 2157
_HISTORY_MS = 28 * DAY_MS
_READINGS_MS = 14 * DAY_MS  # of history: twice each hour of the week; more would only take longer
_HISTORY_INTERVAL_S = 900
_LIVE_INTERVAL_S = 60
_EXCESS_UGM3 = 400.0
_SAY_EVERY_S = 10.0
_FIRST_SNAPSHOT_S = 120.0


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """When each moment of the simulated day is due.

    Attributes
    ----------
    start_ms : int
        Wall clock at which the day begins to pass.
    """

    start_ms: int

    @property
    def day_ms(self) -> int:
        """Event time at which the day begins."""
        return self.start_ms - DAY_MS

    def due_s(self, ts_ms: int) -> float:
        """Seconds after the start at which an event time is due.

        Examples
        --------
        >>> schedule = Schedule(start_ms=DAY_MS)
        >>> schedule.due_s(60_000), schedule.due_s(DAY_MS + 3_600_000)
        (1.0, 3600.0)
        """
        return max((ts_ms - self.day_ms) / 1000 / SPEED, (ts_ms - self.start_ms) / 1000)


def run_demo(*, for_s: float | None, headless: bool, report: Path | None) -> None:
    """Run the demo until interrupted, or for some seconds.

    Parameters
    ----------
    for_s : float or None
        Seconds after the first snapshot.
    headless : bool
        Do not open a browser.
    report : Path or None
        File for the figures of the run.

    Raises
    ------
    GridpulseError
        A part did not start, or the feed of the city broke off.
    """
    with ExitStack() as stack:
        stop = stack.enter_context(Stop())
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="gridpulse-")))
        receiver = stack.enter_context(Receiver(secrets.token_hex(16), _print_warning))
        settings = _settings(stack, folder, receiver)
        catalog = load(settings)
        for note in not_simulated(catalog):
            print(f"note: {note}")
        fleet = stack.enter_context(Fleet(folder / "log", print))
        launch(fleet, settings, catalog, print)
        city = stack.enter_context(_City(settings, catalog))
        print(f"the wall is at {wall_url(settings)} (logs in {folder / 'log'}); Ctrl-C ends it")
        if not headless:
            _open_browser(wall_url(settings))
        client = stack.enter_context(sync_redis(settings))
        _watch(fleet, city, client, stop, for_s)
        if report is not None:
            _write(report, client, settings)


def _settings(stack: ExitStack, folder: Path, receiver: Receiver) -> Settings:
    """Start the servers; give settings that point to them, on free ports of loopback."""
    print("starting the embedded broker and Redis")
    given = Settings.from_env()
    wall_port = given.wall_port if not is_listening(given.wall_port) else free_port()
    return replace(
        given,
        brokers=stack.enter_context(embedded_broker(folder)),
        redis_url=stack.enter_context(embedded_redis(folder / "redis")),
        bind_host="127.0.0.1",
        wall_port=wall_port,
        worker_port=free_port(),
        ingest_port=free_port(),
        webhook_url=receiver.url,
        webhook_secret=receiver.secret,
        archive_dir=folder / "archive",
        demo_operator=given.demo_operator or "demo",
        replay_key=given.replay_key or secrets.token_hex(16),  # its day soon runs ahead of ours
    )


class _City:
    """The simulated city, in a thread of its own; an error in it is kept for the main thread."""

    def __init__(self, settings: Settings, catalog: Catalog) -> None:
        self.error: BaseException | None = None
        self._settings, self._catalog = settings, catalog
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> _City:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join(5)

    def _run(self) -> None:
        try:
            with RawPublisher(self._settings, print, f"demo-{secrets.token_hex(6)}") as publisher:
                self._live(publisher)
        except BaseException as error:
            self.error = error

    def _live(self, publisher: RawPublisher) -> None:
        schedule = Schedule(start_ms=round(time.time() * 1000))
        for feed, message in history(self._catalog, schedule):
            publisher.publish(feed, message)
            if self._ended.is_set():
                return
        publisher.flush()
        start_s = time.monotonic()
        for feed, message in present(self._catalog, schedule):
            while (left_s := start_s + schedule.due_s(message.ts_ms) - time.monotonic()) > 0:
                publisher.pause(min(left_s, 0.1))
                if self._ended.is_set():
                    return
            publisher.publish(feed, message)


def history(catalog: Catalog, schedule: Schedule) -> Iterator[tuple[str, RawMessage]]:
    """Give the messages of the four weeks before the day; readings of the last two only."""
    begin_ms, measured_ms = (schedule.day_ms - back_ms for back_ms in (_HISTORY_MS, _READINGS_MS))
    every = simulate(
        catalog, begin_ms, schedule.day_ms, _SEED, _HISTORY_INTERVAL_S, begin_ms=begin_ms
    )
    for feed, message in every:
        if message.ts_ms >= measured_ms or not catalog.feeds[feed].metrics:
            yield feed, message


def present(catalog: Catalog, schedule: Schedule) -> Iterator[tuple[str, RawMessage]]:
    """Give the messages of the day and of a month after it."""
    dust = catalog.feeds.get("dust")
    excess = None
    if dust is not None and dust.sensors:
        excess = LocalExcess(
            sensor=min(dust.sensors),
            start_ms=schedule.day_ms,
            end_ms=schedule.day_ms + 6 * 3_600_000,
            extra_ugm3=_EXCESS_UGM3,
        )
    return simulate(
        catalog,
        schedule.day_ms,
        schedule.start_ms + 30 * DAY_MS,
        _SEED,
        _LIVE_INTERVAL_S,
        excess=excess,
        begin_ms=schedule.day_ms - _HISTORY_MS,
    )


def _watch(fleet: Fleet, city: _City, client: redis.Redis, stop: Stop, for_s: float | None) -> None:
    """Watch until told to stop, or for some seconds from the first snapshot on."""
    said_s = time.monotonic()
    latest_s = said_s + _FIRST_SNAPSHOT_S  # a worker that never writes does not hold the end up
    end_s = None
    while end_s is None or time.monotonic() < end_s:
        fleet.watch()
        if city.error is not None:
            msg = f"the simulated city broke off: {city.error}"
            raise GridpulseError(msg) from city.error
        now_s = time.monotonic()
        if for_s is not None and end_s is None and (now_s > latest_s or read_snapshot(client)):
            end_s = now_s + for_s
        if now_s - said_s >= _SAY_EVERY_S:
            said_s = now_s
            print(_line(client))
        if stop.wait(0.5):
            return


def _line(client: redis.Redis) -> str:
    snapshot = read_snapshot(client)
    if snapshot is None:
        return "no snapshot yet"
    age_s = time.time() - snapshot.written_ms / 1000
    counts = snapshot.figures
    return (
        f"{counts.get('readings_in', 0):,.0f} readings, {counts.get('cases_in', 0):,.0f} case "
        f"events, {counts.get('warnings_open', 0):.0f} warnings open; snapshot {age_s:.1f} s old"
    )


def _write(report: Path, client: redis.Redis, settings: Settings) -> None:
    made = figures(
        read_snapshot(client),
        now_ms=round(time.time() * 1000),
        workers=count_workers(client),
        wall_url=wall_url(settings),
    )
    report.write_bytes(msgspec.json.format(msgspec.json.encode(made)) + b"\n")
    print(f"figures written to {report}")


def _print_warning(warning: CityWarning) -> None:
    print(f"webhook received: {warning.change} {warning.level.name} {warning.explanation['en']}")


def _open_browser(url: str) -> None:
    import webbrowser

    threading.Thread(target=webbrowser.open, args=(url,), daemon=True).start()
