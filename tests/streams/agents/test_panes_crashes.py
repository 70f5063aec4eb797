"""Crashes, repeats and order leave no trace in what the agent `panes` tells its district."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from config.names import PANES
from models.messages.columns import decode
from models.messages.frames import IDLE
from models.messages.panes import PaneHeader
from models.timing.units import MINUTE_MS
from streams.agents.panes import PaneProcessor
from tests.models.windows.frames import Row, packed
from tests.streams.agents.test_panes import apply, processor

M = MINUTE_MS


@dataclass
class Run:
    """A processor, what its district has, and its checkpoint; it can lose its memory."""

    agent: PaneProcessor = field(default_factory=processor)
    panes: dict[int, bytes] = field(default_factory=dict)
    late: set[bytes] = field(default_factory=set)
    fields: dict[bytes, bytes] = field(default_factory=dict)
    position: int = 0

    def apply(self, value: bytes, offset: int) -> None:
        for effect in apply(self.agent, value, offset):
            if effect.topic == PANES:
                self.panes[decode(PaneHeader, effect.value)[0].start_ms] = effect.value
            else:
                self.late.add(effect.value)

    def checkpoint(self, position: int) -> None:
        for name, blob in self.agent.changes().items():
            if blob is None:
                self.fields.pop(name, None)
            else:
                self.fields[name] = blob
        self.position = position

    def crash(self) -> int:
        self.agent = processor()
        self.agent.restore(self.fields)
        return self.position

    def contents(self) -> dict[int, tuple[bytes, ...]]:
        decoded = {start: decode(PaneHeader, value)[1] for start, value in self.panes.items()}
        return {
            start: tuple(column.tobytes() for column in columns.values())
            for start, columns in decoded.items()
            if columns["cell"].size
        }


READINGS = st.lists(
    st.tuples(
        st.integers(0, 1),  # raw partition
        st.integers(0, 5),  # cell
        st.integers(-40, 400),  # value
        st.integers(0, 12 * M),  # event time
    ),
    min_size=1,
    max_size=60,
)


def ingest(
    readings: list[tuple[int, int, int, int]], seed: int, *, idle_share: float = 0.5
) -> list[bytes]:
    """Frame readings as ingest does: late ones left out, watermark as before the frame, ticks."""
    random, frames = Random(seed), list[bytes]()
    newest, offsets = [-(2**62)] * 2, [0, 0]
    start = 0
    while start < len(readings):
        partition, end = readings[start][0], start + random.randint(1, 8)
        batch = [r for r in readings[start:end] if r[0] == partition]
        left = [r for r in readings[start:end] if r[0] != partition]
        readings[start:end] = [*batch, *left]
        watermark, rows = newest[partition] - 120_000, list[Row]()
        for _, cell, value, ts in batch:
            newest[partition] = max(newest[partition], ts)
            if ts >= newest[partition] - 120_000:
                rows.append((cell, 0, value, ts, offsets[partition]))
            offsets[partition] += 1
        frames.append(
            packed(
                rows,
                watermark_ms=watermark,
                raw_partition=partition,
                raw_partitions=2,
                ingested_ms=1000 + start,
            )
        )
        if random.random() < 0.3:
            quiet = random.randint(0, 1)
            mark = IDLE if random.random() < idle_share else newest[quiet] - 120_000
            frames.append(packed(watermark_ms=mark, raw_partition=quiet, raw_partitions=2))
        start += len(batch)
    return frames + [packed(watermark_ms=IDLE, raw_partition=p, raw_partitions=2) for p in (0, 1)]


@settings(max_examples=150, deadline=None)
@given(READINGS, st.integers(0, 10**6))
def test_crashes_at_any_point_leave_no_trace(
    readings: list[tuple[int, int, int, int]], seed: int
) -> None:
    frames, random = ingest(list(readings), seed), Random(seed + 1)
    calm, rough = Run(), Run()
    for offset, value in enumerate(frames):
        calm.apply(value, offset)
    offset, crashes = 0, 0
    while offset < len(frames):
        rough.apply(frames[offset], offset)
        offset += 1
        if random.random() < 0.3:
            rough.checkpoint(offset)
        if random.random() < 0.2 and crashes < 6:
            offset, crashes = rough.crash(), crashes + 1
    assert rough.panes == calm.panes
    assert rough.late == calm.late
    calm.checkpoint(0)
    rough.checkpoint(0)
    assert rough.agent.tick(10**9) == calm.agent.tick(10**9)
    assert rough.fields == calm.fields


@settings(max_examples=100, deadline=None)
@given(READINGS, st.integers(0, 10**6))
def test_frames_that_ingest_sends_again_change_nothing(
    readings: list[tuple[int, int, int, int]], seed: int
) -> None:
    # Which readings come too late after a pause depends on when the pause is told, so none is.
    frames, random = ingest(list(readings), seed, idle_share=0), Random(seed + 1)
    calm, rough = Run(), Run()
    for offset, value in enumerate(frames):
        calm.apply(value, offset)
        rough.apply(value, offset)
        is_last = offset >= len(frames) - 2
        for repeated in [] if is_last else range(random.randint(0, offset), offset + 1):
            rough.apply(frames[repeated], offset)
    assert rough.contents() == calm.contents()
    assert rough.late == calm.late


@settings(max_examples=100, deadline=None)
@given(READINGS, st.randoms(use_true_random=False))
def test_within_the_lateness_order_does_not_matter(
    readings: list[tuple[int, int, int, int]], random: Random
) -> None:
    near = [(p, cell, value, ts % (2 * M)) for p, cell, value, ts in readings]
    shuffled = list(near)
    random.shuffle(shuffled)
    contents = []
    for order in (near, shuffled):
        run = Run()
        for offset, value in enumerate(ingest(list(order), seed=len(order))):
            run.apply(value, offset)
        assert not run.late
        contents.append(run.contents())
    assert contents[0] == contents[1]


def test_fields_of_panes_that_are_gone_are_deleted() -> None:
    run = Run()
    sizes = []
    for minute in range(60):
        rows: list[Row] = [(1, 0, 5, minute * M, minute)]
        run.apply(packed(rows, watermark_ms=(minute - 2) * M), minute)
        run.checkpoint(minute)
        sizes.append(sum(name.startswith(b"dust/pane/") for name in run.fields))
    assert max(sizes[10:]) == min(sizes[10:]) <= 7
