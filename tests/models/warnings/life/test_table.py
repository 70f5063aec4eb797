"""The warnings of a rule by place, and the answers to commands."""

from __future__ import annotations

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from models.messages.command_results import CommandResult, Refusal
from models.messages.commands import Acknowledge, Shelve
from models.messages.warnings import LifeState, Suppression, WarningChange
from models.timing.units import MINUTE_MS
from models.warnings.life.answers import KEPT_MS, MOST, Answers
from models.warnings.life.table import WarningTable
from tests.models.warnings.life.life_things import NOW_MS, STREET, X, Y, command, told, warning


def table() -> WarningTable:
    made = WarningTable()
    list(made.signalled([warning()]))
    return made


def test_a_command_is_carried_out_and_answered_with_the_new_revision() -> None:
    result, changes = table().asked(STREET, command(Acknowledge(), 0), NOW_MS)
    assert told(changes) == [(X, 1, "acknowledged")]
    assert (result.id, result.refusal, result.revision) == ("c0", None, 1)
    assert (result.state, result.decided_ms) == (LifeState.ACKNOWLEDGED, NOW_MS)
    assert "revision 1" in result.explanation["en"]


def test_a_stale_command_is_answered_with_what_happened_since() -> None:
    made = table()
    made.asked(STREET, command(Acknowledge(), 0), NOW_MS)
    result, changes = made.asked(STREET, command(Shelve(minutes=9), 0, number=1), NOW_MS)
    assert (result.refusal, changes) == (Refusal.STALE, ())
    assert [(each.revision, each.actor) for each in result.since] == [(1, "li")]
    assert (result.revision, result.state) == (1, LifeState.ACKNOWLEDGED)


def test_a_command_for_another_warning_of_the_place_tells_nothing_of_this_one() -> None:
    for made in (table(), WarningTable()):
        result, changes = made.asked(STREET, command(Acknowledge(), 0, name=Y), NOW_MS)
        assert (result.refusal, result.revision, changes) == (Refusal.UNKNOWN, 0, ())


def test_what_stands_and_what_is_newest_are_told_apart() -> None:
    made = table()
    assert made.standing.keys() == {X}
    list(made.signalled([warning(WarningChange.CLEARED)]))
    assert made.standing == {}
    assert made.newest[STREET].id == X


def test_only_what_is_due_comes_back_also_after_a_save() -> None:
    made = table()
    made.asked(STREET, command(Shelve(minutes=9), 0), NOW_MS)
    record = made.get(STREET)
    assert record is not None
    again = WarningTable()
    again.put(STREET, record)
    end_ms = NOW_MS + 9 * MINUTE_MS
    for each in (made, again):
        assert list(each.elapsed(end_ms - 1)) == []
        assert told(list(each.elapsed(end_ms))) == [(X, 2, "unshelved")]
        assert list(each.elapsed(end_ms)) == []


def test_what_was_not_shown_is_kept_as_well() -> None:
    made = WarningTable()
    list(made.signalled([warning(suppressed=Suppression.THROTTLED)]))
    assert made.standing[X].suppressed is Suppression.THROTTLED
    assert made.changed == {STREET}


def result(number: int, at_ms: int) -> CommandResult:
    return CommandResult(id=f"c{number}", warning=X, decided_ms=at_ms)


@given(st.lists(st.integers(0, KEPT_MS), max_size=30), st.integers(0, 3))
def test_answers_survive_a_save_and_the_old_are_forgotten(ages: list[int], every: int) -> None:
    answers, saved, now_ms = Answers(), dict[bytes, bytes](), 0
    for number, age_ms in enumerate(ages):
        now_ms += age_ms
        answers.add(result(number, now_ms))
        if every and number % every == 0:
            save(answers, saved)
    save(answers, saved)
    other = Answers()
    other.restore(saved)
    assert other.changes() == {}
    for number in range(len(ages)):
        known = answers.get(f"c{number}")
        assert other.get(f"c{number}") == known
        assert known is None or known.decided_ms >= now_ms - KEPT_MS
    assert not ages or answers.get(f"c{len(ages) - 1}") is not None


def save(answers: Answers, saved: dict[bytes, bytes]) -> None:
    for name, value in answers.changes().items():
        saved.pop(name, None)
        if value is not None:
            saved[name] = value


def test_no_more_answers_are_kept_than_fit() -> None:
    answers = Answers()
    for number in range(MOST + 5):
        answers.add(result(number, NOW_MS))
    assert [answers.get(f"c{number}") is None for number in (4, 5)] == [True, False]
    fields = answers.changes()
    assert sum(value is not None for value in fields.values()) == MOST
    assert msgspec.msgpack.decode(fields[b"c5"] or b"", type=CommandResult).id == "c5"
