"""Series of many makes with known anomalies, to compare scoring methods on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.detect.contract import Floats

LENGTH: Final = 3000
LEAD: Final = 300  # values before which nothing is injected


@dataclass(frozen=True, kw_only=True)
class Labelled:
    """A series with its labels.

    Attributes
    ----------
    make : str
        Name of the kind of series.
    values : float64, shape (n,)
    labels : bool, shape (n,)
        Which values are anomalous.
    """

    make: str
    values: Floats
    labels: NDArray[np.bool_]


def labelled(seed: int, repeats: int, n: int = LENGTH) -> Iterator[Labelled]:
    """Give `repeats` series of each make, with one to four anomalies each."""
    for repeat in range(repeats):
        rng = np.random.default_rng([seed, repeat])
        for make, (values, period) in _series(rng, n).items():
            yield _spoiled(rng, make, values, period)


def _series(rng: np.random.Generator, n: int) -> dict[str, tuple[Floats, int]]:
    """One series of each make, with its rhythm in values."""
    time = np.arange(n)
    day, beat = int(rng.choice([24, 48, 96, 144, 288])), int(rng.integers(20, 300))
    wave = np.sin(2 * np.pi * time / day) + 0.5 * np.sin(4 * np.pi * time / day + rng.uniform(0, 6))
    week = 1 - 0.25 * (time // day % 7 >= 5)
    memory = _remembering(rng, n, float(rng.uniform(0.5, 0.97)))
    pulse = np.interp(
        time % beat / beat, [0, 0.1, 0.2, 0.25, 0.3, 0.6, 1], [0, 0.2, 2.5, -0.8, 0, 0.6, 0]
    )
    return {
        "noise": (rng.normal(size=n), 1),
        "remembering": (memory, 1),
        "random walk": (np.cumsum(rng.normal(0, 0.2, n)), 1),
        "daily and weekly": (3 * wave * week + rng.normal(0, 0.4, n), day),
        "daily with trend": (2 * wave + time * rng.uniform(-5, 5) / n + 0.5 * memory, day),
        "pulse": (pulse + rng.normal(0, 0.05, n), beat),
        "sine": (np.sin(2 * np.pi * time / beat) + rng.normal(0, 0.05, n), beat),
        "counts": (rng.poisson(np.exp(1.5 + 0.8 * wave)).astype(np.float64), day),
        "few counts": (rng.poisson(0.3, n).astype(np.float64), 1),
        "spiky": (np.abs(memory) * 0.3 + rng.pareto(2.5, n) * 0.3, 1),
        "on and off": ((time % beat < beat * 0.4) + rng.normal(0, 0.02, n), beat),
        "steps": (np.repeat(rng.integers(0, 5, n // 40 + 1), 40)[:n].astype(np.float64), 1),
        "load": (np.clip(20 + 3 * memory + (rng.random(n) < 0.01) * 10, 0, 100), 1),
    }


def _remembering(rng: np.random.Generator, n: int, memory: float) -> Floats:
    values = rng.normal(size=n)
    for which in range(1, n):
        values[which] = memory * values[which - 1] + np.sqrt(1 - memory**2) * values[which]
    return values


def _spoiled(rng: np.random.Generator, make: str, values: Floats, period: int) -> Labelled:
    spoiled, labels = values.copy(), np.zeros(values.size, dtype=np.bool_)
    step = 1.5 * np.median(np.abs(np.diff(values))) + 0.25 * values.std()
    for _ in range(int(rng.integers(1, 5))):
        event = EVENTS[int(rng.integers(len(EVENTS)))]
        start = int(rng.integers(values.size // 4, values.size - 300))
        size = float(rng.choice([-1, 1]) * rng.uniform(3, 8) * step)
        length = event(rng, spoiled[start : start + max(int(rng.integers(20, 200)), period)], size)
        labels[start : start + length] = True
    return Labelled(make=make, values=spoiled, labels=labels)


def _spike(rng: np.random.Generator, part: Floats, size: float) -> int:
    length = int(rng.integers(1, 4))
    part[:length] += size
    return length


def _shift(rng: np.random.Generator, part: Floats, size: float) -> int:
    part += 0.7 * size
    return part.size


def _drift(rng: np.random.Generator, part: Floats, size: float) -> int:
    part += size * np.linspace(0, 1, part.size)
    return part.size


def _noise(rng: np.random.Generator, part: Floats, size: float) -> int:
    part += rng.normal(0, 0.5 * abs(size), part.size)
    return part.size


def _stuck(rng: np.random.Generator, part: Floats, size: float) -> int:
    part[:] = part[0]
    return part.size


def _reversed(rng: np.random.Generator, part: Floats, size: float) -> int:
    part[:] = part[::-1].copy()
    return part.size


def _flattened(rng: np.random.Generator, part: Floats, size: float) -> int:
    part[:] = 0.5 * part + 0.5 * part.mean()
    return part.size


EVENTS: Final[tuple[Callable[[np.random.Generator, Floats, float], int], ...]] = (
    _spike,
    _spike,
    _shift,
    _drift,
    _noise,
    _stuck,
    _reversed,
    _flattened,
)
