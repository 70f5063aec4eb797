"""The pace at which a raw partition is read."""

from __future__ import annotations

from models.timing.read_pace import FALLS_BEHIND, STILL, ReadPace, ReadPaceMeter, is_behind


def test_the_pace_looks_back_over_ten_seconds() -> None:
    meter = ReadPaceMeter()
    for second in range(60):  # fast for half a minute, then a tenth of it
        position = min(second, 30) * 1000 + max(second - 30, 0) * 100
        pace = meter.observe(float(second), position, 100_000)
    assert pace == ReadPace(100.0, (100_000 - 30_000 - 2_900) / 100)


def test_what_comes_in_counts_against_the_time_left() -> None:
    meter = ReadPaceMeter()
    meter.observe(0.0, 0, 1000)
    assert meter.observe(1.0, 500, 1400) == ReadPace(500.0, 9.0)
    assert meter.observe(2.0, 900, 3000).left_s == FALLS_BEHIND
    assert meter.observe(3.0, 3000, 3000) == ReadPace(1000.0, 0.0)


def test_behind_is_who_reads_what_lay_there_for_ten_seconds() -> None:
    assert is_behind(1, 1000, 11_000)
    assert not is_behind(1, 1001, 11_000)
    assert not is_behind(0, 1000, 11_000)
    assert not is_behind(5, 0, 11_000)
    assert ReadPaceMeter().observe(0.0, 7, 7) == STILL
