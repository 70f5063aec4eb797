"""The figures of a run follow the contract, with and without a snapshot."""

from __future__ import annotations

import pytest
import redis

from config.errors import ServerUnavailable
from config.names import SNAPSHOT, worker_key
from models.situation.snapshot import Snapshot
from ops.processes.figures import count_workers, figures, read_snapshot

KEYS = {
    "readings_in", "readings_rejected", "readings_late", "cases_in", "case_events_rejected",
    "cells_active", "panes_closed", "anomalies", "warnings_opened", "warnings_open", "deliveries",
    "snapshot_age_s", "lag_records", "latency_ms", "workers", "wall_url",
}  # fmt: skip


def snapshot() -> Snapshot:
    return Snapshot(
        version=3,
        city="110101",
        grid="x",
        written_ms=10_000,
        clock_ms=0,
        watermark_ms=0,
        figures={"readings_in": 12.0},
        latency_ms={"ingest_to_snapshot": {"p50": 1.0, "p99": 2.0}},
    )


def test_figures_of_a_snapshot() -> None:
    made = figures(snapshot(), now_ms=10_500, workers=2, wall_url="http://127.0.0.1:8050")
    assert set(made) == KEYS
    assert made["readings_in"] == 12
    assert made["snapshot_age_s"] == 0.5
    assert made["latency_ms"] == {
        "ingest_to_snapshot": {"p50": 1.0, "p99": 2.0},
        "ingest_to_warning": {"p50": None, "p99": None},
    }


def test_figures_without_a_snapshot_do_not_pretend() -> None:
    made = figures(None, now_ms=0, workers=0, wall_url=None)
    assert set(made) == KEYS
    assert made["snapshot_age_s"] is None
    assert made["readings_in"] == 0


def test_reading_from_redis(redis_url: str) -> None:
    with redis.Redis.from_url(redis_url) as client:
        assert read_snapshot(client) is None
        client.set(SNAPSHOT, snapshot().to_bytes())
        assert read_snapshot(client) == snapshot()
        client.set(SNAPSHOT, b"\xc1")
        with pytest.raises(ServerUnavailable, match="cannot read"):
            read_snapshot(client)
        client.set(worker_key("a"), "1")
        client.set(worker_key("b"), "1")
        assert count_workers(client) == 2


def test_a_silent_redis_is_said() -> None:
    with (
        redis.Redis(port=1, socket_connect_timeout=1) as client,
        pytest.raises(ServerUnavailable, match="Redis does not answer"),
    ):
        read_snapshot(client)
