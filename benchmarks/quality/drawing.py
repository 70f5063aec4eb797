"""The figures as plots for the documentation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from benchmarks.quality import plot
from benchmarks.quality.events import SIZES, rise_name

Figures = dict[str, Any]

OURS: Final = "gridpulse score"
NAMES: Final = {"readings": "stations", "dense": "dense network"}


def plots(found: Figures) -> Iterator[tuple[str, str]]:
    """Give the name of each plot, and its SVG text."""
    if "counts" in found:
        yield "counts", _counts(found["counts"])
    if "clusters" in found:
        yield "clusters", _clusters(found["clusters"]["found_by_density"])
    if {"readings", "dense", "bound"} <= found.keys():
        yield "readings", _readings(found)
    if "series" in found:
        yield "series", _series(found["series"])


def _counts(figures: Figures) -> str:
    curves = {
        name: list(zip(figures["curve_rates"], shares, strict=True))
        for name, shares in figures["curve"].items()
    }
    return plot.lines(
        curves,
        title=f"Outbreaks found in {figures['series']} simulated series",
        x="false alarms a week and series",
        y="share of outbreaks found",
        is_log_x=True,
    )


def _clusters(rows: Sequence[Figures]) -> str:
    curves = {
        f"{extra} cases": [
            ((row["cases_a_year_from"] + row["cases_a_year_to"] - 1) / 2, row["found"][extra])
            for row in rows
            if row["found"][extra] is not None
        ]
        for extra in rows[0]["found"]
    }
    return plot.lines(
        curves,
        title="Extra cases in 300 m and 3 days that signal at 100 days",
        x="cases a year within 300 m",
        y="share found",
        marks={"goal for 8 cases": 0.8},
    )


def _readings(figures: Figures) -> str:
    curves = {}
    for record in ("dense", "readings"):
        for shape in ("step", "ramp", "bursts"):
            rows = figures[record]["events"]
            name = f"one station, {shape}, "
            curves[f"{NAMES[record]}, {shape}"] = [
                (size, rows[name + rise_name(size, is_share=True)]["found_local"]) for size in SIZES
            ]
    curves["at most, stations, step"] = [
        (size, figures["bound"][rise_name(size, is_share=True)]["found"])
        for size in SIZES
        if rise_name(size, is_share=True) in figures["bound"]
    ]
    return plot.lines(
        curves,
        title="Local rises found in two hours at one alarm a sensor-month",
        x="rise, as a share of the value",
        y="share found",
        is_log_x=True,
        marks={"goal for half more": 0.85},
    )


def _series(figures: Figures) -> str:
    makes = sorted(
        (make for make in figures[OURS] if make != "all"), key=lambda make: figures[OURS][make][0]
    )
    curves = {
        f"{name} ({by_make['all'][0]:.2f})": [
            (place + 1, by_make[make][0]) for place, make in enumerate(makes)
        ]
        for name, by_make in figures.items()
    }
    return plot.lines(
        curves,
        title="Anomalies ranked in series of 13 makes, hardest make first",
        x="make of series",
        y="area under precision and recall",
    )
