"""Plots are well-formed, scaled rightly, and say what they were given."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from benchmarks.quality.plot import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH, lines

SVG = "{http://www.w3.org/2000/svg}"


def places(svg: str) -> list[list[tuple[float, float]]]:
    root = ElementTree.fromstring(svg)
    return [
        [(float(pair.split(",")[0]), float(pair.split(",")[1])) for pair in line.split()]
        for line in (each.attrib["points"] for each in root.iter(f"{SVG}polyline"))
    ]


def test_ends_of_a_line_lie_in_the_corners() -> None:
    svg = lines({"a": [(10, 1.0), (0, 0.0)]}, title="t", x="x", y="y")
    assert places(svg) == [[(LEFT, HEIGHT - BOTTOM), (WIDTH - RIGHT, TOP)]]


def test_logarithmic_axis_puts_the_geometric_middle_in_the_middle() -> None:
    svg = lines({"a": [(1, 0), (10, 0), (100, 0)]}, title="t", x="x", y="y", is_log_x=True)
    left, middle, right = (x for x, _ in places(svg)[0])
    assert middle == pytest.approx((left + right) / 2)


def test_words_are_there_and_escaped() -> None:
    svg = lines({"a<b": [(1, 2)]}, title="R&D", x="x", y="y", marks={"goal": 0.8})
    words = [each.text for each in ElementTree.fromstring(svg).iter(f"{SVG}text")]
    assert {"a<b", "R&D", "x", "y", "goal"} <= set(words)


def test_value_beyond_the_axis_stays_inside() -> None:
    ((_, y),) = places(lines({"a": [(1, 7.0)]}, title="t", x="x", y="y"))[0]
    assert y == TOP


def test_nothing_to_draw_is_told() -> None:
    with pytest.raises(ValueError, match="at least one point"):
        lines({"a": []}, title="t", x="x", y="y")
