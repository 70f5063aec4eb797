"""Values of a complete pane: the messages of all partitions joined, one vector a metric."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.detect.contract import Floats
from models.messages.panes import PaneHeader, ReadingPane

Codes = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class PaneValues:
    """One metric of one complete pane over all cells that had a value; arrays of shape (n,).

    Attributes
    ----------
    cells : ndarray, int64
        15-digit codes, each once.
    values, low, high : ndarray, float64
        Mean, least and greatest value of the pane, in the metric's unit.
    """

    feed: str
    metric: str
    start_ms: int
    width_s: int
    ingested_ms: int
    cells: Codes
    values: Floats
    low: Floats
    high: Floats


def pane_values(messages: Sequence[ReadingPane]) -> list[PaneValues]:
    """Join the messages of one pane; metrics by name, those without a value are left out.

    Parameters
    ----------
    messages : sequence of ReadingPane
        At least one, of one pane of one feed.
    """
    parts: dict[str, list[Mapping[str, np.ndarray]]] = {}
    ingested_ms = 0
    for message in messages:
        ingested_ms = max(ingested_ms, message.header.ingested_ms)
        for metric, part in _by_metric(message.header, message.columns).items():
            parts.setdefault(metric, []).append(part)
    first = messages[0].header
    return [
        PaneValues(
            feed=first.feed,
            metric=metric,
            start_ms=first.start_ms,
            width_s=first.width_s,
            ingested_ms=ingested_ms,
            **{name: np.concatenate([part[name] for part in parts[metric]]) for name in _NAMES},
        )
        for metric in sorted(parts)
    ]


_NAMES = ("cells", "values", "low", "high")


def _by_metric(
    header: PaneHeader, columns: Mapping[str, np.ndarray]
) -> dict[str, Mapping[str, np.ndarray]]:
    """Split the rows of a message by metric, values in the metric's unit."""
    resolution = np.array(header.resolutions)[columns["metric"]]
    values = {
        "cells": columns["cell"],
        "values": columns["sum"] / np.maximum(columns["count"], 1) * resolution,
        "low": columns["min"] * resolution,
        "high": columns["max"] * resolution,
    }
    found: dict[str, Mapping[str, np.ndarray]] = {}
    for number, metric in enumerate(header.metrics):
        rows = (columns["metric"] == number) & (columns["count"] > 0)
        if rows.any():
            found[metric] = {name: column[rows] for name, column in values.items()}
    return found
