"""The front of a raw partition: many sources move it, one alone does not."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from models.timing.source_clocks import NEVER, SourceClocks
from models.timing.units import MINUTE_MS

NOW_MS = 1_772_323_200_000


def advance(
    clocks: SourceClocks, rows: list[tuple[str, int, int]], front_ms: int = NEVER
) -> tuple[list[int], int]:
    """Take rows of (source, event time, arrival) in."""
    names = [name for name, _, _ in rows]
    times, arrivals = (np.array([row[at] for row in rows], np.int64) for at in (1, 2))
    fronts, front_ms = clocks.advance(names, times, arrivals, front_ms)
    return fronts.tolist(), front_ms


def minutes(sources: int, count: int, delay_ms: int) -> list[tuple[str, int, int]]:
    """Sources that report each minute, some time after they measured."""
    return [
        (f"s{source}", NOW_MS + minute * MINUTE_MS, NOW_MS + minute * MINUTE_MS + delay_ms)
        for minute in range(count)
        for source in range(sources)
    ]


def test_sources_ahead_do_not_move_the_front_past_the_others() -> None:
    clocks, delay_ms = SourceClocks(100, 600_000), 30 * MINUTE_MS
    _, decided_ms = advance(clocks, minutes(12, 5, delay_ms))
    assert (decided_ms, clocks.front_ms) == (NOW_MS + 3 * MINUTE_MS, NOW_MS + 4 * MINUTE_MS)
    arrived_ms = NOW_MS + 4 * MINUTE_MS + delay_ms
    ahead = [(f"s{n % 3}", arrived_ms + 599_500, arrived_ms) for n in range(400)]
    _, front_ms = advance(clocks, ahead, decided_ms)
    assert front_ms == clocks.front_ms == NOW_MS + 4 * MINUTE_MS


def test_no_time_moves_the_front_past_its_own_arrival() -> None:
    clocks = SourceClocks(100, 600_000)
    _, front_ms = advance(clocks, [("only", NOW_MS + 599_500, NOW_MS)])
    assert front_ms == NOW_MS


def test_a_silent_source_is_asked_no_more_after_a_while() -> None:
    clocks = SourceClocks(100, 600_000)
    _, front_ms = advance(clocks, [("a", NOW_MS, NOW_MS), ("b", NOW_MS, NOW_MS)])
    later_ms = NOW_MS + 300_000
    _, front_ms = advance(clocks, [("a", later_ms, later_ms)], front_ms)
    assert front_ms == NOW_MS
    later_ms = NOW_MS + 700_000
    _, front_ms = advance(clocks, [("a", later_ms, later_ms)], front_ms)
    assert front_ms == later_ms


def test_a_clock_that_departs_is_named_with_how_far() -> None:
    clocks = SourceClocks(100, 600_000)
    rows = minutes(8, 3, 1000)
    at_ms = rows[-1][2]
    rows += [("fast", at_ms + 400_000, at_ms), ("slow", at_ms - 900_000, at_ms)]
    rows += minutes(8, 4, 1000)[-8:]
    _, front_ms = advance(clocks, rows)
    assert clocks.departed(front_ms, 600_000) == {
        "slow": at_ms - 900_000 - front_ms,
        "fast": 400_000,
    }


def test_sources_beyond_the_bound_are_one_and_told() -> None:
    clocks = SourceClocks(10, 600_000)
    _, front_ms = advance(clocks, [(f"s{n}", NOW_MS, NOW_MS) for n in range(1000)])
    assert (len(clocks), clocks.beyond) == (10, 990)
    a_day_later = NOW_MS + 90_000_000
    again = [(f"t{n % 5}", a_day_later + n, a_day_later + n) for n in range(200)]
    advance(clocks, again, front_ms)
    assert clocks.beyond < 990 + 200  # the silent made room
    restored = SourceClocks(10, 600_000)
    restored.restore(clocks.dump())
    assert restored.dump() == clocks.dump()


def test_sensors_out_of_the_register_are_named() -> None:
    clocks = SourceClocks(10, 600_000)
    advance(clocks, [(name, NOW_MS, NOW_MS) for name in "abbccc"])
    assert clocks.unregistered({"a": 1}) == {"c": 3, "b": 2}


ROWS = st.lists(
    st.tuples(
        st.sampled_from("abcdefgh"),
        st.integers(NOW_MS - 2_000_000, NOW_MS + 2_000_000),
        st.integers(0, 9000),
    ),
    max_size=300,
)


@settings(max_examples=60, deadline=None)
@given(ROWS, st.lists(st.integers(0, 300), max_size=6))
def test_the_front_never_moves_back_and_cuts_do_not_matter(
    drawn: list[tuple[str, int, int]], cuts: list[int]
) -> None:
    arrivals = np.cumsum([step for _, _, step in drawn]) + NOW_MS
    rows = [(name, ts, int(at)) for (name, ts, _), at in zip(drawn, arrivals, strict=True)]
    whole, end_ms = advance(SourceClocks(6, 600_000), rows)
    assert whole == sorted(whole)
    assert end_ms <= max([NEVER, *(at for _, _, at in rows)])

    clocks, parts, front_ms = SourceClocks(6, 600_000), list[int](), NEVER
    bounds = sorted({0, len(rows), *(cut % (len(rows) + 1) for cut in cuts)})
    for start, end in pairwise(bounds):
        fronts, front_ms = advance(clocks, rows[start:end], front_ms)
        parts += fronts
        restored = SourceClocks(6, 600_000)
        restored.restore(clocks.dump())
        clocks = restored
    assert (parts, front_ms) == (whole, end_ms)
