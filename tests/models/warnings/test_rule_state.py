"""A rule's board: batches in, explained revisions of warnings out."""

from __future__ import annotations

import msgspec
import pytest

from models.messages.anomalies import AnomalyBatch
from models.messages.warnings import CityWarning, Level, Reason, WarningChange
from models.warnings.rule_state import RuleState, advance
from models.warnings.text import TextContext
from tests.models.warnings.warning_things import (
    CELL,
    ELSEWHERE,
    NEIGHBOUR,
    RULE,
    SCENE,
    STREET,
    anomaly,
    batch,
    tick_ms,
)


def scene_of(area: str) -> TextContext:
    assert area[:6] == "110101"
    return SCENE


def run(
    *batches: AnomalyBatch, board: RuleState | None = None
) -> tuple[RuleState, list[CityWarning]]:
    board = board or RuleState()
    told: list[CityWarning] = []
    for one in batches:
        board, changes = advance(board, RULE, one, scene_of)
        told += changes
    return board, told


HOT = [batch(n, anomaly(n, 5)) for n in range(2)]
CALM = [batch(2, anomaly(2, 0, active=False)), batch(3), batch(4)]


def test_a_whole_life_has_one_id_and_growing_revisions() -> None:
    up = batch(2, anomaly(2, 9.5))
    calm = [batch(3, anomaly(3, 0, active=False)), batch(4), batch(5)]
    board, told = run(*HOT, up, *calm)
    assert {warning.id for warning in told} == {f"dust-local.{STREET}.20140408T234500Z"}
    assert [warning.revision for warning in told] == [0, 1, 2]
    assert [warning.change for warning in told] == [
        WarningChange.RAISED,
        WarningChange.LEVEL_UP,
        WarningChange.CLEARED,
    ]
    assert told[-1].peak_level is Level.ORANGE
    assert told[-1].raised_ms == told[0].raised_ms == tick_ms(1)
    assert told[-1].cleared_ms == told[-1].updated_ms == tick_ms(5)
    assert told[-1].reason is Reason.NORMAL
    assert board.open == {}
    assert board.areas == {}


def test_streets_have_warnings_of_their_own() -> None:
    _, told = run(*(batch(n, anomaly(n, 5), anomaly(n, 7, ELSEWHERE)) for n in range(2)))
    assert [(w.area, w.level) for w in told] == [
        (STREET, Level.BLUE),
        (ELSEWHERE[:9], Level.YELLOW),
    ]


def test_what_is_regional_warns_the_district_once_and_no_street() -> None:
    cells = (CELL, NEIGHBOUR, ELSEWHERE)
    _, told = run(
        *(batch(n, *(anomaly(n, 7, cell, scope="regional") for cell in cells)) for n in range(4))
    )
    assert [(w.area, w.scope, w.change) for w in told] == [
        ("110101", "regional", WarningChange.RAISED)
    ]
    assert told[0].cells == sorted(cells)


@pytest.mark.parametrize("scope", ["seasonal", "none"])
def test_what_is_seasonal_warns_nobody(scope: str) -> None:
    board, told = run(*(batch(n, anomaly(n, 9, scope=scope)) for n in range(9)))
    assert told == []
    assert board.areas == {}


def test_a_place_with_nobody_to_compare_with_speaks_for_itself() -> None:
    lonely = [
        msgspec.structs.replace(
            (a := anomaly(n, 5, scope="none")),
            evidence=msgspec.structs.replace(a.evidence, region=None),
        )
        for n in range(2)
    ]
    _, told = run(*(batch(n, one) for n, one in enumerate(lonely)))
    assert [(warning.area, warning.scope) for warning in told] == [(STREET, "local")]


def test_a_street_clears_when_its_excess_turns_out_to_be_regional() -> None:
    _, told = run(*HOT, *(batch(n, anomaly(n, 5, scope="regional")) for n in range(2, 6)))
    assert [(w.area, w.change) for w in told] == [
        (STREET, WarningChange.RAISED),
        ("110101", WarningChange.RAISED),
        (STREET, WarningChange.CLEARED),
    ]


def test_repeated_batches_are_no_news() -> None:
    board, told = run(*HOT)
    assert len(told) == 1
    again, repeated = run(*HOT, board=board)
    assert repeated == []
    assert again is board


def test_batches_of_other_feeds_metrics_and_detectors_pass_by() -> None:
    other = msgspec.structs.replace(anomaly(0, 9), detector="other")
    board, told = run(batch(0, anomaly(0, 9), feed="noise"))
    assert (board, told) == (RuleState(), [])
    board, told = run(batch(0, anomaly(0, 9, metric="pm25"), other))
    assert (board.areas, told) == ({}, [])
    assert board.tick_ms == tick_ms(0)


def test_the_same_batches_give_the_same_bytes_and_survive_a_save() -> None:
    middle, first = run(*HOT)
    saved = msgspec.msgpack.decode(msgspec.msgpack.encode(middle), type=RuleState)
    _, second = run(*CALM, board=saved)
    _, whole = run(*HOT, *CALM)
    assert whole == first + second


def test_evidence_is_the_worst_first_and_at_most_five() -> None:
    cells = [f"{STREET}001{n:03d}" for n in range(1, 9)]
    _, told = run(
        *(batch(n, *(anomaly(n, 5 + i, cell) for i, cell in enumerate(cells))) for n in range(2))
    )
    assert [entry.cell for entry in told[0].evidence] == cells[:-6:-1]
    assert told[0].ingested_ms == anomaly(1, 5).ingested_ms


def test_the_text_says_what_why_and_what_to_do() -> None:
    _, told = run(*HOT)
    zh, en = told[0].explanation["zh"], told[0].explanation["en"]
    for said in ("200", "60", "20", "120", "55", "80", "1200", "110"):
        assert said in zh
        assert said in en
    assert "蓝色预警" in zh
    assert "到现场核查" in zh
    assert "值班室" in zh
    assert "东四街道" in zh
    assert "07:45" not in en
    assert "08:15" in en  # the city's time, when the second pane ended
    assert "blue warning" in en
    assert "once in 80 days" in en
    assert "Duty desk" in en


def test_the_text_is_honest_about_a_region_it_does_not_know() -> None:
    lonely = [
        msgspec.structs.replace(
            (a := anomaly(n, 5)), evidence=msgspec.structs.replace(a.evidence, region=None)
        )
        for n in range(2)
    ]
    _, told = run(*(batch(n, one) for n, one in enumerate(lonely)))
    assert "no others to compare with" in told[0].explanation["en"]
    assert "周边无可比数据" in told[0].explanation["zh"]


def test_an_end_without_data_does_not_say_that_all_is_well() -> None:
    silent = [batch(n, silent=(CELL,)) for n in range(2, 30)]
    _, told = run(*HOT, *silent)
    assert told[-1].change is WarningChange.CLEARED
    assert told[-1].reason is Reason.NO_DATA
    assert "not known" in told[-1].explanation["en"]
    assert "未知" in told[-1].explanation["zh"]
