"""Agent `warn`: signals in, changes of warnings out."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.names import AUDIT, COMMANDS, DEAD_LETTERS, RESULTS, SIGNALS, WARNINGS, WATCHDOG
from config.rule_scope import Applies
from models.events.mode import Mode
from models.messages.audit import AuditEntry
from models.messages.command_results import CommandResult, Refusal
from models.messages.commands import (
    Acknowledge,
    AnyAction,
    Close,
    CloseCause,
    Command,
    Escalate,
    Role,
    Shelve,
)
from models.messages.envelope import decode, encode
from models.messages.evidence import SilenceEvidence
from models.messages.heartbeats import Heartbeat
from models.messages.modes import ModeChange
from models.messages.signals import Area, Scope, SignalBatch, SilenceSignal
from models.messages.warnings import CityWarning, Reason, Suppression, WarningChange
from models.timing.units import HOUR_MS
from streams.agents.warn import WarnProcessor
from streams.host.processor import Effect, Record, Send
from tests.models.warnings.warning_things import ELSEWHERE, batch, over, reading
from tests.streams.agents.district import dongcheng, records, run, run_with_crashes, sent
from tests.streams.agents.test_situation import judged

NOW_MS = 1_718_000_000_000
STREETS = [f"110101{number:03d}" for number in range(1, 11)]


def processor() -> WarnProcessor:
    return WarnProcessor(dongcheng())


def coarse(pane: int, severity: float, *, active: bool = True) -> SignalBatch:
    return batch(pane, reading(pane, severity, active=active, metric="coarse"))


def changes(effects: Sequence[Effect]) -> list[CityWarning]:
    return [decode(CityWarning, value) for value in sent(effects, WARNINGS)]


def test_a_heartbeat_comes_through_for_the_watchdog() -> None:
    beat = encode(Heartbeat(feed="dust", begun_ms=NOW_MS))
    assert run(processor(), records(SIGNALS, beat)) == [Send(WATCHDOG, b"110101", beat)]


LIFE = records(
    SIGNALS,
    *(encode(b) for b in [coarse(0, 90), coarse(1, 90), coarse(2, 0, active=False), batch(3)]),
)


def test_a_life_is_told_change_by_change() -> None:
    told = changes(run(processor(), LIFE))
    assert [warning.change for warning in told] == [WarningChange.RAISED, WarningChange.CLEARED]
    assert told[0].rule == "dust-local-excess"
    assert told[0].owner["en"]
    assert told[0].suggestion["zh"] in told[0].explanation["zh"]


@pytest.mark.parametrize("every", [1, 2, 3])
def test_a_crash_anywhere_changes_nothing(every: int) -> None:
    given = [*LIFE, *feed_falls_silent()]
    assert run_with_crashes(processor, given, every) == run(processor(), given)


def test_a_replay_tells_nothing_twice() -> None:
    one = processor()
    run(one, LIFE)
    assert run(one, LIFE) == []


def test_what_the_cells_showed_passes_by() -> None:
    assert run(processor(), records(SIGNALS, judged())) == []


@pytest.mark.parametrize("topic", [SIGNALS, COMMANDS])
def test_what_is_not_understood_is_set_aside(topic: str) -> None:
    given = [Record(topic, 0, 5, msgspec.json.encode({"do": "something"}))]
    effects = run(processor(), given)
    assert len(sent(effects, DEAD_LETTERS)) == 1


def silence(rule: str, hour: int, areas: Sequence[str], *, active: bool = True) -> SignalBatch:
    """Silence of some areas, as the monitors of cases or feeds report it."""
    metric = dongcheng().rules[rule].metric
    signals = [
        SilenceSignal(
            id=f"{rule}.{area}.{hour}",
            feed="cases",
            metric=metric,
            area=Area.of(area),
            subject=area,
            scope=Scope.REGIONAL if len(area) == 6 else Scope.LOCAL,
            start_ms=0,
            width_s=1,
            severity=0.0 if metric == "feed" else 1e4,
            active=active,
            evidence=SilenceEvidence(
                hours=90.0, usual=1.0, longest=50.0, gaps=0 if metric == "feed" else 30
            ),
        )
        for area in areas
    ]
    return SignalBatch(feed="cases", rule=rule, tick_ms=hour * HOUR_MS, signals=list(signals))


def feed_falls_silent(until: int = 200) -> list[Record]:
    """The feed of cases is silent from hour 60 to hour `until`; ten streets from 70 on."""
    batches = [
        silence("case-feed-silence", 60, ["110101"]),
        silence("case-silence", 70, STREETS),
        silence("case-silence", 94, STREETS),
        silence("case-feed-silence", until, ["110101"], active=False),
        silence("case-silence", 118, STREETS),
        silence("case-silence", 250, STREETS[:1]),
    ]
    batches.append(silence("case-silence", 274, STREETS[1:], active=False))
    return records(SIGNALS, *map(encode, batches))


def test_a_silent_feed_is_one_warning_and_not_eleven() -> None:
    told = changes(run(processor(), feed_falls_silent()[:3]))
    shown = [warning for warning in told if not warning.suppressed]
    assert [warning.rule for warning in shown] == ["case-feed-silence"]
    inhibited = [warning for warning in told if warning.suppressed is Suppression.INHIBITED]
    assert {warning.area for warning in inhibited} == set(STREETS)
    assert {warning.inhibited_by for warning in inhibited} == {shown[0].id}


def test_what_was_inhibited_comes_up_when_its_reason_has_ended_and_it_still_stands() -> None:
    one, given = processor(), feed_falls_silent()
    run(one, given[:4])
    assert changes(run(one, given[4:5])) == []  # of a time at which the feed was still silent
    (released,) = [w for w in changes(run(one, given[5:6])) if not w.suppressed]
    assert (released.change, released.inhibited_by) == (WarningChange.RAISED, "")


def command(
    action: AnyAction, warning: CityWarning, number: int, *, revision: int | None = None
) -> bytes:
    return encode(
        Command(
            id=f"c{number}",
            warning=warning.id,
            revision=warning.revision if revision is None else revision,
            actor="li",
            role=Role.OPERATOR,
            text="on site",
            sent_ms=NOW_MS,
            action=action,
        )
    )


def answers(effects: Sequence[Effect]) -> list[CommandResult]:
    return [decode(CommandResult, value) for value in sent(effects, RESULTS)]


def audited(effects: Sequence[Effect]) -> list[AuditEntry]:
    return [decode(AuditEntry, value) for value in sent(effects, AUDIT)]


def lived() -> list[Record]:
    """A whole life: raised, acknowledged, a command too late, shelved, cleared, closed."""
    (raised,) = changes(run(processor(), LIFE[:1]))
    asked = [
        command(Acknowledge(), raised, 1),
        command(Escalate(), raised, 2),  # it did not see the first
        command(Shelve(minutes=60), raised, 3, revision=1),
        command(Close(cause=CloseCause.RESOLVED), raised, 4, revision=3),
    ]
    commands = records(COMMANDS, *asked)
    return [*LIFE[:1], *commands[:3], *LIFE[1:], *commands[3:]]


def test_commands_are_carried_out_answered_and_audited() -> None:
    effects = run(processor(), lived())
    told = changes(effects)
    assert [warning.change.value for warning in told] == [
        "raised",
        "acknowledged",
        "shelved",
        "cleared",
        "closed",
    ]
    assert [warning.revision for warning in told] == [0, 1, 2, 3, 4]
    assert [answer.refusal for answer in answers(effects)] == [None, Refusal.STALE, None, None]
    assert [each.revision for each in answers(effects)[1].since] == [1]
    assert [(each.warning, each.revision, each.change) for each in audited(effects)] == [
        (each.id, each.revision, each.change) for each in told
    ]
    assert told[-1].explanation == told[-2].explanation  # what it says of its condition stays


@pytest.mark.parametrize("every", [1, 2, 3])
def test_a_crash_between_any_two_steps_of_a_life_changes_nothing(every: int) -> None:
    assert run_with_crashes(processor, lived(), every) == run(processor(), lived())


def test_a_command_that_comes_twice_is_answered_alike_and_carried_out_once() -> None:
    one, given = processor(), lived()
    first = run(one, given)
    again = [r for r in given if r.topic == COMMANDS]
    effects = run(one, again)
    assert sent(effects, WARNINGS) == sent(effects, AUDIT) == []
    assert answers(effects) == answers(first)


@pytest.mark.parametrize("name", ["nonsense", "no-rule.110101001.20140408T234500Z"])
def test_a_command_for_what_is_not_there_is_answered(name: str) -> None:
    (raised,) = changes(run(processor(), LIFE[:1]))
    asked = command(Acknowledge(), msgspec.structs.replace(raised, id=name), 1)
    effects = run(processor(), records(COMMANDS, asked))
    (answer,) = answers(effects)
    assert (answer.refusal, answer.warning) == (Refusal.UNKNOWN, name)
    assert changes(effects) == []


def test_time_brings_back_what_was_shelved_also_after_a_restart() -> None:
    one = processor()
    run(one, lived()[:4])
    two = processor()
    two.restore({k: v for k, v in one.changes().items() if v is not None})
    end_ms = NOW_MS + HOUR_MS
    assert one.tick(end_ms - 1) == []
    (back,) = changes(one.tick(end_ms))
    assert (back.change, back.reason) == (WarningChange.UNSHELVED, Reason.EXPIRED)
    assert changes(two.tick(end_ms)) == [back]
    assert one.tick(end_ms) == []


def test_the_clock_of_the_broker_counts_where_it_is_known() -> None:
    (raised,) = changes(run(processor(), LIFE[:1]))
    one = processor()
    run(one, LIFE[:1])
    late = Record(COMMANDS, 0, 0, command(Acknowledge(), raised, 1), NOW_MS + HOUR_MS)
    (answer,) = answers(run(one, [late]))
    assert answer.decided_ms == NOW_MS + HOUR_MS


def streams() -> list[list[bytes]]:
    """What four agents and rules send, each in its order, with a flood among them."""
    flood = [
        batch(
            n, *(reading(n, 40 + 5 * i + n, cell, metric="coarse") for i, cell in enumerate(CELLS))
        )
        for n in range(6)
    ]
    limits = [
        batch(n, over(n, 200.0 if n % 3 == 0 else 0.0, active=n % 3 == 0), rule="pm10-limit")
        for n in range(8)
    ]
    streets = [silence("case-silence", 48 + 24 * n, STREETS[: 3 * n]) for n in range(4)]
    beats = [silence("beat-silence", 50 + 24 * n, STREETS[n : n + 2]) for n in range(5)]
    return [list(map(encode, each)) for each in (flood, limits, streets, beats)]


CELLS = [f"110101{number:03d}001001" for number in range(1, 16)] + [ELSEWHERE]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 3), min_size=0, max_size=40))
def test_agents_may_be_interleaved_at_will(order: list[int]) -> None:
    """Each rule has a clock of its own: whose batch comes first changes no warning."""
    apart = [value for stream in streams() for value in stream]
    queues = [list(stream) for stream in streams()]
    mixed = [queues[at].pop(0) for at in order if queues[at]]
    mixed += [value for queue in queues for value in queue]
    whole, other = (changes(run(processor(), records(SIGNALS, *v))) for v in (apart, mixed))
    assert len(whole) > 20
    assert any(warning.suppressed is Suppression.THROTTLED for warning in whole)

    def key(warning: CityWarning) -> tuple[str, int]:
        return warning.id, warning.revision

    assert sorted(whole, key=key) == sorted(other, key=key)


def test_the_end_of_a_replay_ends_what_is_open_and_moves_no_clock() -> None:
    one = processor()
    (raised,) = changes(run(one, records(SIGNALS, encode(coarse(5, 90)))))
    far_ms = 4_000_000_000_000  # in 2096
    end = msgspec.structs.replace(coarse(5, 90), tick_ms=far_ms, signals=[], is_end=True)
    (over,) = changes(run(one, records(SIGNALS, encode(end))))
    assert (over.id, over.change, over.reason) == (raised.id, WarningChange.CLEARED, Reason.ENDED)
    assert over.cleared_ms == raised.updated_ms
    assert "not known" in over.explanation["en"]
    assert "回放已结束" in over.explanation["zh"]
    assert changes(run(one, records(SIGNALS, encode(end)))) == []
    closed, again = changes(run(one, records(SIGNALS, encode(coarse(6, 90)))))
    assert (closed.id, closed.reason) == (raised.id, Reason.SUPERSEDED)
    assert again.change is WarningChange.RAISED
    assert again.id != raised.id
    assert again.updated_ms == raised.updated_ms + 900_000


def test_after_the_end_of_a_replay_the_budget_fills_by_event_time_as_before() -> None:
    """An end comes with the wall clock of its report; the next data may be of any year."""
    flood = streams()[0]
    end = msgspec.structs.replace(coarse(5, 90), tick_ms=4_000_000_000_000, signals=[], is_end=True)
    one = processor()
    run(one, records(SIGNALS, *flood[:1], encode(end)))
    later = changes(run(one, records(SIGNALS, *flood[1:])))
    assert any(warning.reason is Reason.RELEASED for warning in later)


def switched(revision: int, mode: Mode, pane: int) -> Record:
    change = ModeChange(
        mode=mode, before=Mode.NORMAL, revision=revision, at_ms=batch(pane).tick_ms, actor="c",
        role=Role.COMMANDER, text="drill", command=f"m{revision}",
    )  # fmt: skip
    return Record(AUDIT, 0, revision, encode(change))


def test_a_rule_of_emergencies_warns_from_the_switch_until_it_is_taken_back() -> None:
    rule = dongcheng().rules["dust-local-excess"]
    urgent = rule.model_copy(update={"applies": Applies(modes=("emergency",))})
    city = dongcheng().model_copy(update={"rules": {rule.name: urgent}})
    one, other, *rest = records(SIGNALS, *(encode(coarse(pane, 90)) for pane in range(6)))
    given = [one, other, switched(1, Mode.EMERGENCY, 2), rest[0], rest[1]]
    given += [switched(2, Mode.NORMAL, 4), rest[2], rest[3]]
    effects = run(WarnProcessor(city), given)
    told = [(each.change, each.reason, each.updated_ms) for each in changes(effects)]
    assert told == [
        (WarningChange.RAISED, Reason.SUSTAINED, batch(2).tick_ms),
        (WarningChange.CLEARED, Reason.OUT_OF_FORCE, batch(4).tick_ms),
    ]
    assert run_with_crashes(lambda: WarnProcessor(city), given, 1) == effects
    assert run(WarnProcessor(city), [*given[:2], *given[3:5]]) == []
