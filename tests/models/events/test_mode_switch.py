"""The switch of the mode: who may turn it, two at once, repeats; and the clocks it changes."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.catalog import Catalog
from config.errors import ConfigError
from config.loader import load
from config.names import AUDIT, MODES, RESULTS
from config.settings import Settings
from models.cases.rulebook import rulebook_of
from models.cases.store import CaseStore
from models.cases.timeline import step_of
from models.events.mode import Mode
from models.events.mode_history import ModeHistory
from models.events.mode_switch import ModeSwitch, switched
from models.messages.case_events import EventType
from models.messages.command_results import Refusal
from models.messages.commands import Role
from models.messages.envelope import encode
from models.messages.modes import ModeChange, ModeCommand, ModeResult
from models.messages.topics import decode
from models.situation.snapshot import Snapshot
from streams.agents.mode import ModeProcessor, keys_of_partitions
from streams.agents.situation import SituationProcessor
from streams.host.processor import Record, Send, WriteSnapshot
from streams.partitions import partition_of
from tests.config.town import write_town
from tests.models.cases.building import HOUR, START, event

PLANS = dedent(
    """\
    source: invented
    modes:
      emergency:
        limits: [{step: close, minutes: 60}]
        urgent: [rubbish]
        rules: [dust]
        views: {duty-room: {zh: 每小时报告, en: report each hour}}
    """
)


def command(number: int = 1, mode: Mode = Mode.EMERGENCY, **more: object) -> ModeCommand:
    fields: dict[str, object] = {
        "id": f"c{number}",
        "mode": mode,
        "revision": 0,
        "actor": "someone",
        "role": Role.COMMANDER,
        "text": "flood",
        "sent_ms": 5,
    }
    return ModeCommand(**(fields | more))  # type: ignore[arg-type]


def test_a_commander_switches_and_the_change_says_who_and_why() -> None:
    switch, result, change = switched(ModeSwitch(), command(), 100)
    assert (switch.mode, switch.revision, result.refusal) == (Mode.EMERGENCY, 1, None)
    assert change is not None
    assert (change.before, change.mode, change.at_ms) == (Mode.NORMAL, Mode.EMERGENCY, 100)
    assert (change.actor, change.role, change.text) == ("someone", Role.COMMANDER, "flood")


@pytest.mark.parametrize(
    ("asked", "refusal"),
    [
        (command(role=Role.OPERATOR), Refusal.FORBIDDEN),
        (command(role=Role.SYSTEM), Refusal.FORBIDDEN),
        (command(revision=1), Refusal.STALE),
        (command(text="  "), Refusal.INVALID),
        (command(mode=Mode.NORMAL), Refusal.IMPOSSIBLE),
    ],
)
def test_what_may_not_be_is_refused_and_changes_nothing(
    asked: ModeCommand, refusal: Refusal
) -> None:
    switch, result, change = switched(ModeSwitch(), asked, 100)
    assert (result.refusal, change, switch.newest) == (refusal, None, None)
    assert all(result.explanation[lang] for lang in ("zh", "en"))


def test_of_two_at_once_the_second_is_stale_and_a_repeat_is_answered_alike() -> None:
    switch, first, _ = switched(ModeSwitch(), command(1), 100)
    switch, second, change = switched(switch, command(2, Mode.EVENT), 101)
    assert (second.refusal, change, second.mode) == (Refusal.STALE, None, Mode.EMERGENCY)
    again, repeated, change = switched(switch, command(1), 102)
    assert (again, repeated, change) == (switch, first, None)
    switch, third, _ = switched(switch, command(3, Mode.EVENT, revision=1), 103)
    assert (third.refusal, switch.revision) == (None, 2)


def test_a_clock_set_back_does_not_change_the_order_of_switches() -> None:
    switch, _, _ = switched(ModeSwitch(), command(1), 100)
    _, _, change = switched(switch, command(2, Mode.EVENT, revision=1), 50)
    assert change is not None
    assert change.at_ms == 100


@given(st.lists(st.tuples(st.integers(0, 1000), st.sampled_from(Mode)), max_size=6), st.randoms())
def test_a_history_is_the_same_in_any_order_of_its_switches(
    rows: list[tuple[int, Mode]], random: object
) -> None:
    rows = sorted(rows, key=lambda row: row[0])
    numbered = [(number + 1, at, mode) for number, (at, mode) in enumerate(rows)]
    straight = ModeHistory()
    for row in numbered:
        straight = straight.with_switch(*row)
    random.shuffle(numbered)  # type: ignore[attr-defined]
    shuffled = ModeHistory()
    for row in [*numbered, *numbered]:
        shuffled = shuffled.with_switch(*row)
    assert shuffled == straight
    for at in (0, 500, 1000):
        expected = [mode for since, mode in rows if since <= at]
        assert straight.mode_at(at) is (expected[-1] if expected else Mode.NORMAL)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    return load(write_town(tmp_path_factory.mktemp("town"), modes=PLANS))


def store_with(catalog: Catalog, history: ModeHistory) -> CaseStore:
    store = CaseStore(rulebook_of(catalog).with_history(history))
    for number, hour in enumerate((0.0, 10.0)):
        for kind, later in (("filed", 0.0), ("closed", 2.0)):
            one = event(f"A{number}", EventType(kind), hour + later, category="rubbish")
            store.apply(one.case, step_of(one))
    store.advance(START + 20 * HOUR)
    store.flush()
    return store


def facts(store: CaseStore) -> list[object]:
    counts = sorted(msgspec.to_builtins(list(store.indicators.counts())), key=str)
    rows = [store.table.row_of(case) for case in ("A0", "A1")]
    return [counts, [int(store.table.columns["due"][row]) for row in rows]]


def test_a_switch_changes_the_clock_of_cases_that_begin_from_then_on(town: Catalog) -> None:
    """Counted live, with the switch in the middle, as if it had been known from the beginning."""
    history = ModeHistory().with_switch(1, START + 5 * HOUR, Mode.EMERGENCY)
    known, live = store_with(town, history), store_with(town, ModeHistory())
    before = facts(live)
    live.rejudge(rulebook_of(town).with_history(history), START + 5 * HOUR)
    assert facts(live) == facts(known) != before
    row = known.table.row_of("A1")
    assert known.table.columns["due"][row] == START + 11 * HOUR
    assert known.table.columns["due"][known.table.row_of("A0")] < 0  # no clock in normal mode
    rules = rulebook_of(town).with_history(history)
    states = [live.state(case) for case in ("A0", "A1")]
    assert [rules.priority(state) for state in states if state] == ["normal", "urgent"]


def test_the_agent_tells_the_audit_and_every_street_partition_once(town: Catalog) -> None:
    agent = ModeProcessor(town, 4)
    record = Record("commands", 0, 0, encode(command()), published_ms=77)
    effects = agent.apply(record)
    sent = [each for each in effects if isinstance(each, Send)]
    assert sorted(each.topic for each in sent) == sorted([AUDIT, *[MODES] * 4, RESULTS])
    partitions = {partition_of(each.key, 4) for each in sent if each.topic == MODES}
    assert partitions == {0, 1, 2, 3}
    change = decode(AUDIT, sent[0].value)
    assert isinstance(change, ModeChange)
    assert change.at_ms == 77
    restored = ModeProcessor(town, 4)
    restored.restore({key: value for key, value in agent.changes().items() if value})
    (answer,) = restored.apply(record)  # the same command again
    assert isinstance(answer, Send)
    result = decode(RESULTS, answer.value)
    assert isinstance(result, ModeResult)
    assert (result.refusal, result.mode) == (None, Mode.EMERGENCY)


@given(st.integers(1, 64))
def test_there_is_a_key_for_each_partition(partitions: int) -> None:
    keys = keys_of_partitions("110101", partitions)
    assert [partition_of(key, partitions) for key in keys] == list(range(partitions))


def test_the_snapshot_says_the_mode_and_its_plan_also_after_a_restart(town: Catalog) -> None:
    _, _, change = switched(ModeSwitch(), command(), 100)
    assert change is not None
    agent = SituationProcessor(town)
    agent.apply(Record(AUDIT, 0, 0, encode(change)))
    restored = SituationProcessor(town)
    restored.restore({key: value for key, value in agent.changes().items() if value})
    for each in (agent, restored):
        written, *_ = each.tick(10_000_000)
        assert isinstance(written, WriteSnapshot)
        assert b"someone" not in written.data  # no person on a wall
        operating = Snapshot.from_bytes(written.data).operating
        assert (operating.mode, operating.revision, operating.role) == ("emergency", 1, "commander")
        assert operating.rules == ["dust"]
        assert operating.views["duty-room"]["en"] == "report each hour"


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        (
            "urgent: [rubbish]",
            "urgent: [gold]",
            "modes.emergency.urgent.0: expected one of rubbish",
        ),
        ("rules: [dust]", "rules: [sand]", "modes.emergency.rules.0: expected one of dust"),
        ("rules: [dust]", "posts: [desk]", "modes.emergency.posts.0: expected one of none"),
        ("minutes: 60", "minutes: 60, level: high", "a mode has no objects with levels"),
        ("emergency:", "war:", "should be 'event' or 'emergency'"),
    ],
)
def test_a_plan_that_cannot_be_is_refused(
    tmp_path: Path, old: str, new: str, sentence: str
) -> None:
    with pytest.raises(ConfigError, match=sentence):
        load(write_town(tmp_path, modes=PLANS.replace(old, new)))


def test_dongcheng_has_a_plan_for_each_mode() -> None:
    assert set(load(Settings()).modes) == {"event", "emergency"}
