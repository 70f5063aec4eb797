"""Clusters from day to day: told when new or joined, silent otherwise."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from models.detect.clusters.cluster_tracking import QUIET_DAYS, TrackedCluster, track


def cases(text: str) -> frozenset[str]:
    return frozenset(text)


def test_cluster_is_told_once_until_a_case_joins() -> None:
    known, news = track([], [cases("abc")], 10)
    assert [(n.is_new, n.joined, n.followed.number) for n in news] == [(True, cases("abc"), 1)]
    known, news = track(known, [cases("abc")], 11)
    assert news == []
    known, news = track(known, [cases("bcd")], 12)
    assert [(n.is_new, n.joined, n.followed.number) for n in news] == [(False, cases("d"), 1)]
    assert known == [TrackedCluster(number=1, cases=cases("abcd"), first_day=10, last_day=12)]


def test_losing_a_case_is_no_news_and_it_is_not_new_when_it_comes_back() -> None:
    known, _ = track([], [cases("abcd")], 1)
    known, news = track(known, [cases("abc")], 2)
    assert news == []
    assert track(known, [cases("abcd")], 3)[1] == []


def test_quiet_cluster_is_forgotten_and_its_number_is_not_given_again() -> None:
    known, _ = track([], [cases("abc")], 1)
    still, _ = track(known, [], 1 + QUIET_DAYS)
    assert [each.number for each in still] == [1]
    gone, news = track(still, [cases("abc")], 2 + QUIET_DAYS)
    assert [each.number for each in gone] == [2]
    assert news[0].is_new
    assert track([], [cases("x")], 99, named=7)[0][0].number == 8


def test_cluster_continues_the_one_it_shares_most_with() -> None:
    known, _ = track([], [cases("abc"), cases("wxyz")], 1)
    _, news = track(known, [cases("cwxyz")], 2)
    assert [(n.followed.number, n.joined) for n in news] == [(2, cases("c"))]


def test_oldest_of_equals_is_continued() -> None:
    known, _ = track([], [cases("ab"), cases("cd")], 1)
    _, news = track(known, [cases("bce")], 2)
    assert [n.followed.number for n in news] == [1]


@given(
    st.lists(
        st.lists(st.frozensets(st.sampled_from("abcdefgh"), min_size=1), max_size=3), max_size=8
    )
)
def test_every_case_in_a_cluster_is_told_exactly_while_it_is_followed(
    days: list[list[frozenset[str]]],
) -> None:
    known: list[TrackedCluster] = []
    for day, found in enumerate(days):
        before = {case for each in known for case in each.cases}
        known, news = track(known, found, day)
        told = {case for item in news for case in item.joined}
        assert {case for each in found for case in each} - before <= told
        assert all(item.joined <= item.followed.cases for item in news)
        assert [each.number for each in known] == sorted({each.number for each in known})
        repeated = track(known, found, day)[1]
        assert all(not item.is_new for item in repeated)
