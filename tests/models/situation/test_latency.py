"""How long things take is told of late ones only."""

from __future__ import annotations

from models.situation.latency import KEPT, Latencies


def test_what_a_backlog_cost_is_soon_no_news() -> None:
    way = Latencies(kept_ms=60_000)
    way.add(0, [30_000.0])
    way.add(60_000, [100.0])
    assert way.percentiles()["p99"] == 29_701.0
    way.add(60_001, [100.0])
    assert way.percentiles() == {"p50": 100.0, "p99": 100.0}


def test_silence_lets_all_go() -> None:
    way = Latencies(kept_ms=60_000)
    way.add(0, [1.0])
    way.add(60_001, [])
    assert way.percentiles() == {"p50": None, "p99": None}


def test_there_is_an_end_to_what_is_kept() -> None:
    way = Latencies(kept_ms=60_000)
    way.add(0, [1000.0] * (KEPT // 50))
    way.add(0, [1.0] * KEPT)
    assert way.percentiles() == {"p50": 1.0, "p99": 1.0}


def test_the_middle_and_the_hundredth_largest_are_told_to_a_tenth() -> None:
    way = Latencies(kept_ms=60_000)
    way.add(0, [float(n) for n in range(1, 102)])
    assert way.percentiles() == {"p50": 51.0, "p99": 100.0}
    way.add(1, [0.26])
    assert way.percentiles()["p50"] == 50.5
    assert Latencies(1).percentiles() == {"p50": None, "p99": None}


def test_latencies_are_kept_to_the_end_of_their_time() -> None:
    way = Latencies(kept_ms=100)
    way.add(0, [5.0])
    way.add(0, [5.24])
    way.add(100, [])
    assert way.percentiles() == {"p50": 5.1, "p99": 5.2}
    way.add(101, [7.0])
    assert way.percentiles() == {"p50": 7.0, "p99": 7.0}
