"""What a scan compares cases with: their own places and times, people, or controls."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from models.detect.clusters.likelihood import bernoulli_llr, poisson_llr

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Weights:
    """What the windows of a scan weigh: expected cases, or people.

    Attributes
    ----------
    place : ndarray, shape (places, k)
    step : ndarray, shape (k, steps)
        A place weighs ``place @ step``: k is 1 where place and time are independent.
    place_total : ndarray, shape (places,)
        Of the whole study, which may reach further back than the steps.
    is_bound : bool
        Whether no zone can hold more cases than it weighs.
    """

    place: Floats
    step: Floats
    place_total: Floats
    is_bound: bool

    @property
    def total(self) -> float:
        """Weight of the study."""
        return float(self.place_total.sum())


@dataclass(frozen=True, kw_only=True)
class ScanModel(ABC):
    """Cases of a study, and what chance would make of them.

    Attributes
    ----------
    place : ndarray, shape (cases,), int64
    step : ndarray, shape (cases,), int64
        Step of time; negative before the steps that are scanned.
    places, steps : int
        How many there are.
    """

    place: Ints
    step: Ints
    places: int
    steps: int

    def __post_init__(self) -> None:
        """Check the shapes."""
        if self.place.shape != self.step.shape:
            msg = f"{len(self.place)} places and {len(self.step)} times: they belong together"
            raise ValueError(msg)
        if len(self.step) and int(self.step.max()) >= self.steps:
            msg = f"expected times before step {self.steps}, got {int(self.step.max())}"
            raise ValueError(msg)

    @property
    def cases(self) -> int:
        """Number of cases."""
        return len(self.place)

    @abstractmethod
    def weights(self) -> Weights:
        """Give what each place and step weighs."""

    @abstractmethod
    def llr(self, count: Floats, weight: Floats) -> Floats:
        """Give the log likelihood ratio of windows."""

    @abstractmethod
    def draw(self, random: np.random.Generator) -> tuple[Ints, Ints]:
        """Draw places and steps of as many cases by chance."""

    @abstractmethod
    def without(self, zone: Bools, first: int, last: int) -> Self:
        """Take out what is in a zone from a step to another: the rest is scanned again.

        Parameters
        ----------
        zone : ndarray, shape (places,), bool
        first, last : int
        """


@dataclass(frozen=True, kw_only=True)
class PermutationModel(ScanModel):
    """Only cases are known: chance deals the times out to the places anew.

    References
    ----------
    Kulldorff et al. 2005, PLoS Medicine 2:e59.
    """

    def weights(self) -> Weights:
        """Share of the place times share of the step."""
        place = np.bincount(self.place, minlength=self.places).astype(np.float64)
        scanned = self.step[self.step >= 0]
        step = np.bincount(scanned, minlength=self.steps) / max(self.cases, 1)
        return Weights(place[:, None], step[None], place_total=place, is_bound=True)

    def llr(self, count: Floats, weight: Floats) -> Floats:
        """See `poisson_llr`."""
        return poisson_llr(count, weight, float(self.cases))

    def draw(self, random: np.random.Generator) -> tuple[Ints, Ints]:
        """Shuffle the times."""
        return self.place, random.permutation(self.step)

    def without(self, zone: Bools, first: int, last: int) -> Self:
        """Take the cases out."""
        left = ~(zone[self.place] & (self.step >= first) & (self.step <= last))
        return replace(self, place=self.place[left], step=self.step[left])


@dataclass(frozen=True, kw_only=True)
class PoissonModel(ScanModel):
    """People at risk are known: chance gives each of them the same number of cases.

    Attributes
    ----------
    people : ndarray, shape (places, k)
    shares : ndarray, shape (k, steps)
        ``people @ shares`` is the weight of a place and step, in any unit: with one share per
        step for steadily many people, with k = steps and the unit matrix for numbers that change.

    References
    ----------
    Kulldorff 1997, Communications in Statistics: Theory and Methods 26:1481.
    """

    people: Floats
    shares: Floats

    def __post_init__(self) -> None:
        """Check that there are people where there are cases."""
        ScanModel.__post_init__(self)
        if not (np.isfinite(self.people).all() and (self.people >= 0).all()):
            msg = "expected numbers of people of at least 0"
            raise ValueError(msg)
        if len(self.step) and int(self.step.min()) < 0:
            msg = "a scan with people takes cases of its own steps alone"
            raise ValueError(msg)
        empty = self.people.sum(axis=1)[self.place] <= 0
        if empty.any():
            msg = f"{int(empty.sum())} cases at places with a population of 0"
            raise ValueError(msg)

    def weights(self) -> Weights:
        """Give the expected cases: they add up to the cases there are."""
        whole = float((self.people @ self.shares.sum(axis=1)).sum())
        people = self.people * (self.cases / whole if whole else 0.0)
        total = people @ self.shares.sum(axis=1)
        return Weights(people, self.shares, place_total=total, is_bound=False)

    def llr(self, count: Floats, weight: Floats) -> Floats:
        """See `poisson_llr`."""
        return poisson_llr(count, weight, float(self.cases))

    def draw(self, random: np.random.Generator) -> tuple[Ints, Ints]:
        """Draw each case's place and step by what is expected there."""
        ends = np.cumsum(self.people @ self.shares)
        at = np.searchsorted(ends, random.random(self.cases) * ends[-1], side="right")
        place, step = np.divmod(at, self.steps)
        return place.astype(np.int64), step.astype(np.int64)

    def without(self, zone: Bools, first: int, last: int) -> Self:
        """Take out the cases, and the people of those steps: the zone has its own shares then."""
        left = ~(zone[self.place] & (self.step >= first) & (self.step <= last))
        others = self.shares.copy()
        others[:, first : last + 1] = 0
        inside = zone[:, None]
        return replace(
            self,
            place=self.place[left],
            step=self.step[left],
            people=np.hstack([self.people * ~inside, self.people * inside]),
            shares=np.vstack([self.shares, others]),
        )


@dataclass(frozen=True, kw_only=True)
class BernoulliModel(ScanModel):
    """Controls are known: chance picks the cases among all of both.

    Attributes
    ----------
    control_place, control_step : ndarray, shape (controls,), int64

    References
    ----------
    Kulldorff & Nagarwalla 1995, Statistics in Medicine 14:799.
    """

    control_place: Ints
    control_step: Ints

    def __post_init__(self) -> None:
        """Check the shapes."""
        ScanModel.__post_init__(self)
        if self.control_place.shape != self.control_step.shape:
            msg = "places and times of controls belong together"
            raise ValueError(msg)

    def weights(self) -> Weights:
        """Count cases and controls."""
        place, step = self._people()
        total = np.bincount(place, minlength=self.places).astype(np.float64)
        scanned = step >= 0
        flat = np.bincount(
            place[scanned] * self.steps + step[scanned], minlength=self.places * self.steps
        )
        people = flat.reshape(self.places, self.steps).astype(np.float64)
        return Weights(people, np.eye(self.steps), place_total=total, is_bound=True)

    def llr(self, count: Floats, weight: Floats) -> Floats:
        """See `bernoulli_llr`."""
        total = float(self.cases + len(self.control_place))
        return bernoulli_llr(count, weight, float(self.cases), total)

    def draw(self, random: np.random.Generator) -> tuple[Ints, Ints]:
        """Pick as many cases among all."""
        place, step = self._people()
        picked = random.permutation(len(place))[: self.cases]
        return place[picked], step[picked]

    def without(self, zone: Bools, first: int, last: int) -> Self:
        """Take out cases and controls."""
        left = ~(zone[self.place] & (self.step >= first) & (self.step <= last))
        well = ~(
            zone[self.control_place] & (self.control_step >= first) & (self.control_step <= last)
        )
        return replace(
            self,
            place=self.place[left],
            step=self.step[left],
            control_place=self.control_place[well],
            control_step=self.control_step[well],
        )

    def _people(self) -> tuple[Ints, Ints]:
        return (
            np.concatenate([self.place, self.control_place]),
            np.concatenate([self.step, self.control_step]),
        )
