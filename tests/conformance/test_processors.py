"""What every agent's processor keeps to, whatever it is for; agents are found, not listed.

A crash, a repeat, a clock or a foreign record must leave no trace in what an agent sends: the host
and the checkpoints rest on it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random
from typing import Final

import pytest

from config.loader import load
from config.names import DEAD_LETTERS
from config.settings import Settings
from models.messages.dead_letters import Reason, Rejected
from models.messages.envelope import decode
from models.messages.topics import TOPICS
from models.monitors.aligner import WAIT_MS
from streams.agents import discover
from streams.host.processor import AgentSpec, Effect, Processor, Record, Send
from streams.host.refused import apply_record
from tests.conformance.inside import START_MS, internal_records

SETTINGS: Final = Settings(webhook_url="https://desk.example/in", webhook_secret="s")
SPECS: Final = discover(load(SETTINGS), SETTINGS)
NOW_MS: Final = START_MS + 31 * 3_600_000
MOST: Final = 100  # records of one agent, spread over the whole run
State = dict[bytes, bytes]

every_agent = pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.name)


def records(spec: AgentSpec) -> list[Record]:
    """Real records of the topics of an agent, in the order they were sent."""
    mine = [(topic, value) for topic, value in internal_records() if topic in spec.topics]
    step = max(1, len(mine) // MOST)
    return [
        Record(topic, 0, offset, value, NOW_MS)
        for offset, (topic, value) in enumerate(mine[::step])
    ]


def apply_all(
    processor: Processor, given: Sequence[Record], before: Callable[[], object] = lambda: None
) -> list[list[Effect]]:
    """Apply records; gives the effects of each."""
    effects: list[list[Effect]] = []
    for record in given:
        before()
        effects.append(list(apply_record("test", processor, record)))
    return effects


def save(processor: Processor, state: State) -> State:
    """Bring a checkpoint up to date."""
    saved = dict(state)
    for name, value in processor.changes().items():
        if value is None:
            saved.pop(name, None)
        else:
            saved[name] = value
    return saved


def restored(spec: AgentSpec, state: State) -> Processor:
    processor = spec.make(0)
    processor.restore(dict(state))
    return processor


def messages(effects: Sequence[Sequence[Effect]]) -> list[tuple[str, bytes]]:
    """What was sent, apart from dead letters, which name the offset of their record."""
    return [
        (effect.topic, effect.value)
        for some in effects
        for effect in some
        if isinstance(effect, Send) and effect.topic != DEAD_LETTERS
    ]


def letters(effects: Sequence[Effect]) -> list[Rejected]:
    return [
        decode(Rejected, effect.value)
        for effect in effects
        if isinstance(effect, Send) and effect.topic == DEAD_LETTERS
    ]


def test_all_agents_are_found_and_have_records() -> None:
    assert len({spec.name for spec in SPECS}) == len(SPECS) >= 10
    assert all(len(records(spec)) >= 20 for spec in SPECS)


@every_agent
def test_a_crash_at_any_record_leaves_no_trace(spec: AgentSpec) -> None:
    given = records(spec)
    whole = spec.make(0)
    expected = apply_all(whole, given)
    rng = Random(spec.name)
    for _ in range(3):
        checkpoint = rng.randrange(len(given))
        crash = rng.randrange(checkpoint, len(given))
        first = spec.make(0)
        apply_all(first, given[:checkpoint])
        state = save(first, {})
        apply_all(first, given[checkpoint:crash])  # and is gone
        second = restored(spec, state)
        again = apply_all(second, given[checkpoint:])
        assert messages(again) == messages(expected[checkpoint:]), (checkpoint, crash)


@every_agent
def test_checkpoints_however_often_hold_the_same_state(spec: AgentSpec) -> None:
    """A state put together from many checkpoints goes on as one that was never saved."""
    given = records(spec)
    rng, half = Random(spec.name), len(given) // 2
    processor, state = spec.make(0), State()
    for record in given[:half]:
        apply_record("test", processor, record)
        if rng.random() < 0.2:
            state = save(processor, state)
    state = save(processor, state)
    expected = apply_all(processor, given[half:])
    assert messages(apply_all(restored(spec, state), given[half:])) == messages(expected)


@every_agent
def test_what_was_saved_or_loaded_is_no_change(spec: AgentSpec) -> None:
    processor = spec.make(0)
    apply_all(processor, records(spec))
    state = save(processor, {})
    assert processor.changes() == {}
    assert restored(spec, state).changes() == {}


@every_agent
def test_records_that_come_again_say_nothing_new(spec: AgentSpec) -> None:
    """An agent before it that crashed sends again what it had sent, as new records."""
    given = records(spec)
    processor = spec.make(0)
    said = set(messages(apply_all(processor, given)))
    last = given[-1].offset + 1
    again = [Record(r.topic, 0, r.offset + last, r.value, NOW_MS) for r in given[-40:]]
    news = [one for one in messages(apply_all(processor, again)) if one not in said]
    assert news == []


@every_agent
def test_ticks_at_any_time_change_nothing_that_records_say(spec: AgentSpec) -> None:
    """Wall clocks jump; what is due by them may be sent, but no record means anything else.

    Only `detect` waits by the wall clock, for a street partition that is gone: its clock may jump
    by less than that (`models.monitors.aligner.WAIT_MS`).
    """
    given = records(spec)
    expected = messages(apply_all(spec.make(0), given))
    processor, rng = spec.make(0), Random(spec.name)
    jumps_ms = (0, 1, WAIT_MS // 2) if spec.name == "detect" else (0, 1, 3_600_000, NOW_MS)

    def tick() -> None:
        if rng.random() < 0.3:
            processor.tick(NOW_MS - rng.choice(jumps_ms))

    assert messages(apply_all(processor, given, tick)) == expected


@every_agent
@pytest.mark.parametrize("now_ms", [0, NOW_MS + 50 * 365 * 86_400_000], ids=["1970", "2074"])
def test_a_tick_by_a_clock_wrong_by_decades_raises_nothing(spec: AgentSpec, now_ms: int) -> None:
    processor = spec.make(0)
    processor.tick(now_ms)
    apply_all(processor, records(spec)[:40])
    for each in (now_ms, NOW_MS, now_ms):
        processor.tick(each)
    state = save(processor, {})
    restored(spec, state).tick(NOW_MS)


def foreign(value: bytes) -> dict[str, bytes]:
    """What may stand on a topic by mistake, made from a good record."""
    return {
        "empty": b"",
        "text": b'{"value": 1}',
        "cut": value[: len(value) // 2],
        "head alone": value[:8],
        "another version": value[:6] + b"99" + value[8:],
        "another tag": value[:2] + b"ZZZZ" + value[6:],
    }


@every_agent
def test_a_foreign_record_is_a_dead_letter_and_nothing_else(spec: AgentSpec) -> None:
    given = records(spec)
    expected = messages(apply_all(spec.make(0), given))
    processor, half = spec.make(0), len(given) // 2
    said = apply_all(processor, given[:half])
    save(processor, {})
    is_compacted = TOPICS[given[0].topic].is_compacted
    for fault, value in foreign(given[0].value).items():
        if is_compacted and not value:
            continue  # it takes an older record back: a message, and not a foreign one
        bad = Record(given[0].topic, 0, 10**6, value, NOW_MS)
        (letter,) = letters(apply_record(spec.name, processor, bad))
        assert (letter.reason, letter.topic, letter.offset) == (Reason.DOWNSTREAM, bad.topic, 10**6)
        assert letter.detail.startswith(f"agent {spec.name}: not a valid "), fault
        assert letter.data == bad.value
        assert processor.changes() == {}, "nothing of it was applied"
    assert messages([*said, *apply_all(processor, given[half:])]) == expected


@every_agent
def test_an_older_state_only_repeats_what_was_said(spec: AgentSpec) -> None:
    """Redis may come back with an older save: all since is read and sent again."""
    given = records(spec)
    processor = spec.make(0)
    said = messages(apply_all(processor, given[: len(given) // 3]))
    old = save(processor, {})
    said += messages(apply_all(processor, given[len(given) // 3 :]))
    again = messages(apply_all(restored(spec, old), given[len(given) // 3 :]))
    assert set(again) <= set(said)
