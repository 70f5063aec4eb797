"""Colours of the wall as people with a colour vision deficiency see them.

Simulated by Machado, Oliveira and Fernandes, "A physiologically-based model for simulation of color
vision deficiency" (IEEE TVCG 15(6), 2009), severity 1.0; distances in CIE L*a*b* (CIE 1976).
"""

from __future__ import annotations

from itertools import combinations, pairwise

import numpy as np
import pytest
from numpy.typing import NDArray

from dashboards.figures import event_map, style

Colour = NDArray[np.float64]

SEEN_BY = {
    "everybody": np.eye(3),
    "protanopia": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deuteranopia": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "tritanopia": np.array(
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ]
    ),
}
APART = 10.0  # in L*a*b*; about 2.3 can just be told apart side by side
NEAR_GREY = "#1d2125"  # ground of a panel

every_vision = pytest.mark.parametrize("vision", SEEN_BY)


def lab(colour: str, vision: str) -> Colour:
    """L*a*b* (D65) of a colour `#rrggbb` as a vision sees it."""
    coded = np.array([int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)])
    linear = np.where(coded <= 0.04045, coded / 12.92, ((coded + 0.055) / 1.055) ** 2.4)
    seen = np.clip(SEEN_BY[vision] @ linear, 0, 1)
    to_xyz = np.array(
        [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    )
    ratio = (to_xyz @ seen) / np.array([0.9505, 1.0, 1.089])
    f = np.where(ratio > 0.008856, np.cbrt(ratio), 7.787 * ratio + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def distance(one: str, other: str, vision: str) -> float:
    return float(np.linalg.norm(lab(one, vision) - lab(other, vision)))


def test_the_simulation_makes_red_and_green_alike_for_those_without_red_or_green() -> None:
    red, green = "#b05050", "#508850"
    assert distance(red, green, "everybody") > 4 * distance(red, green, "deuteranopia")


@every_vision
def test_the_scale_of_values_grows_lighter_for_every_vision(vision: str) -> None:
    lightness = [lab(colour, vision)[0] for _, colour in style.SEQUENTIAL]
    assert all(later - earlier > 5 for earlier, later in pairwise(lightness))


@every_vision
def test_both_sides_of_the_ratio_stand_apart_from_normal_and_from_each_other(vision: str) -> None:
    colours = [colour for _, colour in style.RATIO]
    for one, other in combinations((colours[0], colours[2], colours[-1]), 2):
        assert distance(one, other, vision) > 2 * APART
    for colour in colours:
        assert distance(colour, NEAR_GREY, vision) > APART


@every_vision
def test_levels_stand_apart_from_the_ground_and_next_levels_by_their_marks(vision: str) -> None:
    """Orange and red are near each other for some: shape and numeral tell them, never colour."""
    for colour in style.LEVELS.values():
        assert distance(colour, NEAR_GREY, vision) > 4 * APART
    marks = (event_map.CALM, event_map.OPEN, event_map.OVERDUE)
    assert len(set(marks)) == 3
    blue, yellow, *warm = style.LEVELS.values()
    for colour in warm:
        assert distance(blue, colour, vision) > APART
        assert distance(blue, yellow, vision) > APART


@every_vision
def test_lines_that_are_compared_stand_apart_from_paper_band_and_each_other(vision: str) -> None:
    for colour, _ in style.SERIES:
        assert distance(colour, style.PAPER, vision) > 3 * APART
        assert distance(colour, style.BAND, vision) > 2 * APART
    for (one, _), (other, _) in combinations(style.SERIES, 2):
        assert distance(one, other, vision) > APART
    assert len({dashes for _, dashes in style.SERIES}) == len(style.SERIES)  # never colour alone
