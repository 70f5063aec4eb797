"""Simulated weekly counts with outbreaks of known time and size, after Noufaily et al. 2013.

Statistics in Medicine 32:1206, section 4: a negative-binomial baseline with trend and up to two
harmonics; outbreaks of a size that is a multiple of the baseline's standard deviation at their
start, spread over the weeks by a log-normal delay. Four outbreaks lie in the years that a method
learns from and one in the weeks that it is tested on.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

WEEKS: Final = 624
SEASON: Final = 52
PAST: Final = (312, 545)  # starts of the outbreaks that are learned from
TESTED: Final = 575  # first week of the test
PAST_SIZES: Final = (2, 3, 5, 10)  # standard deviations
LARGEST: Final = 10  # of the outbreak in the tested weeks: 1, 2, ..., 10 standard deviations


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """Baseline exp(level + trend t + Σ cosine cos(2πjt/52) + sine sin(2πjt/52)), j to harmonics.

    Its variance is phi times its mean.
    """

    level: float
    trend: float
    cosine: float
    sine: float
    phi: float
    harmonics: int

    def mean(self) -> Floats:
        """Give the expected counts of all weeks, shape (WEEKS,)."""
        week = np.arange(1, WEEKS + 1)
        log_mean = self.level + self.trend * week
        for order in range(1, self.harmonics + 1):
            angle = 2 * np.pi * order * week / SEASON
            log_mean = log_mean + self.cosine * np.cos(angle) + self.sine * np.sin(angle)
        return np.asarray(np.exp(log_mean), dtype=np.float64)


_FAMILIES: Final = (
    Scenario(level=0.1, trend=0.0025, cosine=0.6, sine=0.6, phi=1.5, harmonics=0),
    Scenario(level=-2.0, trend=0.005, cosine=0.1, sine=0.3, phi=2.0, harmonics=0),
    Scenario(level=1.5, trend=0.003, cosine=0.2, sine=-0.4, phi=1.0, harmonics=0),
    Scenario(level=0.5, trend=0.002, cosine=0.5, sine=0.5, phi=5.0, harmonics=0),
    Scenario(level=2.5, trend=0.001, cosine=1.0, sine=0.1, phi=3.0, harmonics=0),
    Scenario(level=3.75, trend=0.001, cosine=0.1, sine=-0.1, phi=1.1, harmonics=0),
    Scenario(level=5.0, trend=0.0001, cosine=0.05, sine=0.01, phi=1.2, harmonics=0),
)
# Each of the seven without and with trend, with no, one and two harmonics: 42.
SCENARIOS: Final = tuple(
    replace(family, trend=trend, harmonics=harmonics)
    for family in _FAMILIES
    for trend in (0.0, family.trend)
    for harmonics in (0, 1, 2)
)


@dataclass(frozen=True, kw_only=True)
class Simulated:
    """Counts, how many of them belong to outbreaks, and the truth that no method is told.

    All of shape (series, WEEKS) but `phi`, shape (series,).
    """

    counts: Floats
    outbreak: Floats
    mean: Floats
    phi: Floats


def simulate(repeats: int, seed: int) -> Simulated:
    """Draw series of every scenario, `repeats` each."""
    random = np.random.default_rng(seed)
    usual, outbreak = [], []
    for scenario in SCENARIOS:
        mean = scenario.mean()
        for _ in range(repeats):
            usual.append(_baseline(mean, scenario.phi, random))
            outbreak.append(_outbreaks(np.sqrt(scenario.phi * mean), random))
    cases = np.array(outbreak)
    return Simulated(
        counts=np.array(usual) + cases,
        outbreak=cases,
        mean=np.repeat([scenario.mean() for scenario in SCENARIOS], repeats, axis=0),
        phi=np.repeat([scenario.phi for scenario in SCENARIOS], repeats),
    )


def _baseline(mean: Floats, phi: float, random: np.random.Generator) -> Floats:
    if phi <= 1:
        return random.poisson(mean).astype(np.float64)
    return random.negative_binomial(mean / (phi - 1), 1 / phi).astype(np.float64)


def _outbreaks(sd: Floats, random: np.random.Generator) -> Floats:
    """Cases of four past outbreaks and of one in the tested weeks."""
    starts = [
        *random.choice(np.arange(*PAST), 4, replace=False),
        random.integers(TESTED, WEEKS - 1),
    ]
    sizes = [*random.choice(PAST_SIZES, 4), random.integers(1, LARGEST + 1)]
    cases = np.zeros(WEEKS)
    for start, size in zip(starts, sizes, strict=True):
        delays = np.floor(random.lognormal(0, 0.5, random.poisson(size * sd[start]))).astype(int)
        weeks = int(start) + delays
        np.add.at(cases, weeks[weeks < WEEKS], 1)
    return cases
