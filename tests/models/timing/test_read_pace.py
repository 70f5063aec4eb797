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


def test_what_was_seen_ten_seconds_ago_still_counts() -> None:
    meter = ReadPaceMeter()
    meter.observe(0.0, 0, 1000)
    meter.observe(1.0, 500, 1000)
    assert meter.observe(10.9, 600, 1000) == ReadPace(600 / 10.9, 400 / (600 / 10.9))
    assert meter.observe(11.0, 600, 1000) == ReadPace(10.0, 40.0)  # from the first second on
    assert meter.observe(20.9, 600, 1000).records_s == 100 / 19.9
    assert meter.observe(21.0, 600, 1000).records_s == 0.0


def test_a_first_look_and_a_clock_that_stands_still_give_no_pace() -> None:
    meter = ReadPaceMeter()
    assert meter.observe(5.0, 0, 10) == ReadPace(0.0, FALLS_BEHIND)
    assert meter.observe(5.0, 10, 10) == ReadPace(0.0, 0.0)
    assert meter.observe(6.0, 12, 20) == ReadPace(12.0, 8 / 2)


def test_who_gains_nothing_never_gets_there() -> None:
    meter = ReadPaceMeter()
    meter.observe(0.0, 0, 100)
    assert meter.observe(2.0, 50, 150) == ReadPace(25.0, FALLS_BEHIND)
    assert meter.observe(4.0, 130, 200) == ReadPace(32.5, 70 / 7.5)


def test_behind_begins_with_one_record_and_any_time_heard() -> None:
    assert is_behind(1, 1, 10_001)
    assert not is_behind(1, 1, 10_000)
    assert not is_behind(-1, 1, 10_001)


def test_of_three_looks_the_first_is_let_go_after_ten_seconds() -> None:
    meter = ReadPaceMeter()
    meter.observe(0.0, 0, 1000)
    meter.observe(1.0, 500, 1000)
    assert meter.observe(11.0, 600, 1000).records_s == 10.0


def test_who_has_read_all_has_nothing_left_though_nothing_moves() -> None:
    meter = ReadPaceMeter()
    meter.observe(0.0, 10, 10)
    assert meter.observe(1.0, 10, 10) == ReadPace(0.0, 0.0)


def test_a_slow_gain_is_a_gain() -> None:
    meter = ReadPaceMeter()
    meter.observe(0.0, 0, 100)
    assert meter.observe(2.0, 1, 100) == ReadPace(0.5, 198.0)
