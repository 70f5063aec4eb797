"""The front of a raw partition against a plain count, one row after the other."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.timing.source_clocks import AHEAD_MS, NEVER, SourceClocks

NOW_MS = 1_772_323_200_000
SECOND_MS, HOUR_MS = 1000, 3_600_000
DAY_MS = 24 * HOUR_MS
WINDOW_MS = 600_000

Row = tuple[str, int, int]  # source, event time, arrival


@dataclass
class Clock:
    """What is known of one source."""

    newest_ms: int = NEVER
    arrived_ms: int = NEVER
    ahead_ms: int = 0
    rows: int = 0


@dataclass
class Plain:
    """The same as `SourceClocks`, by the words of its documentation."""

    most: int
    front_ms: int = NEVER
    rows: int = 0
    beyond: int = 0
    clocks: dict[str, Clock] = field(default_factory=lambda: {"": Clock()})  # "": all others
    since: int = 0
    looked_ms: int = 0
    room_ms: int = 0
    is_short: bool = False

    def take(self, name: str, time_ms: int, arrived_ms: int, stamp_ms: int) -> int:
        """Take one row in; give the front before it."""
        before = self.front_ms
        clock = self.clock_of(name[:80])
        clock.newest_ms = max(clock.newest_ms, min(time_ms, arrived_ms) if arrived_ms else time_ms)
        clock.ahead_ms = time_ms - arrived_ms if arrived_ms else 0
        clock.arrived_ms, clock.rows = stamp_ms, clock.rows + 1
        self.rows, self.since = self.rows + 1, self.since + 1
        if self.is_due(stamp_ms):
            self.since, self.looked_ms = 0, stamp_ms
            self.front_ms = max(self.front_ms, self.quantile())
            if self.is_short and stamp_ms - self.room_ms >= HOUR_MS:
                self.make_room(stamp_ms)
        return before

    def clock_of(self, name: str) -> Clock:
        if name not in self.clocks and len(self.clocks) > self.most:
            self.is_short, self.beyond = True, self.beyond + 1
            return self.clocks[""]
        return self.clocks.setdefault(name, Clock())

    def is_due(self, stamp_ms: int) -> bool:
        passed_ms = stamp_ms - self.looked_ms
        return (
            self.rows in (1, 2, 4, 8, 16, 32, 64)
            or passed_ms >= 10 * SECOND_MS
            or (passed_ms >= SECOND_MS and self.since >= 100)
        )

    def recent(self) -> dict[str, Clock]:
        last_ms = max(clock.arrived_ms for clock in self.clocks.values())
        return {n: c for n, c in self.clocks.items() if c.arrived_ms >= last_ms - WINDOW_MS}

    def quantile(self) -> int:
        """All but a quarter of the sources, and but one at least, are as far as this."""
        times = sorted(clock.newest_ms for clock in self.recent().values())
        ahead = 0 if len(times) == 1 else max(1, len(times) // 4)
        return times[len(times) - 1 - ahead]

    def make_room(self, stamp_ms: int) -> None:
        self.room_ms, self.is_short = stamp_ms, False
        self.clocks = {
            n: c for n, c in self.clocks.items() if not n or c.arrived_ms >= stamp_ms - DAY_MS
        }

    def departed(self, lateness_ms: int) -> dict[str, int]:
        found = {}
        for name, clock in self.recent().items():
            if name and clock.ahead_ms > AHEAD_MS:
                found[name] = clock.ahead_ms
            elif name and clock.newest_ms < self.front_ms - lateness_ms:
                found[name] = clock.newest_ms - self.front_ms
        return found


def compare(rows: list[Row], most: int, cuts: list[int]) -> SourceClocks:
    """Take rows in, in pieces, and compare all that can be asked after each piece."""
    plain, clocks, front_ms = Plain(most), SourceClocks(most, WINDOW_MS), NEVER
    bounds = sorted({0, len(rows), *(cut % (len(rows) + 1) for cut in cuts)})
    for start, end in pairwise(bounds):
        part = rows[start:end]
        stamps = np.maximum.accumulate(np.array([at for _, _, at in part], np.int64)).tolist()
        wanted = [plain.take(*row, stamp) for row, stamp in zip(part, stamps, strict=True)]
        names = [name for name, _, _ in part]
        times, arrivals = (np.array([row[at] for row in part], np.int64) for at in (1, 2))
        fronts, front_ms = clocks.advance(names, times, arrivals, front_ms)
        assert fronts.tolist() == wanted
        assert (front_ms, len(clocks), clocks.beyond) == (
            plain.front_ms,
            len(plain.clocks) - 1,
            plain.beyond,
        )
        assert clocks.front_ms == plain.quantile()
        assert clocks.departed(front_ms, 60_000) == plain.departed(60_000)
        counts = {name: clock.rows for name, clock in plain.clocks.items() if name}
        assert clocks.unregistered(()) == counts
        restored = SourceClocks(most, WINDOW_MS)
        restored.restore(clocks.dump())
        assert restored.dump() == clocks.dump()
        clocks = restored if len(part) % 2 else clocks
    return clocks


STEPS = st.one_of(
    st.integers(0, 50),
    st.sampled_from([999, 1000, 1001, 9_999, 10_000, 10_001, WINDOW_MS, WINDOW_MS + 1]),
    st.sampled_from([HOUR_MS - 1, HOUR_MS, DAY_MS - 1, DAY_MS, DAY_MS + 1]),
)


@settings(max_examples=60)
@given(
    st.lists(
        st.tuples(
            st.sampled_from("abcdefgh"),
            st.one_of(st.integers(-90_000, 90_000), st.sampled_from([AHEAD_MS, AHEAD_MS + 1])),
            STEPS,
            st.booleans(),
        ),
        min_size=1,
        max_size=60,
    ),
    st.integers(1, 5),
    st.lists(st.integers(0, 60), max_size=4),
)
def test_rows_at_any_pace_give_the_front_of_a_plain_count(
    drawn: list[tuple[str, int, int, bool]], most: int, cuts: list[int]
) -> None:
    rows, at_ms = list[Row](), NOW_MS
    for name, ahead_ms, step_ms, is_stamped in drawn:
        at_ms += step_ms
        rows.append((name, at_ms + ahead_ms, at_ms if is_stamped or not rows else 0))
    compare(rows, most, cuts)


@pytest.mark.parametrize("every_ms", [1, 9, 10, 11, 99, 100, 101, 3000])
def test_a_steady_stream_gives_the_front_of_a_plain_count(every_ms: int) -> None:
    rng = np.random.default_rng(every_ms)
    rows = list[Row]()
    for at_ms in range(NOW_MS, NOW_MS + 700 * every_ms, every_ms):
        rows.append((f"s{rng.integers(12)}", at_ms - int(rng.integers(500)), at_ms))
    compare(rows, 100, [1, 63, 64, 65, 165, 300])


def test_hundreds_of_sources_are_told_apart_and_saved() -> None:
    rows = [(f"s{n % 300}", NOW_MS + n, NOW_MS + n) for n in range(900)]
    clocks = compare(rows, 250, [64, 128, 700])
    assert (len(clocks), clocks.beyond) == (250, 150)
    empty = SourceClocks(250, WINDOW_MS)
    empty.restore(SourceClocks(250, WINDOW_MS).dump())
    assert (len(empty), empty.front_ms) == (0, NEVER)
    assert empty.departed(NOW_MS, 0) == {}


def test_names_that_differ_only_late_are_one() -> None:
    clocks = compare([("x" * 80 + tail, NOW_MS, NOW_MS) for tail in "abc"], 9, [])
    assert clocks.unregistered(()) == {"x" * 80: 3}


def test_no_rows_change_nothing() -> None:
    clocks = SourceClocks(5, WINDOW_MS)
    nothing = np.empty(0, np.int64)
    fronts, front_ms = clocks.advance([], nothing, nothing, 7)
    assert (fronts.tolist(), front_ms, clocks.front_ms) == ([], 7, NEVER)


@pytest.mark.parametrize("silent_ms", [DAY_MS, DAY_MS + 1])
@pytest.mark.parametrize("waited_ms", [HOUR_MS - 1, HOUR_MS])
def test_room_is_made_once_an_hour_and_of_who_was_silent_for_a_day(
    silent_ms: int, waited_ms: int
) -> None:
    later_ms = NOW_MS + silent_ms
    times = [
        *(("a", NOW_MS), ("b", NOW_MS), ("c", NOW_MS), ("d", NOW_MS)),  # two are refused: room
        ("a", later_ms - waited_ms),
        ("c", later_ms - waited_ms),  # refused: room is made, and b has not been gone for a day
        *((name, later_ms + n * 10 * SECOND_MS) for n, name in enumerate("acaca")),
        *((name, later_ms + DAY_MS + n * 10 * SECOND_MS) for n, name in enumerate("aaac")),
        *((name, later_ms + 4 * DAY_MS + n * 10 * SECOND_MS) for n, name in enumerate("ccacc")),
    ]
    compare([(name, at_ms, at_ms) for name, at_ms in times], 2, list(range(len(times))))


def test_nobody_is_forgotten_while_there_is_room_for_all() -> None:
    times = [("a", NOW_MS), ("b", NOW_MS), ("b", NOW_MS + 3 * DAY_MS), ("b", NOW_MS + 9 * DAY_MS)]
    clocks = compare([(name, at_ms, at_ms) for name, at_ms in times], 2, [1, 2, 3])
    assert clocks.unregistered(()) == {"a": 1, "b": 3}


def test_a_clock_departs_past_its_bounds_and_not_at_them() -> None:
    for behind_ms, ahead_ms, names in ((5_000, AHEAD_MS, []), (5_001, AHEAD_MS + 1, ["f", "s"])):
        clocks = SourceClocks(9, WINDOW_MS)
        times = [("s", -behind_ms), ("x", 0), ("y", 0), ("f", ahead_ms)]
        rows = np.array([NOW_MS + ms for _, ms in times])
        clocks.advance([name for name, _ in times], rows, np.full(4, NOW_MS), NEVER)
        found = clocks.departed(NOW_MS, 5_000)
        assert sorted(found) == names
        assert all(found[name] == dict(times)[name] for name in names)


def test_who_was_heard_at_the_edge_of_the_window_is_still_asked() -> None:
    for silent_ms, found in ((WINDOW_MS, {"s": -99_000}), (WINDOW_MS + 1, {})):
        clocks = SourceClocks(9, WINDOW_MS)
        at = np.array([NOW_MS, NOW_MS + silent_ms])
        clocks.advance(["s", "x"], at - np.array([99_000, 0]), at, NEVER)
        assert clocks.departed(NOW_MS, 5_000) == found
    assert SourceClocks(9, WINDOW_MS).departed(NOW_MS, 0) == {}
