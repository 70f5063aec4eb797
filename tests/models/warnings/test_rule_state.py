"""The warnings of a rule: batches in, explained revisions of warnings out."""

from __future__ import annotations

import msgspec
import pytest

from config.catalog import Rule
from models.messages.signals import Scope, SignalBatch
from models.messages.warnings import CityWarning, Level, Reason, WarningChange
from models.warnings.life.table import WarningTable
from models.warnings.rule_state import RuleState, advance
from models.warnings.text import TextContext
from tests.models.warnings.warning_things import (
    CELL,
    CONTEXT,
    ELSEWHERE,
    FLAPPING,
    LIMIT,
    NEIGHBOUR,
    RULE,
    STREET,
    batch,
    over,
    reading,
    tick_ms,
)


def context_of(area: str) -> TextContext:
    assert area[:6] == "110101"
    return CONTEXT


def run(
    *batches: SignalBatch,
    state: RuleState | None = None,
    table: WarningTable | None = None,
    rule: Rule = RULE,
) -> tuple[RuleState, list[CityWarning]]:
    state, table = state or RuleState(), table or WarningTable()
    told: list[CityWarning] = []
    for one in batches:
        state, changes = advance(state, rule, one, context_of, table.newest)
        told += [change.warning for change in table.signalled(changes)]
    return state, told


ABOVE = [batch(n, reading(n, 50)) for n in range(2)]
HERE = [CELL, NEIGHBOUR]
NORMAL = [batch(2, reading(2, 0, active=False)), batch(3), batch(4)]


def test_a_whole_life_has_one_id_and_growing_revisions() -> None:
    up = batch(2, reading(2, 95))
    normal = [batch(3, reading(3, 0, active=False)), batch(4), batch(5)]
    _, told = run(*ABOVE, up, *normal)
    assert {warning.id for warning in told} == {f"dust-local.{STREET}.20140408T234500Z"}
    assert [warning.revision for warning in told] == [0, 1, 2]
    assert [warning.change for warning in told] == [
        WarningChange.RAISED,
        WarningChange.LEVEL_UP,
        WarningChange.CLEARED,
    ]
    assert told[-1].peak_level is Level.ORANGE
    assert told[-1].raised_ms == told[0].raised_ms == tick_ms(0)
    assert told[-1].cleared_ms == told[-1].updated_ms == tick_ms(5)
    assert told[-1].reason is Reason.NORMAL


def test_what_is_said_is_the_rarity_that_the_level_follows_from() -> None:
    _, (raised, risen) = run(batch(0, reading(0, 50)), batch(1, reading(1, 95)))
    assert (raised.severity, raised.level) == (50, Level.BLUE)
    assert (risen.severity, risen.level) == (95, Level.ORANGE)
    assert "once in 95 days" in risen.explanation["en"]


def test_a_rarity_that_the_history_bounds_gives_the_level_and_is_said_as_a_bound() -> None:
    bound = msgspec.structs.replace(reading(0, 50), is_least=True)
    _, (raised,) = run(batch(0, bound))
    assert (raised.severity, raised.level, raised.is_least) == (50, Level.BLUE, True)
    assert "at most once in 50 days (the history can tell no more)" in raised.explanation["en"]


def test_an_ended_warning_is_forgotten_once_it_cannot_come_again() -> None:
    state, _ = run(*ABOVE, *NORMAL)
    assert state.areas.keys() == {STREET}
    state, _ = run(*(batch(n) for n in range(5, 60)), state=state)
    assert state.areas == {}


def test_what_comes_again_is_the_same_warning_and_says_that_it_is_unsteady() -> None:
    values = [10, 0, 0] * 5
    panes = (
        batch(n, over(n, value, active=value > 2), rule=FLAPPING.name)
        for n, value in enumerate(values)
    )
    _, told = run(*panes, rule=FLAPPING)
    assert len({warning.id for warning in told}) == 1
    assert [warning.revision for warning in told] == [0, 1, 2]
    assert [warning.is_unsteady for warning in told] == [False, False, True]
    assert told[2].raised_ms == told[0].raised_ms
    assert told[2].cleared_ms == 0
    assert "unsteady" in told[2].explanation["en"]
    assert "不稳定" in told[2].explanation["zh"]


def test_streets_have_warnings_of_their_own() -> None:
    _, told = run(*(batch(n, reading(n, 50), reading(n, 70, ELSEWHERE)) for n in range(2)))
    assert [(w.area, w.level) for w in told] == [
        (STREET, Level.BLUE),
        (ELSEWHERE[:9], Level.YELLOW),
    ]


def test_what_is_regional_warns_the_district_once_and_no_street() -> None:
    cells, regional = (CELL, NEIGHBOUR, ELSEWHERE), Scope.REGIONAL
    _, told = run(
        *(batch(n, *(reading(n, 70, cell, scope=regional) for cell in cells)) for n in range(4))
    )
    assert [(w.area, w.scope, w.change) for w in told] == [
        ("110101", "regional", WarningChange.RAISED)
    ]
    assert told[0].cells == sorted(cells)


@pytest.mark.parametrize("scope", [Scope.SEASONAL, Scope.NONE])
def test_what_is_seasonal_warns_nobody(scope: Scope) -> None:
    state, told = run(*(batch(n, reading(n, 90, scope=scope)) for n in range(9)))
    assert told == []
    assert state.areas == {}


def test_a_street_clears_when_its_excess_turns_out_to_be_regional() -> None:
    _, told = run(*ABOVE, *(batch(n, reading(n, 50, scope=Scope.REGIONAL)) for n in range(2, 6)))
    assert [(w.area, w.change) for w in told] == [
        (STREET, WarningChange.RAISED),
        ("110101", WarningChange.RAISED),
        (STREET, WarningChange.CLEARED),
    ]


def test_repeated_batches_are_no_news() -> None:
    state, told = run(*ABOVE)
    assert len(told) == 1
    again, repeated = run(*ABOVE, state=state)
    assert repeated == []
    assert again is state


def test_batches_of_other_feeds_rules_metrics_and_detectors_pass_by() -> None:
    other = msgspec.structs.replace(reading(0, 90), detector="other")
    for foreign in (batch(0, reading(0, 90), feed="noise"), batch(0, over(0, 9), rule="gas")):
        assert run(foreign) == (RuleState(), [])
    state, told = run(batch(0, reading(0, 90, metric="pm25"), other))
    assert (state.areas, told) == ({}, [])
    assert state.tick_ms == tick_ms(0)


def test_a_limit_reads_its_own_batches_and_is_not_rated_by_chance() -> None:
    panes = [batch(n, over(n, 15), rule=LIMIT.name) for n in range(2)]
    _, (warning,) = run(*panes, rule=LIMIT)
    assert (warning.level, warning.severity) == (Level.RED, 0)
    assert "limit of 4.0 µg/m³ (standard)" in warning.explanation["en"]
    assert "限值4.0 µg/m³（标准）" in warning.explanation["zh"]
    assert "chance" not in warning.explanation["en"]


def test_the_same_batches_give_the_same_bytes_and_survive_a_save() -> None:
    table = WarningTable()
    middle, first = run(*ABOVE, table=table)
    saved = msgspec.msgpack.decode(msgspec.msgpack.encode(middle), type=RuleState)
    _, second = run(*NORMAL, state=saved, table=table)
    _, whole = run(*ABOVE, *NORMAL)
    assert whole == first + second


def test_evidence_is_the_worst_first_and_at_most_five() -> None:
    cells = [f"{STREET}001{n:03d}" for n in range(1, 9)]
    _, told = run(batch(0, *(reading(0, 50 + i, cell) for i, cell in enumerate(cells))))
    assert [signal.area.code for signal in told[0].evidence] == cells[:-6:-1]
    assert told[0].ingested_ms == reading(0, 5).ingested_ms


def test_the_text_says_what_why_and_what_to_do() -> None:
    _, told = run(batch(0, reading(0, 50)))
    zh, en = told[0].explanation["zh"], told[0].explanation["en"]
    for said in ("200", "60", "20", "120", "55", "50", "1200", "110"):
        assert said in zh
        assert said in en
    assert "蓝色预警" in zh
    assert "到现场核查" in zh
    assert "值班室" in zh
    assert "东四街道" in zh
    assert "07:45" not in en
    assert "08:00" in en  # the city's time, when the pane ended
    assert "blue warning" in en
    assert "this street sees 2 such panes in a row once in 50 days" in en
    assert "Duty desk" in en


def test_the_text_is_honest_about_a_region_it_does_not_know() -> None:
    _, told = run(batch(0, reading(0, 50, region=None)))
    assert "no others to compare with" in told[0].explanation["en"]
    assert "周边无可比数据" in told[0].explanation["zh"]


def test_an_end_without_data_does_not_say_that_all_is_well() -> None:
    silent = [batch(n, silent=(CELL,)) for n in range(2, 30)]
    _, told = run(*ABOVE, *silent)
    assert told[-1].change is WarningChange.CLEARED
    assert told[-1].reason is Reason.NO_DATA
    assert "not known" in told[-1].explanation["en"]
    assert "未知" in told[-1].explanation["zh"]


def the_end(feed: str = "dust", rule: str = "") -> SignalBatch:
    return msgspec.structs.replace(batch(9, feed=feed, rule=rule), tick_ms=0, is_end=True)


def test_the_end_of_a_replay_ends_what_is_open_at_the_pane_it_stands_at() -> None:
    table = WarningTable()
    state, told = run(*ABOVE, batch(2, reading(2, 70, ELSEWHERE)), table=table)
    ended, changes = run(the_end(), state=state, table=table)
    assert [(w.area, w.change, w.reason) for w in changes] == [
        (STREET, WarningChange.CLEARED, Reason.ENDED),
        (ELSEWHERE[:9], WarningChange.CLEARED, Reason.ENDED),
    ]
    raised = {warning.area: warning for warning in told}
    for over_now in changes:
        before = raised[over_now.area]
        assert (over_now.id, over_now.revision) == (before.id, before.revision + 1)
        assert (over_now.level, over_now.cells) == (before.level, before.cells)
        assert over_now.cleared_ms == over_now.updated_ms == tick_ms(2)
        assert "the replay ended" in over_now.explanation["en"]
        assert "数据回放已结束" in over_now.explanation["zh"]
    assert ended == RuleState(tick_ms=tick_ms(2))


def test_the_end_of_a_replay_with_nothing_open_forgets_nothing() -> None:
    state, _ = run(*ABOVE, *NORMAL)
    assert run(the_end(), state=state) == (state, [])
    assert run(the_end(), state=state)[0] is state
    opened, _ = run(*ABOVE)
    assert run(the_end(feed="noise"), state=opened) == (opened, [])
    assert run(the_end(rule="gas-limit"), state=opened) == (opened, [])


def test_a_revision_carries_all_that_people_and_programs_need() -> None:
    _, (raised, _) = run(*ABOVE, *NORMAL)
    first = reading(0, 50)
    assert raised == CityWarning(
        id=f"dust-local.{STREET}.20140408T234500Z",
        revision=0,
        rule="dust-local",
        change=WarningChange.RAISED,
        reason=Reason.SUSTAINED,
        scope=Scope.LOCAL,
        level=Level.BLUE,
        feed="dust",
        metric="pm10",
        area=STREET,
        cells=[CELL],
        severity=50.0,
        raised_ms=tick_ms(0),
        updated_ms=tick_ms(0),
        peak_level=Level.BLUE,
        explanation=raised.explanation,
        facts=raised.facts,
        suggestion=RULE.suggestion,
        owner=RULE.owner,
        cause=RULE.cause,
        consequence=RULE.consequence,
        response_minutes=RULE.response_minutes,
        evidence=[first],
        ingested_ms=first.ingested_ms,
    )
    assert raised.facts["en"].startswith("PM10 200 µg/m³, above the expected 60.0")
    assert raised.facts["zh"].startswith("PM10 200 µg/m³，高于预期60.0")


def test_a_peak_and_all_cells_stay_with_a_warning_to_its_end() -> None:
    panes = (
        batch(0, reading(0, 95)),
        batch(1, reading(1, 45), reading(1, 45, NEIGHBOUR)),
        batch(2, reading(2, 31), reading(2, 31, NEIGHBOUR)),
        *(batch(n, *(reading(n, 0, cell, active=False) for cell in HERE)) for n in range(3, 6)),
    )
    _, told = run(*panes)
    assert [(w.change, w.level, w.peak_level) for w in told] == [
        (WarningChange.RAISED, Level.ORANGE, Level.ORANGE),
        (WarningChange.UPDATED, Level.ORANGE, Level.ORANGE),
        (WarningChange.LEVEL_DOWN, Level.YELLOW, Level.ORANGE),
        (WarningChange.CLEARED, Level.YELLOW, Level.ORANGE),
    ]
    assert [warning.cells for warning in told] == [[CELL], HERE, HERE, HERE]
    assert told[1].ingested_ms == reading(1, 45).ingested_ms
    assert "(2 cells)" in told[2].explanation["en"]


def test_an_unsteady_warning_that_ends_is_still_told_as_unsteady() -> None:
    values = [10, 0, 0, 10, *[0] * 8]
    panes = [
        batch(n, over(n, value, active=value > 2), rule=FLAPPING.name)
        for n, value in enumerate(values)
    ]
    _, told = run(*panes, rule=FLAPPING)
    assert [(w.change, w.is_unsteady) for w in told] == [
        (WarningChange.RAISED, False),
        (WarningChange.CLEARED, False),
        (WarningChange.RAISED, True),
        (WarningChange.CLEARED, True),
    ]


def test_the_silent_cells_of_the_metric_are_neither_normal_nor_above() -> None:
    normal = msgspec.structs.replace(batch(2), silent={"pm25": [CELL]})
    quiet = [
        batch(2, reading(2, 0, active=False)),
        *(batch(n, silent=(CELL,)) for n in range(3, 9)),
    ]
    assert run(*ABOVE, *quiet)[1][-1].change is WarningChange.RAISED
    other = [msgspec.structs.replace(normal, tick_ms=tick_ms(n)) for n in range(3, 9)]
    state, told = run(*ABOVE, quiet[0], *other)
    assert told[-1].change is WarningChange.CLEARED
    assert state.tick_ms == tick_ms(8)


def test_limits_of_one_level_are_ranked_by_how_far_they_are_passed() -> None:
    cells = [f"{STREET}001{n:03d}" for n in range(1, 4)]
    for direction, order in (("above", [2, 1, 0]), ("below", [0, 1, 2])):
        signals = [
            msgspec.structs.replace(
                one, evidence=msgspec.structs.replace(one.evidence, direction=direction)
            )
            for one in (over(0, 15 + n, cell) for n, cell in enumerate(cells))
        ]
        rule = FLAPPING
        _, (told,) = run(batch(0, *signals, rule=rule.name), rule=rule)
        assert [signal.subject for signal in told.evidence] == [cells[n] for n in order]
