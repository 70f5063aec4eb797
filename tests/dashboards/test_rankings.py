"""The rankings on the wall: the rate that n supports, its interval, and no group of a few cases."""

from __future__ import annotations

import msgspec
import pytest

from dashboards.common.city_index import CityIndex
from dashboards.panels.rankings import ends, ranking_rows
from models.grid.grid import Grid
from models.messages.street_summaries import RankedGroup
from models.situation.snapshot import Snapshot
from tests.dashboards import factory
from tests.dashboards.page import parts, words


@pytest.fixture
def busy(grid: Grid) -> Snapshot:
    return factory.snapshot(grid)


def group(code: str, *, rate: float = 0.9, n: int = 100, is_small: bool = False) -> RankedGroup:
    return RankedGroup(
        group=code, successes=round(rate * n), n=n, rate=rate, low=rate - 0.1, high=rate + 0.05,
        shrunk=rate - 0.02, is_small=is_small,
    )  # fmt: skip


def test_a_ranked_department_has_its_name_shrunken_rate_interval_and_n(
    busy: Snapshot, city_index: CityIndex
) -> None:
    ranked = {"department": [group("environment", n=1280)]}
    [row] = ranking_rows(msgspec.structs.replace(busy, rankings=ranked), city_index, "department")
    assert words(row) == "Environment 88 % 80 to 95 % 1,280"


def test_a_ranked_street_has_its_name(busy: Snapshot, city_index: CityIndex) -> None:
    ranked = {"street": [group("110101002")]}
    [row] = ranking_rows(msgspec.structs.replace(busy, rankings=ranked), city_index, "street")
    assert words(row).startswith("Jingshan 88 %")


def test_a_long_name_is_shortened_by_its_rule_and_told_whole_in_the_title(
    busy: Snapshot, city_index: CityIndex
) -> None:
    ranked = {"department": [group("Department of Inspectional Services")]}
    [row] = ranking_rows(msgspec.structs.replace(busy, rankings=ranked), city_index, "department")
    assert words(row).startswith("Inspe. Servic. 88 %")
    [title] = [part.title for part in parts(row) if getattr(part, "title", None)]
    assert title == "Department of Inspectional Services"


def test_both_ends_of_a_ranking_are_shown_and_small_groups_are_not() -> None:
    places = [group(f"d{n}") for n in range(7)] + [group("lucky", n=2, is_small=True)]
    assert [place.group for place in ends(places)] == ["d0", "d1", "d5", "d6"]
    assert [place.group for place in ends(places[:3])] == ["d0", "d1", "d2"]
    assert ends(places[-1:]) == []


@pytest.mark.parametrize("places", [[], [group("lucky", n=2, is_small=True)]])
def test_what_cannot_be_ranked_is_said(
    busy: Snapshot, city_index: CityIndex, places: list[RankedGroup]
) -> None:
    few = msgspec.structs.replace(busy, rankings={"street": places})
    assert words(ranking_rows(few, city_index, "street")) == "too few cases to rank"
