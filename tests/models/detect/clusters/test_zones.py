"""Zones against distances, one by one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from numpy.typing import NDArray

from models.detect.clusters.zones import ELLIPSES, zones_around

Floats = NDArray[np.float64]
METRES = st.integers(0, 30).map(lambda tens: tens * 100.0)


@given(
    xy=npst.arrays(np.float64, st.tuples(st.just(2), st.integers(1, 25)), elements=METRES),
    radius_m=st.sampled_from([10.0, 400.0, 1500.0, 9000.0]),
)
@settings(deadline=None)
def test_zones_hold_what_is_as_near_or_nearer(xy: Floats, radius_m: float) -> None:
    zones = zones_around(xy[0], xy[1], radius_m)
    values = np.arange(1, xy.shape[1] + 1, dtype=np.float64)
    sums = zones.prefix(values)
    away = np.hypot(xy[0][:, None] - xy[0], xy[1][:, None] - xy[1])
    for row, centre in enumerate(zones.centre.tolist()):
        pairs = range(zones.start[row], zones.start[row + 1])
        assert sorted(zones.place[pairs]) == np.flatnonzero(away[centre] <= radius_m).tolist()
        for pair in pairs:
            inside = away[centre] <= away[centre, zones.place[pair]] + 1e-7
            assert zones.members(pair).tolist() == np.flatnonzero(inside).tolist()
            assert sums[pair] == values[inside].sum()
            assert zones.row_of(pair) == row


def test_pairs_that_are_left_out_leave_the_other_zones_as_they_were() -> None:
    random = np.random.default_rng(3)
    zones = zones_around(random.uniform(0, 1000, 30), random.uniform(0, 1000, 30), 500.0)
    kept = np.concatenate(
        [np.arange(size) < keep for size, keep in zip(
            np.diff(zones.start), random.integers(0, 6, 30), strict=True
        )]
    )  # fmt: skip
    fewer = zones.only(kept)
    assert np.diff(fewer.start).max() == 5
    for pair, before in enumerate(np.flatnonzero(kept).tolist()):
        assert fewer.members(pair).tolist() == zones.members(before).tolist()
        assert fewer.row_of(pair) == zones.row_of(before)


def test_centres_are_those_that_were_asked_for() -> None:
    zones = zones_around(np.linspace(0, 400, 5), np.zeros(5), 150.0, centres=np.array([4, 0]))
    assert zones.centre.tolist() == [4, 0]
    assert zones.place.tolist() == [4, 3, 0, 1]


def test_an_ellipse_follows_a_street_that_no_circle_does() -> None:
    """Places along a street to the north-east, and others beside it."""
    along: Floats = np.linspace(-300.0, 300.0, 7)
    x_m: Floats = np.concatenate([along, along + 150])
    y_m: Floats = np.concatenate([along, along - 150])
    street = list(range(7))
    circles = zones_around(x_m, y_m, 500.0)
    ellipses = zones_around(x_m, y_m, 500.0, shapes=ELLIPSES)
    assert not any(circles.members(p).tolist() == street for p in range(len(circles.place)))
    found = [p for p in range(len(ellipses.place)) if ellipses.members(p).tolist() == street]
    turned = {ellipses.shapes[ellipses.shape[ellipses.row_of(p)]] for p in found}
    assert all(ratio > 2 and abs(degrees - 45) <= 15 for ratio, degrees in turned)
    assert found


def test_a_place_without_coordinates_is_refused() -> None:
    with pytest.raises(ValueError, match="every place of a scan needs coordinates"):
        zones_around(np.array([0.0, np.nan]), np.zeros(2), 100.0)
