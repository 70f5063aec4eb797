"""Hand-overs: a note takes two people, and what came twice is done once."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.events.handover import (
    MAY_HAND_OVER,
    MOST_ANSWERS,
    MOST_NOTES,
    HandoverState,
    handed_over,
)
from models.messages.command_results import Refusal
from models.messages.commands import Role
from models.messages.handovers import HandoverCommand, HandoverNote, HandoverResult

EVENTS = frozenset({"games"})
NOW_MS = 1_000_000


def command(number: int, actor: str = "li", **more: object) -> HandoverCommand:
    fields: dict[str, object] = {
        "id": f"c{number}", "actor": actor, "role": Role.OPERATOR, "sent_ms": 1,
    }  # fmt: skip
    return HandoverCommand(**fields | more)  # type: ignore[arg-type]


def write(number: int = 1, actor: str = "li", **more: object) -> HandoverCommand:
    return command(number, actor, **{"event": "games", "text": "two cases are open"} | more)


def sign(number: int = 2, actor: str = "wang", **more: object) -> HandoverCommand:
    return command(number, actor, **{"note": "c1"} | more)


def run(
    *commands: HandoverCommand,
) -> tuple[HandoverState, list[HandoverResult], list[HandoverNote]]:
    state, results, notes = HandoverState(), [], []
    for at, each in enumerate(commands):
        state, result, note = handed_over(state, each, NOW_MS + at, EVENTS)
        results.append(result)
        notes += [note] if note else []
    return state, results, notes


def test_the_outgoing_writes_and_the_incoming_signs() -> None:
    state, results, notes = run(write(), sign(text=" taken "))
    assert [each.refusal for each in results] == [None, None]
    written, signed = notes
    assert (written.id, written.event, written.revision) == ("c1", "games", 0)
    assert (written.writer, written.written_ms, written.signer) == ("li", NOW_MS, "")
    assert (signed.revision, signed.signer, signed.signer_role) == (1, "wang", Role.OPERATOR)
    assert (signed.signed_ms, signed.remark, signed.writer) == (NOW_MS + 1, "taken", "li")
    assert state.notes == (signed,)


@pytest.mark.parametrize(
    ("asked", "refusal"),
    [
        (sign(actor="li"), Refusal.FORBIDDEN),
        (sign(note="c9"), Refusal.UNKNOWN),
        (write(3, event="picnic"), Refusal.UNKNOWN),
        (write(3, text=" \n\t"), Refusal.INVALID),
        (write(3, text=""), Refusal.INVALID),
        (write(3, role=Role.VIEWER), Refusal.FORBIDDEN),
        (sign(role=Role.BUREAU), Refusal.FORBIDDEN),
        (sign(role=Role.SYSTEM), Refusal.FORBIDDEN),
    ],
)
def test_what_is_refused_changes_nothing_and_says_why(
    asked: HandoverCommand, refusal: Refusal
) -> None:
    before, _, _ = run(write())
    after, result, note = handed_over(before, asked, NOW_MS + 9, EVENTS)
    assert result.refusal is refusal
    assert note is None
    assert after.notes == before.notes
    assert set(result.explanation) == {"zh", "en"}
    assert all(result.explanation.values())


def test_a_signed_note_is_not_signed_again() -> None:
    state, results, notes = run(write(), sign(), sign(3, "zhao"))
    assert results[-1].refusal is Refusal.STALE
    assert "wang" in results[-1].explanation["en"]
    assert len(notes) == 2
    assert state.notes[0].signer == "wang"


def test_a_command_that_comes_twice_is_answered_alike_and_done_once() -> None:
    _, results, notes = run(write(), write(sent_ms=9), sign(), sign())
    assert results[0] == results[1]
    assert results[2] == results[3]
    assert len(notes) == 2


@pytest.mark.parametrize(
    "asked",
    [
        write(text="the gas leaks"),
        write(actor="zhao"),
        write(event="marathon"),
        sign(1, "wang"),
        write(2, "wang"),
        sign(2, "wang", note="c3"),
        sign(2, "zhao"),
        sign(2, "wang", text="taken"),
    ],
)
def test_another_command_under_a_known_id_is_refused_and_never_called_done(
    asked: HandoverCommand,
) -> None:
    before, _, _ = run(write(), write(3), sign())
    after, result, note = handed_over(before, asked, NOW_MS + 9, EVENTS | {"marathon"})
    assert (result.refusal, note) == (Refusal.INVALID, None)
    assert "new id" in result.explanation["en"]
    assert after == before  # and the first sender may still ask again
    _, again, _ = handed_over(after, sign(), NOW_MS + 10, EVENTS)
    assert again.refusal is None


def test_a_note_is_not_written_over_when_its_answer_is_forgotten() -> None:
    others = [write(10 + number, text=" ") for number in range(MOST_ANSWERS)]
    state, results, notes = run(write(), *others, write(actor="zhao", text="the gas leaks"))
    assert results[-1].refusal is Refusal.INVALID
    assert len(notes) == 1
    assert state.notes == tuple(notes)


def test_notes_that_wait_outlast_the_signed_ones() -> None:
    pairs = [
        (write(10 + 2 * number), sign(11 + 2 * number, note=f"c{10 + 2 * number}"))
        for number in range(MOST_NOTES + 5)
    ]
    state, results, _ = run(write(), *(each for pair in pairs for each in pair), sign())
    assert len(state.notes) == MOST_NOTES
    assert (results[-1].refusal, state.notes[0].id) == (None, "c1")
    waiting = [write(1000 + number) for number in range(MOST_NOTES + 1)]
    full, _, _ = run(*waiting)
    assert [each.id for each in full.notes] == [each.id for each in waiting[1:]]


def test_a_clock_that_was_set_back_signs_nothing_before_it_was_written() -> None:
    state, _, _ = handed_over(HandoverState(), write(), NOW_MS, EVENTS)
    _, _, signed = handed_over(state, sign(), NOW_MS - 500, EVENTS)
    assert signed is not None
    assert signed.signed_ms == NOW_MS


@given(
    st.lists(
        st.builds(
            command,
            st.integers(0, 9),
            st.sampled_from(["li", "wang", "zhao"]),
            event=st.sampled_from(["games", "picnic", ""]),
            note=st.sampled_from(["", "c1", "c2", "c3"]),
            role=st.sampled_from(list(Role)),
            text=st.sampled_from(["", " ", "words"]),
        ),
        max_size=25,
    )
)
def test_whatever_is_asked_nobody_signs_their_own_note(commands: list[HandoverCommand]) -> None:
    state, _, notes = run(*commands)
    for note in (*state.notes, *notes):
        assert note.event in EVENTS
        assert note.text.strip()
        assert note.writer != note.signer
        assert note.writer_role in MAY_HAND_OVER
        assert (note.revision == 1) == bool(note.signer) == (note.signed_ms > 0)
    assert len({each.id for each in state.notes}) == len(state.notes)
    packed = msgspec.msgpack.encode(state)
    assert msgspec.msgpack.decode(packed, type=HandoverState) == state
