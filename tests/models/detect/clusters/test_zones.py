"""Circles of places: sums and members against distances, one by one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from numpy.typing import NDArray

from models.detect.clusters.zones import circles

Floats = NDArray[np.float64]
METRES = st.integers(0, 3000).map(float)


@given(
    xy=npst.arrays(np.float64, st.tuples(st.just(2), st.integers(1, 25)), elements=METRES),
    radius_m=st.sampled_from([10.0, 400.0, 1500.0, 9000.0]),
)
def test_zones_hold_what_lies_within_their_radius(xy: Floats, radius_m: float) -> None:
    zones = circles(xy[0], xy[1], radius_m)
    values = np.arange(1, xy.shape[1] + 1, dtype=np.float32)
    sums = zones.sums(values[:, None])[:, :, 0]
    distance = np.hypot(xy[0][:, None] - xy[0], xy[1][:, None] - xy[1])
    for ring, radius in enumerate(zones.radii_m):
        inside = distance <= radius + 1e-6
        np.testing.assert_allclose(sums[:, ring], inside @ values)
        assert zones.members(0, ring).tolist() == np.flatnonzero(inside[0]).tolist()


def test_radii_grow_from_the_place_itself_to_the_largest() -> None:
    radii = circles(np.zeros(1), np.zeros(1), 1000.0).radii_m
    assert (radii[0], radii[1], radii[-1]) == (0.0, 75.0, pytest.approx(1000.0))
    assert (np.diff(radii) > 0).all()


def test_small_largest_radius_leaves_one_ring() -> None:
    assert circles(np.zeros(2), np.array([0.0, 30.0]), 40.0).radii_m.tolist() == [0.0, 40.0]
