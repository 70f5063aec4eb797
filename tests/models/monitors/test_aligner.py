"""A pane is given out once, when every partition has come past its end."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from models.messages.columns import decode, encode
from models.messages.panes import PaneHeader, ReadingPane
from models.monitors.aligner import WAIT_MS, PaneAligner
from tests.models.monitors.readings.monitor_things import CELLS, PANE_MS, pane


def read(message: bytes) -> ReadingPane:
    return ReadingPane(*decode(PaneHeader, message))


def take(aligner: PaneAligner, *messages: bytes) -> list[list[ReadingPane]]:
    given_out: list[list[ReadingPane]] = []
    for message in messages:
        aligner.apply(read(message))
        given_out += aligner.release()
    return given_out


def starts(panes: list[list[ReadingPane]]) -> list[int]:
    return [messages[0].header.start_ms // PANE_MS for messages in panes]


def test_waits_for_every_partition() -> None:
    aligner = PaneAligner()
    first = pane(4, {CELLS[0]: 1}, partition=0, partitions=2)
    assert take(aligner, first) == []
    second = pane(4, {CELLS[2]: 1}, partition=1, partitions=2)
    (messages,) = take(aligner, second)
    assert [encode(message.header, message.columns) for message in messages] == [first, second]


def test_an_empty_pane_only_says_how_far_its_partition_is() -> None:
    aligner = PaneAligner()
    assert take(aligner, pane(4, {CELLS[0]: 1}, partition=0, partitions=2)) == []
    (messages,) = take(aligner, pane(9, {}, partition=1, partitions=2))
    assert len(messages) == 1
    assert aligner.progress.judged_end_ms == 5 * PANE_MS


def test_an_idle_partition_holds_nobody_up() -> None:
    aligner = PaneAligner()
    idle = pane(0, {}, partition=1, partitions=2, idle=True)
    assert starts(take(aligner, idle, pane(4, {CELLS[0]: 1}, partitions=2))) == [4]


def test_several_panes_come_oldest_first() -> None:
    aligner = PaneAligner()
    messages = [pane(n, {CELLS[0]: n}, partitions=2) for n in (7, 5, 6)]
    assert take(aligner, *messages) == []
    assert starts(take(aligner, pane(7, {}, partition=1, partitions=2))) == [5, 6, 7]


def test_a_correction_before_the_judgement_replaces_and_after_it_counts() -> None:
    aligner = PaneAligner()
    corrected = pane(4, {CELLS[0]: 2}, partitions=2, revision=1)
    take(aligner, corrected, pane(4, {CELLS[0]: 1}, partitions=2))  # the older comes again: ignored
    ((only,),) = take(aligner, pane(4, {}, partition=1, partitions=2))
    assert encode(only.header, only.columns) == corrected
    assert take(aligner, pane(4, {CELLS[0]: 3}, partitions=2, revision=2)) == []
    assert aligner.progress.revised == 1


def test_a_partition_that_never_speaks_is_waited_for_but_not_for_ever() -> None:
    aligner = PaneAligner()
    take(aligner, pane(4, {CELLS[0]: 1}, partitions=2), pane(5, {CELLS[0]: 1}, partitions=2))
    assert aligner.release_overdue(1_000_000) == []
    assert aligner.release_overdue(1_000_000 + WAIT_MS - 1) == []
    assert starts(aligner.release_overdue(1_000_000 + WAIT_MS)) == [4, 5]
    take(aligner, pane(4, {CELLS[2]: 1}, partition=1, partitions=2))
    assert aligner.progress.revised == 1


def test_a_pane_given_out_before_anyone_looked_at_the_clock_is_not_waited_for() -> None:
    aligner = PaneAligner()
    assert starts(take(aligner, pane(4, {CELLS[0]: 1}))) == [4]
    take(aligner, pane(5, {CELLS[0]: 1}, partitions=2))
    assert aligner.release_overdue(1_000_000) == []
    assert starts(aligner.release_overdue(1_000_000 + WAIT_MS)) == [5]


@given(st.integers(0, 2**32), st.integers(1, 4))
def test_whatever_the_order_of_partitions_each_pane_comes_once_and_whole(
    seed: int, partitions: int
) -> None:
    chance = random.Random(seed)
    queues = [
        [pane(n, {CELLS[0] + p: n}, partition=p, partitions=partitions) for n in range(6)]
        for p in range(partitions)
    ]
    aligner, given_out = PaneAligner(), list[list[ReadingPane]]()
    while any(queues):
        queue = chance.choice([queue for queue in queues if queue])
        given_out += take(aligner, queue.pop(0))
    assert starts(given_out) == list(range(6))
    assert all(len(messages) == partitions for messages in given_out)
    assert aligner.waiting == 0
