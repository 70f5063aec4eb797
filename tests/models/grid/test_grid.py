from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from models.grid.grid import Grid
from models.grid.projection import LocalProjection
from models.grid.surveyed import from_outlines
from models.grid.synthetic import Area, StreetSeed, anchor_of, generate

WEST = [(116.40, 39.90), (116.41, 39.90), (116.41, 39.92), (116.40, 39.92)]
EAST = [(116.41, 39.90), (116.42, 39.90), (116.42, 39.92), (116.41, 39.92)]
STREETS = [StreetSeed(990001001, 116.405, 39.905), StreetSeed(990001002, 116.405, 39.915)]
ANCHOR = anchor_of([WEST, EAST])


def town(*areas: Area, community_cells: int = 20) -> Grid:
    return generate(areas or [Area(WEST, STREETS)], ANCHOR, 100.0, community_cells)


TOWN = town()


def one(value: float) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.array([value])


def surveyed() -> Grid:
    """Two rows of three rectangles, codes from the north-west, given out of order."""
    boxes = {
        990001001001001 + 3 * row + column: shapely.box(column, -row, column + 1, 1 - row)
        for row in range(2)
        for column in range(3)
    }
    codes = np.array(list(boxes)[::-1])
    return from_outlines(codes, np.array(list(boxes.values())[::-1], dtype=np.object_))


def test_every_centre_lies_in_its_own_cell() -> None:
    assert np.array_equal(TOWN.locate(TOWN.lon, TOWN.lat), np.arange(len(TOWN)))


@given(st.integers(0, len(TOWN) - 1), st.floats(-49.99, 49.99), st.floats(-49.99, 49.99))
def test_a_point_inside_a_cell_is_found(at: int, east_m: float, north_m: float) -> None:
    lon, lat = TOWN.projection.to_degrees(TOWN.x_m[[at]] + east_m, TOWN.y_m[[at]] + north_m)
    assert TOWN.locate(lon, lat).tolist() == [at]


def test_a_cell_holds_its_west_and_south_edges() -> None:
    grid = Grid(
        codes=np.array([990001001001001, 990001001001002]),
        lon=np.array([0.5, 1.5]),
        lat=np.array([0.5, 0.5]),
        x_m=np.array([0.5, 1.5]),
        y_m=np.array([0.5, 0.5]),
        column=np.array([0, 1], dtype=np.int32),
        row=np.array([0, 0], dtype=np.int32),
        cell_m=LocalProjection(0.0, 0.0).metres_per_degree[0],
        synthetic=True,
        projection=LocalProjection(0.0, 0.0),
    )
    lon = np.array([0.0, 1.0, 2.0, 0.5])
    lat = np.array([0.5, 0.5, 0.5, 0.0])
    assert grid.locate(lon, lat).tolist() == [0, 1, -1, 0]


@pytest.mark.parametrize(
    ("lon", "lat"),
    [
        (116.30, 39.91),
        (116.405, 40.5),
        (39.91, 116.405),
        (-0.1, -1.1),
        (np.nan, 39.91),
        (116.405, np.inf),
        (-np.inf, -np.inf),
        (1e300, -1e300),
    ],
)
@pytest.mark.parametrize("grid", [TOWN, surveyed()], ids=["synthetic", "surveyed"])
def test_what_is_no_place_in_the_city_is_outside(grid: Grid, lon: float, lat: float) -> None:
    assert grid.locate(one(lon), one(lat)).tolist() == [-1]


def test_no_points_give_no_cells() -> None:
    none = np.empty(0)
    assert len(TOWN.locate(none, none)) == 0
    assert len(surveyed().locate(none, none)) == 0


@given(st.integers(0, 10**15))
def test_a_code_is_found_or_unknown(code: int) -> None:
    at = int(TOWN.index_of(np.array([code]))[0])
    assert (at >= 0) == (code in set(TOWN.codes.tolist()))
    assert at < 0 or TOWN.codes[at] == code


def test_codes_ascend_and_are_found() -> None:
    assert (np.diff(TOWN.codes) > 0).all()
    assert np.array_equal(TOWN.index_of(TOWN.codes), np.arange(len(TOWN)))
    beyond = np.array([TOWN.codes[-1] + 1, TOWN.codes[0] - 1])
    assert TOWN.index_of(beyond).tolist() == [-1, -1]


def test_cells_are_numbered_west_to_east_and_north_to_south() -> None:
    for community in np.unique(TOWN.codes // 1000):
        members = np.flatnonzero(TOWN.codes // 1000 == community)
        assert (TOWN.codes[members] % 1000).tolist() == list(range(1, len(members) + 1))
        places = list(
            zip((-TOWN.row[members]).tolist(), TOWN.column[members].tolist(), strict=True)
        )
        assert places == sorted(places)


def test_communities_are_numbered_from_one_and_of_like_size() -> None:
    for street in np.unique(TOWN.codes // 10**6):
        members = TOWN.codes[TOWN.codes // 10**6 == street]
        numbers, sizes = np.unique(members // 1000 % 1000, return_counts=True)
        assert numbers.tolist() == list(range(1, len(numbers) + 1))
        assert sizes.max() - sizes.min() <= 2


def test_a_cell_belongs_to_the_nearest_street() -> None:
    assert (TOWN.codes // 10**6 == np.where(TOWN.lat < 39.91, 990001001, 990001002)).all()


def test_another_area_changes_no_code() -> None:
    east = Area(EAST, [StreetSeed(990001003, 116.415, 39.91)])
    both = town(Area(WEST, STREETS), east)
    at = both.index_of(TOWN.codes)
    assert (at >= 0).all()
    assert np.array_equal(both.x_m[at], TOWN.x_m)
    assert len(np.unique(both.column.astype(np.int64) * 10**6 + both.row)) == len(both)


def test_of_overlapping_areas_the_first_takes_a_cell() -> None:
    twice = town(Area(WEST, STREETS), Area(WEST + EAST, [StreetSeed(990001003, 116.415, 39.91)]))
    assert np.array_equal(twice.codes[: len(TOWN)], TOWN.codes)


def test_an_area_without_a_cell_is_refused() -> None:
    with pytest.raises(ValueError, match="an area holds no cell"):
        town(Area(WEST, STREETS), Area(WEST, STREETS))


def test_a_street_without_a_cell_is_refused() -> None:
    with pytest.raises(ValueError, match="street 990001009 gets no cell"):
        town(Area(WEST, [*STREETS, StreetSeed(990001009, 117.0, 39.9)]))


def test_more_cells_than_three_digits_number_are_refused() -> None:
    ring = [(116.40, 39.90), (116.45, 39.90), (116.45, 39.95), (116.40, 39.95)]
    with pytest.raises(ValueError, match="three digits number at most 999"):
        generate([Area(ring, STREETS[:1])], anchor_of([ring]), 100.0, 1)


def test_neighbours_are_mutual() -> None:
    north, east, south, west = TOWN.neighbours.T
    for there, back in ((north, south), (east, west)):
        known = np.flatnonzero(there >= 0)
        assert np.array_equal(back[there[known]], known)
    known = np.flatnonzero(north >= 0)
    assert np.allclose(TOWN.y_m[north[known]] - TOWN.y_m[known], 100)


def test_surveyed_cells_are_found_and_a_shared_edge_belongs_to_the_lowest_code() -> None:
    grid = surveyed()
    assert (np.diff(grid.codes) > 0).all()
    assert not grid.synthetic
    assert np.array_equal(grid.locate(grid.lon, grid.lat), np.arange(6))
    edge, corner, outside = (1.0, 0.5), (1.0, 0.0), (3.1, 0.5)
    lon, lat = np.array([edge, corner, outside]).T
    assert grid.locate(lon, lat).tolist() == [0, 0, -1]
    assert grid.neighbours[0].tolist() == [-1, 1, 3, -1]


@given(st.floats(-0.08, 0.08), st.floats(-0.08, 0.08))
def test_the_plane_is_true_to_the_ellipsoid(east: float, north: float) -> None:
    plane = LocalProjection(116.4, 39.9)
    x_m, y_m = plane.to_metres(one(116.4 + east), one(39.9 + north))
    true_m = Geod(ellps="GRS80").inv(116.4, 39.9, 116.4 + east, 39.9 + north)[2]
    assert np.hypot(x_m, y_m)[0] == pytest.approx(true_m, rel=0.002, abs=0.01)
    lon, lat = plane.to_degrees(x_m, y_m)
    assert lon[0] == pytest.approx(116.4 + east, abs=1e-12)
    assert lat[0] == pytest.approx(39.9 + north, abs=1e-12)
