"""The rates of the hotline: known answers, what is not known, ranks, and no person in it."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.errors import InputError, NothingUsed
from config.hotline import HotlinePlan
from config.loader import load
from config.settings import Settings
from models.hotline.calls import Call
from models.hotline.rates import CallBook, GroupOfCalls, ranked
from models.timing.units import DAY_MS, HOUR_MS
from ops.hotline.rates import rates_of_file
from ops.simulation.calls import LEAST, MOST, invented_calls

PLAN = HotlinePlan(source="test", response=0.2, solved=0.4, satisfied=0.4, least=2)
CELL, OTHER = "110101001001001", "110101001001002"
START = 1_775_001_600_000  # 2026-04-01 08:00 in Shanghai
ANN, BOB = "a" * 32, "b" * 32


def call(number: int, day: float = 0.0, **more: object) -> Call:
    fields: dict[str, object] = {
        "case": f"H{number}",
        "ts": START + round(day * DAY_MS),
        "category": "E0102",
        "cell": CELL,
    }
    return Call(**(fields | more))  # type: ignore[arg-type]


def book(*calls: Call, owner: str = "sanitation") -> CallBook:
    return CallBook(calls, PLAN, lambda category, cell, at: owner if category == "E0102" else "")


def figures(*calls: Call) -> dict[str, tuple[int, int]]:
    made = book(*calls)
    rates = made.of("all", made.calls).rates
    return {name: (rate.numerator, rate.denominator) for name, rate in rates.items()}


def test_each_rate_has_its_own_denominator() -> None:
    found = figures(
        call(1, answered_ms=START + 23 * HOUR_MS, solved=True, satisfied=True, caller=ANN,
             department="sanitation", departments=1),
        call(2, answered_ms=START + 25 * HOUR_MS, solved=False, satisfied=False, caller=BOB,
             department="sanitation", departments=2, by_street=True),
        call(3, 1.0, solved=True, caller=ANN, department="command", departments=1),
        call(4, 2.5, caller=BOB, cell=OTHER),
    )  # fmt: skip
    assert found == {
        "response": (1, 3),  # the fourth still has time
        "solved": (2, 3),
        "satisfied": (1, 2),
        "repeated": (1, 4),  # another cell is another matter
        "precise": (1, 3),
        "by_street": (1, 3),
        "before": (0, 4),
    }


def test_a_repeat_and_a_finding_count_for_thirty_days_and_not_longer() -> None:
    for days, expected in ((30.0, 1), (30.1, 0)):
        assert figures(call(1, caller=ANN), call(2, days, caller=ANN))["repeated"][0] == expected
        patrol = call(1, source="patrol")
        assert figures(patrol, call(2, days, caller=ANN))["before"] == (expected, 1)
    assert figures(call(1, caller=ANN), call(2, 1, caller=BOB))["repeated"] == (0, 2)


def test_a_class_that_nobody_is_responsible_for_is_never_precise() -> None:
    made = figures(call(1, category="E9900", department="", departments=0),
                   call(2, category="E9900", department="command", departments=1))  # fmt: skip
    assert made["precise"] == (0, 1)


def test_without_an_answer_there_is_no_rate_and_no_score() -> None:
    (group,) = book(call(1), call(2, 3)).groups(lambda _: "x")
    assert group.rates["solved"].value is None
    assert (group.score, group.rank) == (None, None)


def test_the_score_weighs_the_three_rates() -> None:
    calls = [
        call(1, answered_ms=START, solved=True, satisfied=False),
        call(2, solved=True, satisfied=True),
        call(3, 5.0, solved=True, satisfied=True),
    ]
    (group,) = book(*calls).groups(lambda _: "x")
    assert group.score == pytest.approx(100 * (0.2 / 2 + 0.4 + 0.4 * 2 / 3))
    assert group.rank == 1


@given(st.lists(st.tuples(st.none() | st.integers(0, 5), st.integers(1, 4)), max_size=8))
def test_ranks_are_those_of_a_plain_count(rows: list[tuple[int | None, int]]) -> None:
    groups = [
        GroupOfCalls(group=f"g{n}", calls=calls, rates={}, score=None if s is None else float(s))
        for n, (s, calls) in enumerate(rows)
    ]
    found = {group.group: group.rank for group in ranked(groups, PLAN)}
    able = [g for g in groups if g.score is not None and g.calls >= PLAN.least]
    for group in groups:
        better = sum(other.score > group.score for other in able if group in able)  # type: ignore[operator]
        assert found[group.group] == (1 + better if group in able else None)


def test_a_number_sent_twice_is_one_call() -> None:
    assert figures(call(1), call(1, 1.0, solved=True))["solved"] == (1, 1)
    assert figures(call(1), call(1, 1.0))["repeated"] == (0, 1)


def written(folder: Path, *rows: object) -> Path:
    file = folder / "calls.jsonl"
    file.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))
    return file


GOOD: dict[str, object] = {
    "case": "H1",
    "ts": START,
    "category": "E0102",
    "cell": CELL,
    "caller": ANN,
}


def test_what_looks_like_a_person_is_refused_and_loses_nothing_around_it(tmp_path: Path) -> None:
    bad: list[dict[str, object]] = [
        {"caller": "13800138000"},
        {"caller": "张三"},
        {"name": "张三"},
        {"telephone": "13800138000"},
        {"source": "张三"},
        {"cell": "x"},
        {"departments": -1},
    ]
    file = written(tmp_path, GOOD, *(GOOD | {"case": f"B{n}"} | one for n, one in enumerate(bad)))
    with file.open("a") as more:
        more.write("not JSON\n")
    found = rates_of_file(file, load(Settings()))
    said = found.account.to_builtins()
    assert (said["read"], said["used"], found.whole.calls) == (9, 1, 1)
    assert sum(said["set_aside"].values()) == 8
    for secret in ("138", "张三"):
        assert secret not in f"{said}{found.account.as_text()}"


@pytest.mark.parametrize(
    "packed",
    [
        lambda lines: gzip.compress(b"\n".join(lines)),
        lambda lines: b"[" + b",\n".join(lines) + b"]",
        lambda lines: b"\xef\xbb\xbf" + b"\n\n".join(lines),
        lambda lines: b"\n".join(lines).decode().encode("utf-16"),
    ],
)
def test_calls_are_read_as_other_files_of_messages_are(
    tmp_path: Path, packed: Callable[[list[bytes]], bytes]
) -> None:
    lines = [json.dumps(GOOD | {"case": f"{n}"}).encode() for n in range(3)]
    file = tmp_path / "calls"
    file.write_bytes(packed(lines))
    found = rates_of_file(file, load(Settings()))
    assert (found.account.read, found.account.used, found.whole.calls) == (3, 3, 3)


def test_files_without_a_call_are_told_by_what_they_are(tmp_path: Path) -> None:
    for text, why in (("", "holds no rows"), ('{"a": 1}\n', "none of 1 rows can be used")):
        (tmp_path / "calls").write_text(text)
        with pytest.raises(NothingUsed, match=why):
            rates_of_file(tmp_path / "calls", load(Settings()))
    with pytest.raises(InputError, match="is a folder"):
        rates_of_file(tmp_path, load(Settings()))


def test_invented_calls_are_as_many_as_there_are_and_all_are_used(tmp_path: Path) -> None:
    catalog = load(Settings())
    lines = list(invented_calls(catalog, START, START + DAY_MS, 3))
    assert lines == list(invented_calls(catalog, START, START + DAY_MS, 3))
    file = tmp_path / "calls.jsonl"
    file.write_bytes(b"\n".join(lines))
    found = rates_of_file(file, catalog, "month")
    assert LEAST * 0.8 <= found.whole.calls <= MOST
    assert found.account.read == found.account.used == len(lines)
    assert found.whole.rates["precise"].value == pytest.approx(0.93, abs=0.02)
    assert [group.group for group in found.groups] == ["2026-04"]
    with pytest.raises(NothingUsed, match="calls is of 2026-05"):
        rates_of_file(file, catalog, "street", "2026-05")


def test_a_city_without_a_plan_and_a_missing_file_are_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"has no hotline.yaml"):
        rates_of_file(tmp_path, load(Settings(city="boston")))
    with pytest.raises(InputError, match="no such file"):
        rates_of_file(tmp_path / "none", load(Settings()))


def test_weights_that_do_not_add_up_are_refused() -> None:
    with pytest.raises(ValueError, match="add up to 1"):
        HotlinePlan(source="test", response=0.5, solved=0.5, satisfied=0.5)
