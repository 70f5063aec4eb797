"""Agent `outbreaks`: counts of cases in; excesses, clusters and silent streets out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from functools import cache

import msgspec
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from config.names import DEAD_LETTERS, PANES, SIGNALS
from config.settings import Settings
from models.messages.envelope import decode, encode
from models.messages.frames import IDLE
from models.messages.panes import ActiveSource, CasePane
from models.messages.signals import CountSignal, Scope, SignalBatch, SilenceSignal
from models.timing.calendar import day_table
from models.timing.holidays import Holidays
from models.timing.units import DAY_MS
from streams.agents.outbreaks import OutbreakProcessor, spec
from streams.host.processor import Effect, Record
from tests.models.archive.messages import pane as reading_pane
from tests.models.monitors.signals_of import only
from tests.streams.agents.district import dongcheng, records, run, run_with_crashes, sent

WIDTH_MS = DAY_MS // 4
START_MS = 1_395_590_400_000  # 2014-03-24 00:00 in Beijing
DAYS = 34
BURST_DAY = 30


@pytest.fixture(autouse=True, scope="module")
def _soon() -> Iterator[None]:
    """Little history is enough, so that a month tells all."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("models.monitors.counts.baseline.GUARD_DAYS", 4)
        patch.setattr("models.monitors.counts.baseline.LEAST_DAYS", 18)
        patch.setattr("models.monitors.counts.monitor.LEAST_DAYS", 18)
        patch.setattr("models.monitors.clusters.monitor.LEAST_DAYS", 14)
        patch.setattr("models.monitors.clusters.monitor.REPLICATES", 40)
        yield


@cache
def cells() -> list[int]:
    """Forty cells of the city, all over it."""
    codes = dongcheng().grid_at(date(2014, 4, 1)).codes
    return [int(code) for code in codes[:: len(codes) // 40]][:40]


def case_pane(
    number: int,
    rows: Sequence[tuple[int, str, str, int]],
    partition: int,
    active_sources: Sequence[ActiveSource] = (),
    **given: int,
) -> bytes:
    start_ms = START_MS + number * WIDTH_MS
    pane = CasePane(
        feed="cases",
        partition=partition,
        partitions=2,
        start_ms=start_ms,
        width_s=WIDTH_MS // 1000,
        watermark_ms=given.get("watermark", start_ms + WIDTH_MS),
        revision=given.get("revision", 0),
        rows=list(rows),
        active_sources=list(active_sources),
    )
    return encode(pane)


@cache
def month(burst: int = 0) -> list[list[bytes]]:
    """Panes of each partition: a few cases a day, and so many more in one cell on one day."""
    random = np.random.default_rng(1)
    panes: list[list[bytes]] = [[], []]
    for number in range(DAYS * 4):
        rows: list[list[tuple[int, str, str, int]]] = [[], []]
        for cell in random.choice(cells(), 4).tolist():
            rows[cell // 10**6 % 2].append((cell, "E0102", "reported", 1))
            rows[cell // 10**6 % 2].append((cell, "E0102", "filed", 1))
        if burst and number == BURST_DAY * 4 + 1:
            home = cells()[7]
            rows[home // 10**6 % 2].append((home, "E0104", "reported", burst))
        for partition in (0, 1):
            panes[partition].append(case_pane(number, rows[partition], partition))
    return panes


@cache
def dense(share: float = 1.0) -> list[list[bytes]]:
    """Panes of each partition: sixty cases a day, and such a share of them on one day."""
    random = np.random.default_rng(2)
    panes: list[list[bytes]] = [[], []]
    for number in range(DAYS * 4):
        n = 15 if number // 4 != BURST_DAY else round(15 * share)
        rows: list[list[tuple[int, str, str, int]]] = [[], []]
        for cell in random.choice(cells(), n).tolist():
            rows[cell // 10**6 % 2].append((cell, "E0102", "reported", 1))
        for partition in (0, 1):
            panes[partition].append(case_pane(number, rows[partition], partition))
    return panes


def together(panes: list[list[bytes]]) -> list[Record]:
    return records(PANES, *[value for pair in zip(*panes, strict=True) for value in pair])


def processor() -> OutbreakProcessor:
    return OutbreakProcessor(dongcheng(), Holidays(day_table("china")))


def batches(effects: Sequence[Effect], rule: str) -> list[SignalBatch]:
    every = [decode(SignalBatch, value) for value in sent(effects, SIGNALS)]
    return [batch for batch in every if batch.rule == rule]


def counted(batch: SignalBatch) -> list[CountSignal]:
    return only(CountSignal, batch.signals)


def silent(batch: SignalBatch) -> list[SilenceSignal]:
    return only(SilenceSignal, batch.signals)


def flagged(effects: Sequence[Effect], rule: str) -> list[str]:
    return sorted({a.subject for b in batches(effects, rule) for a in b.signals if a.active})


def silences(effects: Sequence[Effect], metric: str) -> list[SignalBatch]:
    rules = {"streets": "case-silence", "beats": "beat-silence"}
    return batches(effects, rules.get(metric, "department-silence"))


def test_it_reads_panes_at_district_level() -> None:
    described = spec(dongcheng(), Settings())
    assert (described.name, described.level, described.topics) == (
        "outbreaks",
        "district",
        (PANES,),
    )


def test_a_day_is_looked_at_four_times_in_the_time_of_the_city() -> None:
    ticks = [batch.tick_ms for batch in batches(run(processor(), together(month())), "case-counts")]
    assert ticks == [START_MS + n * WIDTH_MS for n in range(1, DAYS * 4 + 1)]


def test_an_ordinary_month_is_quiet() -> None:
    effects = run(processor(), together(month()))
    assert flagged(effects, "case-counts") == []
    assert flagged(effects, "case-clusters") == []


def test_too_many_cases_are_found_on_the_day_with_what_they_were() -> None:
    effects = run(processor(), together(month(12)))
    home = str(cells()[7])
    found = [a for b in batches(effects, "case-counts") for a in counted(b) if a.active]
    (street,) = {a.area.code for a in found if a.area.kind == "street"}
    assert street == home[:9]
    first = found[0]
    assert first.evidence.observed >= 12
    assert first.evidence.expected < 6
    assert first.evidence.leading["E0104"] == 12
    assert home in first.cells
    burst_ms = START_MS + BURST_DAY * DAY_MS
    raised = [b.tick_ms for b in batches(effects, "case-counts") if b.signals]
    assert burst_ms < raised[0] <= burst_ms + DAY_MS
    last = batches(effects, "case-counts")[-1].signals
    assert not any(signal.active for signal in last), "it ends when the days are usual again"


def test_too_few_cases_are_found_when_the_day_is_over() -> None:
    assert flagged(run(processor(), together(dense())), "case-drops") == []
    effects = run(processor(), together(dense(0.2)))
    told = [(b.tick_ms, counted(b)) for b in batches(effects, "case-drops") if b.signals]
    over_ms = START_MS + (BURST_DAY + 1) * DAY_MS
    assert [tick_ms for tick_ms, _ in told] == [over_ms, over_ms + DAY_MS]
    district = next(a for a in told[0][1] if a.subject == "110101/all")
    assert district.evidence.observed == 12
    assert district.evidence.expected == pytest.approx(60, rel=0.15)
    assert district.scope is Scope.REGIONAL
    assert district.evidence.leading["E0102"] == 48
    assert not any(a.active for a in told[1][1]), "it ends when a day is usual again"
    assert flagged(effects, "case-counts") == []
    assert run_with_crashes(processor, together(dense(0.2)), 31) == effects


def test_nothing_is_judged_before_every_partition_has_come_past() -> None:
    one, (first, second) = processor(), month()
    assert run(one, records(PANES, *first)) == []
    assert len(batches(run(one, records(PANES, *second)), "case-counts")) == DAYS * 4


def test_a_quiet_end_closes_no_day_that_was_not_reported() -> None:
    one = processor()
    idle = [case_pane(3, [], partition, watermark=IDLE) for partition in (0, 1)]
    start = [case_pane(0, [(cells()[0], "E0102", "reported", 1)], 0)]
    effects = run(one, records(PANES, *start, *idle))
    assert [b.tick_ms for b in batches(effects, "case-counts")] == [
        START_MS + n * WIDTH_MS for n in range(1, 5)
    ]


def test_a_correction_replaces_what_was_told() -> None:
    given, home = together(month()), cells()[7]
    number = BURST_DAY * 4 + 1
    partition = home // 10**6 % 2
    rows = [(home, "E0104", "reported", 12)]
    wrong = Record(PANES, 0, 0, case_pane(number, rows, partition))
    fixed = decode(CasePane, month()[partition][number])
    fixed = msgspec.structs.replace(fixed, revision=1)
    at = number * 2
    mended = [*given[:at], wrong, Record(PANES, 0, 0, encode(fixed)), *given[at:]]
    assert flagged(run(processor(), mended), "case-counts") == []


def test_a_street_without_cases_is_named_until_it_reports_again() -> None:
    home = cells()[7]
    panes = []
    for number in range(60 * 4):
        is_silent = 40 <= number // 4 < 50
        rows = [] if is_silent or number % 4 else [(home, "E0102", "reported", 1)]
        panes += [case_pane(number, rows, 0), case_pane(number, [], 1)]
    told = silences(run(processor(), records(PANES, *panes)), "streets")
    days = [(n, b.signals[0].active) for n, b in enumerate(told) if b.signals]
    assert [day for day, active in days if active] == list(range(days[0][0], 50))
    assert 41 <= days[0][0] <= 44
    assert days[-1] == (50, False)


def reports_of(kind: str, area: str) -> list[bytes]:
    """Panes of sixty days: two sources report every day, the second of them not for ten days."""
    panes = []
    for number in range(60 * 4):
        is_silent = 40 <= number // 4 < 50
        names = [] if number % 4 else ["07"] if is_silent else ["07", "12"]
        active_sources = [(kind, area, name) for name in names]
        panes += [case_pane(number, [], 0, active_sources), case_pane(number, [], 1)]
    return panes


@pytest.mark.parametrize(("kind", "area"), [("beats", "110101003"), ("departments", "110101")])
def test_a_beat_or_department_that_says_nothing_is_named_until_it_reports_again(
    kind: str, area: str
) -> None:
    given = records(PANES, *reports_of(kind, area), *padding(60 * 4))
    told = silences(run(processor(), given), kind)
    days = [(day, silent(batch)[0]) for day, batch in enumerate(told) if batch.signals]
    assert {signal.area.code for _, signal in days} == {area}
    lasting = [(day, signal) for day, signal in days if signal.active]
    assert [day for day, _ in lasting] == list(range(lasting[0][0], 50))
    assert 42 <= lasting[0][0] <= 44
    assert {tuple(signal.evidence.named) for _, signal in lasting} == {("12",)}
    assert (days[-1][0], days[-1][1].active) == (50, False)


def test_who_reported_is_known_though_the_watermark_leaps_over_the_days() -> None:
    """A backlog: all panes of the past are there before the first evaluation."""
    late = [held_back(pane) for pane in reports_of("beats", "110101003")]
    told = silences(run(processor(), records(PANES, *late, *padding(60 * 4))), "beats")
    steady = silences(
        run(processor(), records(PANES, *reports_of("beats", "110101003"), *padding(60 * 4))),
        "beats",
    )
    assert [batch.signals for batch in told] == [batch.signals for batch in steady]


def test_active_sources_survive_a_crash() -> None:
    given = records(PANES, *reports_of("beats", "110101003"), *padding(60 * 4))
    assert run_with_crashes(processor, given, 7) == run(processor(), given)


def padding(number: int) -> list[bytes]:
    """An empty pane of each partition after the others, so that all are past."""
    return [case_pane(number, [], partition) for partition in (0, 1)]


def held_back(pane: bytes) -> bytes:
    """The pane, told while the watermark had not moved yet."""
    told = decode(CasePane, pane)
    return encode(msgspec.structs.replace(told, watermark_ms=START_MS))


@settings(
    max_examples=2, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.integers(3, 150))
def test_a_crash_anywhere_changes_nothing(every: int) -> None:
    given = together(month(12))
    assert run_with_crashes(processor, given, every) == run(processor(), given)


def test_a_replay_judges_nothing_twice() -> None:
    one = processor()
    run(one, together(month(12)))
    assert run(one, together(month(12))) == []


@pytest.mark.parametrize("value", [b"\x88anything", b""])
def test_what_is_no_count_is_set_aside(value: bytes) -> None:
    assert len(sent(run(processor(), [Record(PANES, 0, 3, value)]), DEAD_LETTERS)) == 1


def test_an_unknown_feed_is_set_aside_and_readings_pass_by() -> None:
    pane = decode(CasePane, case_pane(0, [], 0))
    other = encode(msgspec.structs.replace(pane, feed="other"))
    assert len(sent(run(processor(), [Record(PANES, 0, 3, other)]), DEAD_LETTERS)) == 1
    assert run(processor(), records(PANES, reading_pane({0: 1}))) == []
