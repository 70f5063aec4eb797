"""Reports that units owe: missing, late, implausible, corrected, sent again."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from models.timing.units import HOUR_MS
from tests.models.matters.line import run, sent


def report(day: str, ts: str, unit: str = "gas", **figures: float) -> dict[str, Any]:
    return {
        "unit": unit,
        "day": day,
        "figures": {"filed": 60, "closed": 58, "staff": 20} | figures,
        "ts": ts,
    }


def month(days: int, unit: str = "gas") -> list[dict[str, Any]]:
    first = date(2009, 3, 1)
    return [
        report(
            str(first + timedelta(n)), f"{first + timedelta(n + 1)}T07:30", unit, filed=60 + n % 3
        )
        for n in range(days)
    ]


def test_complete_missing_late_corrected_and_sent_again_are_told_by_unit() -> None:
    rows = month(9)
    rows[4]["ts"] = "2009-03-06T11:00"
    gone = rows.pop(7)
    rows += [{**rows[0], "ts": "2009-03-03T10:00"}]
    rows += [
        {**rows[1], "ts": "2009-03-04T10:00", "figures": {"filed": 1, "closed": 1, "staff": 1}}
    ]
    found = run("unit-reports", sent(rows), settled_ms=3 * HOUR_MS)
    unit = "unit", "gas"
    complete = found.row("complete", *unit)
    assert (complete.numerator, complete.denominator) == (8, 30)
    assert [found.value(c, *unit) for c in ("late", "corrected", "resent")] == [1, 1, 1]
    assert found.row("complete").denominator == 8 * 30
    assert found.value("missing", "unit", "power") == 30, "it never sent any"
    assert [(w.subject, w.why, w.state) for w in found.matter.watched] == [
        ("gas", "missing", str(gone["day"]))
    ]
    assert found.rules() == {"report-missing"}
    late = run("unit-reports", sent([*rows, {**gone, "ts": "2009-03-10T09:00"}]))
    assert late.matter.watched == []
    assert late.value("late", *unit) == 2


def test_before_a_report_is_due_nobody_misses_it() -> None:
    rows = month(5)
    early = run("unit-reports", sent([*rows, report("2009-03-05", "2009-03-07T07:00")]))
    assert early.rules() == set()
    due = run("unit-reports", sent([*rows, report("2009-03-05", "2009-03-07T09:30")]))
    assert due.rules() == {"report-missing"}


def test_a_figure_far_from_its_own_past_is_implausible_and_kept() -> None:
    rows = month(20)
    rows[19]["figures"]["filed"] = 600
    found = run("unit-reports", sent(rows))
    assert found.value("implausible", "unit", "gas") == 1
    assert [(w.why, w.state) for w in found.matter.watched] == [("implausible", "filed")]
    assert run("unit-reports", sent(month(20))).value("implausible", "unit", "gas") == 0
    short = month(8)
    short[7]["figures"]["filed"] = 600
    assert run("unit-reports", sent(short)).value("implausible", "unit", "gas") == 0, "no past yet"


@pytest.mark.parametrize(
    ("row", "reason", "said"),
    [
        (report("2009-03-09", "2009-03-03T08:00"), "wrong-day", "after the report was sent"),
        (report("2008-12-01", "2009-03-03T08:00"), "wrong-day", "more than 31 days before"),
        (report("2007-01-01", "2009-03-03T08:00"), "wrong-day", "owed from 2008-07-01"),
        (report("2009-03-02", "2009-03-03T08:00", "navy"), "unknown-unit", "expected one of"),
        (report("2009-03-02", "2009-03-03T08:00", filed=-1), "out-of-range", "filed is -1"),
        (report("2009-03-02", "2009-03-03T08:00", ships=3), "wrong-shape", "expected filed"),
        (report("yesterday", "2009-03-03T08:00"), "wrong-shape", "date"),
    ],
)
def test_what_cannot_be_is_refused_with_its_reason(
    row: dict[str, Any], reason: str, said: str
) -> None:
    found = run("unit-reports", sent([*month(1), row]))
    ((code, text),) = found.why()
    assert code == reason
    assert said in text
