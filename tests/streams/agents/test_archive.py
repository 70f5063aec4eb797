"""Crashes, repeats, corrections and compactions leave no trace in what readers see."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.names import CASE_EVENTS, DEAD_LETTERS, PANES, SIGNALS, WARNINGS
from config.settings import Settings
from models.archive.buffer import FULL_ROWS
from models.archive.datasets import DATASETS
from models.messages.case_events import EventType
from models.timing.units import DAY_MS
from models.timing.zone import zone_of
from ops.analysis.archive import connect
from streams.agents.archive import REST_MS, WAIT_MS, ArchiveProcessor, spec
from streams.agents.archive_cases import spec as spec_of_cases
from streams.host.processor import Archive, Compact, Effect, Record
from streams.sinks.archive_files import compact_day, write_part
from tests.models.archive.messages import (
    NOON_MS,
    case_events,
    case_pane,
    matter_records,
    pane,
    signals,
    warning,
)
from tests.streams.agents.district import dongcheng, run, sent


def made() -> ArchiveProcessor:
    return ArchiveProcessor(zone_of("Asia/Shanghai"), 0)


def seen(archive: Path) -> dict[str, list[tuple[object, ...]]]:
    """All rows of all views."""
    with connect(archive) as connection:
        return {
            name: connection.execute(f"SELECT * FROM {name} ORDER BY ALL").fetchall()
            for name in DATASETS
        }


@dataclass
class Worker:
    """A processor with its archive and checkpoint; it can lose its memory."""

    folder: Path
    agent: ArchiveProcessor = field(default_factory=made)
    fields: dict[bytes, bytes] = field(default_factory=dict)
    now_ms: int = 1_000
    position: int = 0
    saved: int = 0

    def carry_out(self, effects: list[Effect]) -> None:
        for effect in effects:
            if isinstance(effect, Archive):
                write_part(self.folder, effect)
            elif isinstance(effect, Compact):
                compact_day(self.folder, effect.dataset, effect.day)

    def take(self, record: Record) -> None:
        self.carry_out(list(self.agent.apply(record)))
        self.position += 1

    def tick(self, pause_ms: int) -> None:
        self.now_ms += pause_ms
        self.carry_out(list(self.agent.tick(self.now_ms)))

    def checkpoint(self) -> None:
        for name, value in self.agent.changes().items():
            if value is None:
                self.fields.pop(name, None)
            else:
                self.fields[name] = value
        self.saved = self.position

    def crash(self) -> None:
        self.agent = made()
        self.agent.restore(dict(self.fields))
        assert self.agent.changes() == {}, "what was just loaded is not a change"
        self.position = self.saved


STORY: list[tuple[str, bytes]] = [
    (PANES, pane({0: 400, 1: 300})),
    (PANES, case_pane(1)),
    (SIGNALS, signals(NOON_MS)),
    (WARNINGS, warning(0)),
    (CASE_EVENTS, case_events(("7", EventType.FILED, NOON_MS))),
    (PANES, pane({0: 500}, start_ms=NOON_MS + DAY_MS)),
    (PANES, pane({0: 900, 1: 300}, revision=1, count=3)),  # a late reading
    (SIGNALS, signals(NOON_MS)),  # a repeat
    (CASE_EVENTS, case_events(("7", EventType.CLOSED, NOON_MS), ("7", EventType.FILED, NOON_MS))),
    (PANES, case_pane(2, revision=1)),
    (PANES, pane({0: 400, 1: 300})),  # a replay of the uncorrected pane
    (WARNINGS, warning(1, updated_ms=NOON_MS + DAY_MS)),
    ("matter-campaign", matter_records(NOON_MS, NOON_MS + DAY_MS)),
    ("matter-campaign", matter_records(NOON_MS, NOON_MS + DAY_MS)),  # read again
]
RECORDS = [Record(topic, 0, offset, value) for offset, (topic, value) in enumerate(STORY)]
STEPS: dict[str, Callable[[Worker], None]] = {
    "soon": lambda worker: worker.tick(WAIT_MS // 2),
    "later": lambda worker: worker.tick(WAIT_MS),
    "rested": lambda worker: worker.tick(REST_MS),
    "checkpoint": Worker.checkpoint,
    "crash": Worker.crash,
}


def lived(folder: Path, steps: list[str]) -> dict[str, list[tuple[object, ...]]]:
    """What readers see after a life of a worker, once it has read all and waited."""
    worker = Worker(folder)
    for step in steps:
        if step == "take":
            if worker.position < len(RECORDS):
                worker.take(RECORDS[worker.position])
        else:
            STEPS[step](worker)
    while worker.position < len(RECORDS):
        worker.take(RECORDS[worker.position])
    for pause_ms in (1, WAIT_MS):
        worker.tick(pause_ms)
    return seen(folder)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[tuple[object, ...]]]:
    return lived(tmp_path_factory.mktemp("archive"), [])


def test_readers_see_the_newest_of_each_row(
    undisturbed: dict[str, list[tuple[object, ...]]], tmp_path: Path
) -> None:
    counts = {name: len(rows) for name, rows in undisturbed.items()}
    assert counts == {
        "panes": 3,
        "case_panes": 1,
        "signals": 1,
        "anomalies": 0,
        "warnings": 2,
        "cases": 2,
        "matters": 2,
        "moments": 0,  # the agent `situation` writes them
    }
    lived(tmp_path, [])
    with connect(tmp_path) as connection:
        asked = "SELECT sum, count, revision FROM panes WHERE start_ms = ? ORDER BY cell"
        assert connection.execute(asked, [NOON_MS]).fetchall() == [(900, 3, 1), (300, 3, 1)]
        counted = connection.execute("SELECT count, revision FROM case_panes").fetchall()
        assert counted == [(2, 1)]


@settings(max_examples=30)
@given(steps=st.lists(st.sampled_from(["take"] * 6 + list(STEPS)), max_size=40))
def test_no_life_of_a_worker_changes_what_readers_see(
    undisturbed: dict[str, list[tuple[object, ...]]], steps: list[str]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        assert lived(Path(folder), steps) == undisturbed


def test_few_rows_wait_and_many_do_not() -> None:
    agent = made()
    assert list(run(agent, [Record(PANES, 0, 0, pane({0: 1}))])) == []
    assert list(agent.tick(5_000)) == []
    assert list(agent.tick(5_000 + WAIT_MS - 1)) == []
    (part,) = agent.tick(5_000 + WAIT_MS)
    assert isinstance(part, Archive)
    assert (part.dataset, part.day) == ("panes", "2016-04-01")
    (full,) = run(agent, [Record(PANES, 0, 1, pane(dict.fromkeys(range(FULL_ROWS), 1)))])
    assert isinstance(full, Archive)
    assert full.part.startswith("0-1-1-")


def test_a_day_is_compacted_once_it_has_rested() -> None:
    agent = made()
    run(agent, [Record(PANES, 0, 0, pane({0: 1}))])
    agent.tick(1)
    assert [type(effect) for effect in agent.tick(1 + WAIT_MS)] == [Archive]
    assert list(agent.tick(WAIT_MS + REST_MS)) == []
    assert list(agent.tick(1 + WAIT_MS + REST_MS)) == [Compact("panes", "2016-04-01")]
    assert list(agent.tick(10 * REST_MS)) == []


def test_what_is_no_message_becomes_a_dead_letter() -> None:
    (letter,) = sent(list(run(made(), [Record(PANES, 0, 0, b"nonsense")])), DEAD_LETTERS)
    assert b"not a valid panes message: it begins with" in letter


def test_the_agents_read_what_they_archive() -> None:
    assert spec(dongcheng(), Settings()).topics == (PANES, SIGNALS, WARNINGS)
    streets = spec_of_cases(dongcheng(), Settings())
    matters = tuple(f"matter-{kind}" for kind in ("campaign", "registry", "reports", "stock"))
    assert (streets.level, streets.topics) == ("street", (CASE_EVENTS, *matters)), "no patrols"
    assert isinstance(streets.make(1), ArchiveProcessor)
