"""Agent `closed-loop`: answers of the streets in, groups past a level out."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from config.catalog import Catalog
from config.closed_loop_rules import CaseStateRule, IndicatorRule
from config.names import PANES, SIGNALS
from models.messages.closed_loop import LoopPane, LoopRow
from models.messages.envelope import decode, encode
from models.messages.frames import IDLE
from models.messages.panes import CasePane
from models.messages.signals import LimitSignal, Scope, SignalBatch
from models.timing.units import HOUR_MS
from streams.agents.closed_loop import ClosedLoopProcessor
from streams.host.processor import Effect, Record
from tests.streams.agents.district import dongcheng, records, run, run_with_crashes, sent

START_MS = 1_395_590_400_000  # 2014-03-24 00:00 in Beijing
STREET, OTHER, DISTRICT = "110101001", "110101002", "110101"
TEXT = {"zh": "文", "en": "text"}
COMMON = {
    "title": TEXT, "feed": "cases", "cause": TEXT, "consequence": TEXT, "suggestion": TEXT,
    "owner": TEXT, "response_minutes": 60,
}  # fmt: skip


def catalog() -> Catalog:
    overdue = CaseStateRule.model_validate(
        {**COMMON, "name": "late", "kind": "case_state", "metric": "overdue",
         "levels": {"blue": 10, "red": 30}}
    )  # fmt: skip
    rate = IndicatorRule.model_validate(
        {**COMMON, "name": "rate", "kind": "indicator", "metric": "closed_of_due",
         "by": "department", "direction": "below", "levels": {"blue": 0.8, "yellow": 0.5}}
    )  # fmt: skip
    return dongcheng().model_copy(update={"rules": {"late": overdue, "rate": rate}})


def processor() -> ClosedLoopProcessor:
    return ClosedLoopProcessor(catalog())


def told(number: int, partition: int, *rows: LoopRow, watermark_ms: int = -1) -> list[bytes]:
    """The answers of a partition at the end of an hour, and then its pane of counts."""
    end_ms = START_MS + number * HOUR_MS
    where = {"feed": "cases", "partition": partition, "partitions": 2, "width_s": 3600}
    answered = LoopPane(**where, end_ms=end_ms, rows=list(rows))  # type: ignore[arg-type]
    counts = CasePane(
        **where,  # type: ignore[arg-type]
        start_ms=end_ms - HOUR_MS,
        watermark_ms=end_ms if watermark_ms < 0 else watermark_ms,
        revision=0,
        rows=[],
    )
    return [encode(answered), encode(counts)]


def late(street: str, n: int) -> LoopRow:
    return LoopRow("late", street, n, 100, [int(f"{street}001001")], ["case 1"])


def rate(department: str, above: int, below: int) -> LoopRow:
    return LoopRow("rate", department, above, below)


def found(effects: Sequence[Effect], rule: str) -> list[SignalBatch]:
    batches = [decode(SignalBatch, value) for value in sent(effects, SIGNALS)]
    return [batch for batch in batches if batch.rule == rule]


def hours(*late_cases: int) -> list[Record]:
    """So many cases past their limit at the end of each hour, in the first of two partitions."""
    values = []
    for number, n in enumerate(late_cases, start=1):
        values += told(number, 0, *([late(STREET, n)] if n else []))
        values += told(number, 1)
    return records(PANES, *values)


def test_a_street_is_flagged_from_its_level_until_under_its_release() -> None:
    batches = found(run(processor(), hours(9, 10, 9, 8, 0)), "late")
    signals = [
        [each for each in batch.signals if isinstance(each, LimitSignal)] for batch in batches
    ]
    active = [[each.active for each in batch] for batch in signals]
    assert active == [[], [True], [True], [False], []]
    first = signals[1][0]
    assert (first.area.code, first.scope, first.cells) == (STREET, Scope.LOCAL, [f"{STREET}001001"])
    assert (first.evidence.observed, first.evidence.limit, first.evidence.among) == (10, 10, 100)
    assert (first.evidence.reached, signals[2][0].evidence.reached) == (1, 0)
    assert signals[2][0].evidence.holds == 1
    assert first.evidence.clears_at == 9


def test_a_higher_level_says_where_it_begins() -> None:
    [batch] = found(run(processor(), hours(30)), "late")
    [signal] = batch.signals
    assert isinstance(signal, LimitSignal)
    assert (signal.evidence.reached, signal.evidence.limit, signal.evidence.clears_at) == (4, 30, 9)


def test_a_street_that_has_no_case_any_more_returns_to_normal() -> None:
    batches = found(run(processor(), hours(12, 0, 0)), "late")
    assert [[each.active for each in batch.signals] for batch in batches] == [[True], [False], []]


def test_departments_are_added_up_over_the_streets_and_name_each_other() -> None:
    given = records(
        PANES,
        *told(1, 0, rate("roads", 3, 15), rate("parks", 1, 30), rate("water", 1, 19)),
        *told(1, 1, rate("roads", 10, 15)),
    )
    [batch] = found(run(processor(), given), "rate")
    assert [each.subject for each in batch.signals] == ["parks", "roads"]
    parks, roads = batch.signals
    assert isinstance(parks, LimitSignal)
    assert isinstance(roads, LimitSignal)
    assert roads.evidence.observed == pytest.approx(13 / 30)
    assert (parks.evidence.named, roads.evidence.named) == (["roads"], ["parks"])
    assert {(each.area.code, each.scope) for each in batch.signals} == {(DISTRICT, Scope.REGIONAL)}


def test_a_rate_of_too_few_is_no_rate_and_what_stands_is_said_to_be_unknown() -> None:
    hour = [*told(1, 0, rate("roads", 1, 20)), *told(1, 1)]
    hour += [*told(2, 0, rate("roads", 19, 19)), *told(2, 1)]
    first, second = found(run(processor(), records(PANES, *hour)), "rate")
    assert [each.active for each in first.signals] == [True]
    assert (second.signals, second.silent) == ([], {"closed_of_due": ["roads"]})


def test_nothing_is_judged_before_every_partition_has_come_past() -> None:
    one = processor()
    assert run(one, records(PANES, *told(1, 0, late(STREET, 12)), *told(2, 0))) == []
    assert len(found(run(one, records(PANES, *told(1, 1))), "late")) == 1
    assert len(found(run(one, records(PANES, *told(2, 1))), "late")) == 1


def test_a_partition_that_is_idle_holds_nobody_up() -> None:
    one = processor()
    run(one, records(PANES, *told(1, 1, watermark_ms=IDLE)))
    assert len(found(run(one, records(PANES, *told(1, 0), *told(2, 0))), "late")) == 2


def test_an_hour_is_judged_once() -> None:
    one = processor()
    assert len(found(run(one, hours(12)), "late")) == 1
    assert run(one, hours(12)) == []


@pytest.mark.parametrize("every", [1, 2, 3, 5])
def test_a_crash_at_any_place_changes_nothing(every: int) -> None:
    given = hours(9, 10, 9, 30, 8, 0, 12)
    whole = run(processor(), given)
    assert run_with_crashes(processor, given, every) == whole
    assert len(found(whole, "late")) == 7
