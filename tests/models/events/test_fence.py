"""Where the objects of an event lie: edges, buffers in metres, and a change in the middle."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from pathlib import Path
from time import perf_counter

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from config.events import Place, SpecialEvent
from config.loader import load
from config.settings import Settings
from models.events.fence import EventFence, instant
from models.events.tagging import EventTagger
from models.grid.projection import LocalProjection
from models.timing.zone import zone_of
from tests.models.events.event_town import EVENT, GATE, LATER_GATE, town_with

SHANGHAI = zone_of("Asia/Shanghai")


@pytest.fixture(scope="module")
def fence(tmp_path_factory: pytest.TempPathFactory) -> EventFence:
    event = town_with(tmp_path_factory.mktemp("town"), fair=EVENT).events["fair"]
    return EventFence(event, SHANGHAI)


def at(fence: EventFence, text: str) -> int:
    return int(np.datetime64(text, "ms").astype(np.int64)) - 8 * 3_600_000


def test_a_place_moves_at_its_time_and_not_a_millisecond_before(fence: EventFence) -> None:
    moves_ms = at(fence, "2024-03-05")
    before, after = fence.epoch_number(moves_ms - 1), fence.epoch_number(moves_ms)
    assert (before, after) == (0, 1)
    assert fence.objects_holding(*GATE, before) == [0, 1]  # the gate stands on the road
    assert fence.objects_holding(*GATE, after) == [1]
    assert fence.objects_holding(*LATER_GATE, before) == []
    assert fence.objects_holding(*LATER_GATE, after) == [0]
    assert fence.epoch_number(0) == 0  # the first one serves earlier times


def test_phases_are_half_open(fence: EventFence) -> None:
    kinds = {
        text: phase and phase.kind.value
        for text in (
            "2024-02-29T23:59:59.999",
            "2024-03-01",
            "2024-03-02",
            "2024-03-03",
            "2024-03-05T23:59:59.999",
            "2024-03-06",
            "2024-03-07",
        )
        for phase in [fence.phase_at(at(fence, text))]
    }
    assert list(kinds.values()) == [None, "rehearsal", None, "live", "live", "stand-down", None]


@given(
    metres=st.floats(0, 300),
    angle=st.floats(0, 2 * np.pi),
)
def test_a_buffer_is_in_metres_in_every_direction(metres: float, angle: float) -> None:
    place = Place(point=GATE, buffer_m=100)
    fence = EventFence(_event_at(place), SHANGHAI)
    plane = LocalProjection(*GATE)
    lon, lat = plane.to_degrees(
        np.array([metres * np.cos(angle)]), np.array([metres * np.sin(angle)])
    )
    inside = bool(fence.objects_holding(float(lon[0]), float(lat[0]), 0))
    if metres <= 99.5:  # an arc is drawn by chords
        assert inside
    elif metres > 100.01:
        assert not inside


@cache
def _olympics() -> SpecialEvent:
    return load(Settings()).events["olympics-2008"]


def _event_at(place: Place) -> SpecialEvent:
    event = _olympics()
    only = event.objects[0].model_copy(update={"places": (place,)})
    return event.model_copy(update={"objects": (only,)})


def test_the_edge_of_a_ring_belongs_to_it() -> None:
    ring = ((116.40, 39.90), (116.41, 39.90), (116.41, 39.91), (116.40, 39.91))
    fence = EventFence(_event_at(Place(ring=ring)), SHANGHAI)
    assert fence.objects_holding(116.40, 39.905, 0) == [0]
    assert fence.objects_holding(116.40, 39.90, 0) == [0]
    assert fence.objects_holding(116.3999, 39.905, 0) == []


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_a_point_that_is_none_lies_nowhere(fence: EventFence, bad: float) -> None:
    assert fence.objects_holding(bad, 39.905, 0) == []
    assert fence.objects_holding(116.405, bad, 0) == []


def test_the_join_equals_a_plain_one_and_is_fast_enough() -> None:
    """It reaches 50,000 points a second against 500 shapes; less is asked of a busy machine."""
    rng = np.random.default_rng(3)
    ring = [Place(point=(x, y), buffer_m=150) for x, y in rng.uniform(0, 0.2, (500, 2))]
    base = _event_at(ring[0])
    objects = tuple(
        base.objects[0].model_copy(update={"id": f"o{n}", "places": (place,)})
        for n, place in enumerate(ring)
    )
    fence = EventFence(base.model_copy(update={"objects": objects}), SHANGHAI)
    lon, lat = rng.uniform(0, 0.2, (2, 20_000))
    began = perf_counter()
    point, found = fence.join(lon, lat, 0)
    assert perf_counter() - began < 2
    some = rng.integers(0, 20_000, 50)
    for number in some.tolist():
        plain = [
            index
            for index, shape in enumerate(fence.shapes_at(0))
            if shapely.intersects_xy(shape, lon[number], lat[number])
        ]
        assert found[point == number].tolist() == plain


def test_a_local_time_that_never_was_is_taken_by_the_offset_before() -> None:
    new_york = zone_of("America/New_York")
    assert instant(datetime(2024, 3, 10, 2, 30), new_york) == 1_710_055_800_000  # noqa: DTZ001


def test_a_case_without_coordinates_stands_at_the_centre_of_its_cell(tmp_path: Path) -> None:
    catalog = town_with(tmp_path, fair=EVENT)
    tagger = EventTagger(catalog)
    live_ms = 1_709_395_200_000  # 2024-03-03 00:00
    grid = catalog.grid_at(catalog.streets[0].valid_from)
    cell = str(grid.codes[grid.locate(np.array([GATE[0]]), np.array([GATE[1]]))[0]])
    assert [tag.objects for tag in tagger.tags(None, None, cell, live_ms)] == [("gate", "road")]
    assert tagger.tags(None, None, "", live_ms) == ()
    assert tagger.tags(None, None, "990001001999999", live_ms) == ()
    assert tagger.tags(*GATE, cell, live_ms - 1) == ()  # between the phases
