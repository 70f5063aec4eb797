"""The first hundred seeds of six hours: two files, so that two processes share the seeds out."""

from __future__ import annotations

import pytest

from tests.simulation.run import Outcome, hundred, not_happened

pytestmark = pytest.mark.timeout(900)  # a minute of one core


@pytest.fixture(scope="module")
def outcomes() -> list[Outcome]:
    return hundred(0)


def test_whatever_happens_the_line_equals_a_recount(outcomes: list[Outcome]) -> None:
    assert {one.seed: one.problems for one in outcomes if one.problems} == {}


def test_every_kind_of_fault_came_about(outcomes: list[Outcome]) -> None:
    assert not_happened(outcomes) == []
