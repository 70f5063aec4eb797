"""What a process says of itself over HTTP: `/live`, `/ready` and Prometheus `/metrics`.

The server runs in a thread of its own, so that it answers in the Faust worker and in the
synchronous ingest process alike, also while they are busy.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    generate_latest,
)

from streams.background_server import BackgroundServer

_LIVE_S = 30.0  # a main loop that has not turned for this long hangs


class Metrics:
    """Every metric of the system, by name; a typo does not pass the type check.

    `process_start_time_seconds` (from the process collector) tells of restarts.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        counter, gauge = partial(Counter, registry=registry), partial(Gauge, registry=registry)
        where = ("agent", "partition")

        # Records whose effects are in the state; repeats after a restore; and those that retention,
        # shorter than an outage, deleted.
        self.applied = counter("gridpulse_applied_records", "Records applied", where)
        self.skipped = counter("gridpulse_skipped_records", "Records skipped as replays", where)
        self.gone = counter(
            "gridpulse_gone_records", "Records deleted before they were read", where
        )
        self.lag = gauge(
            "gridpulse_lag_records", "Records not yet read", ("agent", "topic", "partition")
        )
        self.judged = gauge(
            "gridpulse_judged_seconds",
            "Event time up to which a feed is judged, seconds since 1970; 0 for not at all yet",
            (*where, "feed"),
        )

        self.batch_age = gauge(
            "gridpulse_last_batch_age_seconds", "Time since a record was applied", where
        )
        self.checkpoint_age = gauge(
            "gridpulse_checkpoint_age_seconds", "Time since the last checkpoint", where
        )
        self.checkpoint_bytes = counter(
            "gridpulse_checkpoint_bytes", "Bytes written to checkpoints", where
        )
        self.checkpoint_duration = Histogram(
            "gridpulse_checkpoint_duration_seconds",
            "Duration of a checkpoint",
            ("agent",),
            registry=registry,
        )
        self.restored = counter(
            "gridpulse_restored_partitions", "Partitions restored after an assignment", ("agent",)
        )
        self.fenced = counter(
            "gridpulse_fenced_partitions", "Partitions lost to a newer owner", ("agent",)
        )
        self.dead_letters = counter(
            "gridpulse_dead_letters", "Records set aside", ("feed", "reason")
        )
        self.accepted = counter(
            "gridpulse_accepted_readings", "Readings and case events accepted", ("feed",)
        )
        self.failures = counter(
            "gridpulse_failures", "Ticks and checkpoints that failed", ("agent", "what")
        )
        self.deliveries = counter(
            "gridpulse_deliveries", "Tries to deliver a change of a warning", ("result",)
        )
        self.retries = counter(
            "gridpulse_retries", "Calls repeated because a server did not answer", ("server",)
        )


class Health:
    """What is known of this process: its metrics, its pulse, and the conditions of readiness.

    Parameters
    ----------
    clock : callable
        Monotonic seconds.

    Attributes
    ----------
    lag : dict of str to int, or None
        Records that wait, by agent; of ingest, by raw topic. None where nobody knows.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self.metrics = Metrics(self.registry)
        self._clock = clock
        self._heartbeat_s = clock()
        self._conditions: dict[str, str | None] = {}
        self.lag: dict[str, int] | None = {}

    def heartbeat(self) -> None:
        """Say that the main loop turned; call it at least every few seconds."""
        self._heartbeat_s = self._clock()

    def condition(self, name: str, problem: str | None) -> None:
        """Set a condition of readiness; `problem` None means that it is met."""
        self._conditions[name] = problem

    def applied(self) -> float:
        """Count the records applied so far, over all agents."""
        samples = (sample for family in self.metrics.applied.collect() for sample in family.samples)
        return sum(sample.value for sample in samples if sample.name.endswith("_total"))

    def is_live(self) -> bool:
        """Tell whether the main loop turned lately."""
        return self._clock() - self._heartbeat_s < _LIVE_S

    def problems(self) -> dict[str, str]:
        """Conditions of readiness that are not met, with why."""
        found = {name: why for name, why in dict(self._conditions).items() if why is not None}
        if not self._conditions:
            found["start"] = "the process is starting"
        return found


class HealthServer(BackgroundServer):
    """HTTP server of a `Health`; a context manager.

    Raises
    ------
    OSError
        The port is taken.
    """

    def __init__(self, health: Health, host: str, port: int) -> None:
        super().__init__(type("_Handler", (_Handler,), {"health": health}), host, port)


class _Handler(BaseHTTPRequestHandler):
    health: Health
    server_version = "gridpulse"
    sys_version = ""
    timeout = 10

    def do_GET(self) -> None:
        if self.path == "/live":
            live = self.health.is_live()
            self._answer_json(live, {"live": live})
        elif self.path == "/ready":
            problems = self.health.problems()
            found = {"problems": problems, "lag_records": self.health.lag}
            self._answer_json(not problems, {"ready": not problems, **found})
        elif self.path == "/metrics":
            body = generate_latest(self.health.registry)
            self._answer(HTTPStatus.OK, CONTENT_TYPE_LATEST, body)
        else:
            self.send_error(HTTPStatus.NOT_FOUND)

    do_HEAD = do_GET

    def _answer_json(self, good: bool, body: dict[str, object]) -> None:
        status = HTTPStatus.OK if good else HTTPStatus.SERVICE_UNAVAILABLE
        self._answer(status, "application/json", json.dumps(body).encode())

    def _answer(self, status: HTTPStatus, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Stay silent: probes come every few seconds."""
