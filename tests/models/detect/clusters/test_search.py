"""The search finds what a plain exhaustive one finds, to the last digits."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from models.detect.clusters.scan_models import (
    BernoulliModel,
    PermutationModel,
    PoissonModel,
    ScanModel,
)
from models.detect.clusters.search import ScanSearch
from models.detect.clusters.zones import zones_around
from tests.models.detect.clusters.exhaustive import windows

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@st.composite
def studies(draw: Any) -> tuple[ScanModel, Floats, Floats]:
    """Few places, some at the same point or equally far, with few cases of any model."""
    places, steps = draw(st.integers(1, 7)), draw(st.integers(1, 6))
    metres = st.lists(st.integers(0, 6), min_size=places, max_size=places)
    x_m, y_m = (np.array(draw(metres), dtype=np.float64) * 100 for _ in range(2))
    kind = draw(st.sampled_from([PermutationModel, PoissonModel, BernoulliModel]))
    earliest = -3 if kind is PermutationModel else 0
    some = st.tuples(st.integers(0, places - 1), st.integers(earliest, steps - 1))
    place, step = _columns(draw(st.lists(some, min_size=2, max_size=30)))
    given_: dict[str, Any] = {"place": place, "step": step, "places": places, "steps": steps}
    if kind is PoissonModel:
        numbers = st.lists(st.integers(1, 9), min_size=places * steps, max_size=places * steps)
        people = np.array(draw(numbers), dtype=np.float64).reshape(places, steps)
        given_ |= {"people": people, "shares": np.eye(steps)}
        if draw(st.booleans()):
            given_ |= {"people": people[:, :1], "shares": np.full((1, steps), 1.0)}
    if kind is BernoulliModel:
        controls = _columns(draw(st.lists(some, min_size=1, max_size=20)))
        given_ |= dict(zip(("control_place", "control_step"), controls, strict=True))
    return kind(**given_), x_m, y_m


def _columns(pairs: list[tuple[int, int]]) -> tuple[Ints, Ints]:
    table = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    return table[:, 0], table[:, 1]


@settings(max_examples=80, deadline=None)
@given(
    study=studies(),
    radius_m=st.sampled_from([0.0, 150.0, 400.0, 2000.0]),
    longest=st.integers(1, 6),
    every_end=st.booleans(),
)
def test_best_window_is_that_of_an_exhaustive_search(
    study: tuple[ScanModel, Floats, Floats], radius_m: float, longest: int, every_end: bool
) -> None:
    model, x_m, y_m = study
    zones = zones_around(x_m, y_m, radius_m)
    search = ScanSearch(model, zones, longest=longest, every_end=every_end)
    best = search.maximum(model.place, model.step)
    plain = list(
        windows(model, x_m.tolist(), y_m.tolist(), radius_m, longest=longest, every_end=every_end)
    )
    most = max((window[0] for window in plain), default=0.0)
    if best is None:
        assert most < 1e-5
        return
    assert best.llr == pytest.approx(most, rel=1e-9, abs=1e-9)
    zone = frozenset(search.zones.members(best.pair).tolist())
    equal = [each[1:] for each in plain if each[0] >= most - 1e-8]
    assert (zone, best.first, best.end) in equal
    assert search.strongest(model.place, model.step, bar=best.llr * 0.999) == best
    assert search.strongest(model.place, model.step, bar=best.llr * 1.001) is None


@pytest.mark.parametrize("every_end", [False, True])
def test_dense_cases_need_several_digits_of_a_count(every_end: bool) -> None:
    """Hundreds of cases in a zone leave room for few groups of lengths."""
    random = np.random.default_rng(5)
    place, step = random.integers(0, 12, 900), random.integers(0, 40, 900)
    place, step = np.append(place, np.full(25, 3)), np.append(step, np.full(25, 39))
    x_m, y_m = random.uniform(0, 1000, (2, 12))
    model = PermutationModel(place=place, step=step, places=12, steps=40)
    search = ScanSearch(model, zones_around(x_m, y_m, 400.0), longest=20, every_end=every_end)
    best = search.maximum(place, step)
    assert best is not None
    plain = _dense(model, x_m, y_m, 400.0, longest=20, every_end=every_end)
    assert best.llr == pytest.approx(plain, rel=1e-9)
    assert (best.first, best.end, search.zones.members(best.pair).tolist()) == (39, 40, [3])


def _dense(
    model: PermutationModel, x_m: Floats, y_m: Floats, radius_m: float, **limits: Any
) -> float:
    found = windows(model, x_m.tolist(), y_m.tolist(), radius_m, **limits)
    return max(window[0] for window in found)
