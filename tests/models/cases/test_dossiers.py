"""Dossiers: one place, several departments, each with its share and clock, and no more."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from models.cases.dossiers import PlacedCase, dossiers
from models.timing.units import DAY_MS

HERE, THERE = "110101001001001", "110101001001002"


def case(
    name: str, department: str, *, cell: str = HERE, day: int = 0, due: int | None = None
) -> PlacedCase:
    return PlacedCase(
        case=name,
        cell=cell,
        department=department,
        category="E0101",
        began_ms=day * DAY_MS,
        due_ms=due,
    )


def test_each_department_has_its_cases_and_the_earliest_limit_of_them() -> None:
    (one,) = dossiers(
        [
            case("1", "water", due=50),
            case("2", "traffic", day=3, due=40),
            case("3", "water", day=5, due=30),
            case("4", "water", cell=THERE),
        ]
    )
    assert [(s.department, s.due_ms, len(s.cases)) for s in one.shares] == [
        ("water", 30, 2),
        ("traffic", 40, 1),
    ]
    assert (one.id, one.cases) == (f"{HERE}-1", 3)


def test_cases_of_one_department_or_too_far_apart_are_no_dossier() -> None:
    assert dossiers([case("1", "water"), case("2", "water")]) == []
    assert dossiers([case("1", "water"), case("2", "traffic", day=15)]) == []
    assert len(dossiers([case("1", "water"), case("2", "traffic", day=14)])) == 1
    assert dossiers([case("1", ""), case("2", "water"), case("3", "traffic", cell="")]) == []


def test_a_department_sees_its_own_share_alone() -> None:
    (one,) = dossiers([case("1", "water"), case("2", "traffic")])
    seen = one.seen_by(["traffic"])
    assert seen is not None
    assert [share.department for share in seen.shares] == ["traffic"]
    assert (seen.id, seen.first_ms) == (f"{HERE}-2", 0), "the number of a water case is not told"
    assert one.seen_by(["gas"]) is None


def test_what_was_due_before_the_newest_event_is_overdue_and_what_is_held_has_no_clock() -> None:
    some = [case("1", "water", due=50), case("2", "traffic", due=51), case("3", "gas")]
    (one,) = dossiers(some, now_ms=51)
    assert {s.department: s.is_overdue for s in one.shares} == {
        "water": True, "traffic": False, "gas": False
    }  # fmt: skip


@given(
    st.lists(
        st.tuples(st.sampled_from("abc"), st.sampled_from([HERE, THERE]), st.integers(0, 60)),
        max_size=20,
    )
)
def test_no_case_is_in_two_dossiers_and_every_dossier_has_two_departments(
    rows: list[tuple[str, str, int]],
) -> None:
    some = [case(str(n), d, cell=cell, day=day) for n, (d, cell, day) in enumerate(rows)]
    found = dossiers(some)
    named = [each.case for one in found for share in one.shares for each in share.cases]
    assert len(named) == len(set(named))
    assert all(len(one.shares) > 1 for one in found)
