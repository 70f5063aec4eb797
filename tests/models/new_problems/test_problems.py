"""New problems: what is seeded is proposed soon, what merely grows is not, and people decide."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from models.new_problems.discovery import ProblemFinder, ProposedClass
from models.new_problems.growth import LEAST_PAST_DAYS, ProblemReport, WordGrowth
from models.new_problems.review import (
    Reviewed,
    UnknownProblem,
    category_at,
    dismissed,
    merged,
    named,
    with_found,
)
from models.new_problems.segment import words

BEGINS = 60


def reports(days: int, *, new_a_day: float = 0.0, grows: str = "") -> list[ProblemReport]:
    """Reports of three classes with words of their own; a new kind from a day on, ever more."""
    rng = np.random.default_rng(7)
    own = {"lamp": "路灯 熄灭 灯杆", "bin": "果皮箱 破损 满溢", "road": "路面 塌陷 积水"}
    filler = [f"w{chr(97 + n // 26)}{chr(97 + n % 26)}" for n in range(120)]
    made = []
    for day in range(days):
        for code, text in own.items():
            factor = 6 if code == grows and day >= BEGINS else 1
            for number in range(rng.poisson(8 * factor)):
                mine = set(rng.choice(text.split(), 2, replace=False)) | set(rng.choice(filler, 3))
                made.append(_report(f"{code}{day}-{number}", day, code, mine))
        ahead = max(day - BEGINS, 0) / 14
        for number in range(rng.poisson(new_a_day * ahead)):
            mine = {"共享", "单车"} | set(rng.choice(filler, 2))
            made.append(_report(f"new{day}-{number}", day, "", mine))
    return made


def _report(case: str, day: int, category: str, mine: set[str]) -> ProblemReport:
    words_ = frozenset(map(str, mine))
    return ProblemReport(case=case, day=day, category=category, street="110101001", words=words_)


@cache
def found_in_time() -> tuple[ProposedClass, ...]:
    finder = ProblemFinder()
    return tuple(finder.run(reports(100, new_a_day=2.5)))


def test_a_seeded_kind_is_proposed_within_14_days_and_once() -> None:
    (problem,) = found_in_time()
    assert set(problem.words) >= {"共享", "单车"}
    assert 0 <= problem.first_day - BEGINS <= 14
    assert problem.streets == {"110101001": problem.reports}


@pytest.mark.parametrize("grows", ["", "lamp"])
def test_chance_and_a_known_class_that_grows_propose_nothing(grows: str) -> None:
    assert list(ProblemFinder().run(reports(100, grows=grows))) == []


def test_what_was_proposed_is_renewed_and_not_proposed_again() -> None:
    finder = ProblemFinder(found_in_time())
    assert list(finder.run(reports(100, new_a_day=2.5))) == []
    assert len(finder.problems) == 1


def test_without_a_past_nothing_grows() -> None:
    growth = WordGrowth()
    for day in range(LEAST_PAST_DAYS + 6):
        growth.add(day, [_report(f"{day}-{n}", day, "", {"新词"}) for n in range(day)])
        assert growth.growing(day) == []


def test_words_leave_numbers_and_asking_behind() -> None:
    assert words("市民反映 13800000000 张三 路灯熄灭 110101199001011234") >= {"路灯", "熄灭"}
    found = words("希望有关部门处理13800000000，a1 b2。")
    assert not any(character.isdigit() for word in found for character in word)
    assert words("") == frozenset()


def a(name: str, *mine: str) -> ProposedClass:
    return ProposedClass(
        id=name, words=list(mine), first_day=5, last_day=6, reports=9, streets={}, cases=[]
    )


def queue() -> list[Reviewed]:
    return with_found([], [a("1", "共享", "单车"), a("2", "单车", "扎堆")])


def test_a_named_problem_is_a_class_from_its_day_on() -> None:
    made = named(queue(), "1", "E0601", {"zh": "单车", "en": "Bikes"}, 10)
    mine = ["共享", "单车", "门口"]
    assert [category_at(made, mine, day) for day in (9, 10)] == ["", "E0601"]
    assert category_at(made, ["单车"], 10) == "", "one word alone is not it"
    with pytest.raises(UnknownProblem):
        dismissed(made, "1", "no")


def test_a_merged_problem_hands_its_words_over_and_a_verdict_outlives_a_search() -> None:
    made = merged(queue(), "2", "1")
    assert made[0].problem.words == ["共享", "单车", "扎堆"]
    assert (made[1].verdict, made[1].into) == ("merged", "1")
    put_away = dismissed(made, "1", "a fashion")
    again = with_found(put_away, [a("1", "共享", "单车", "乱停")])
    assert (again[0].verdict, again[0].problem.words[-1]) == ("dismissed", "乱停")
    for name, into in (("1", "1"), ("1", "9"), ("9", "1")):
        with pytest.raises(UnknownProblem):
            merged(queue(), name, into)
