"""How a file of events is scanned."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Final

from config.errors import InputError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]

BASELINE_DAYS: Final = 365


class Model(StrEnum):
    """What events are compared with."""

    PERMUTATION = "permutation"
    POISSON = "poisson"
    BERNOULLI = "bernoulli"


@dataclass(frozen=True, kw_only=True)
class ScanOptions:
    """How a file is scanned.

    Attributes
    ----------
    days : int
        Length of the longest window.
    radius_m : float
        Of the largest circle.
    model : Model
    retrospective : bool
        Windows end on any day of the year, not on the day of analysis alone.
    spatial : bool
        The year is one step of time: only places are scanned.
    ellipses : bool
        Zones are ellipses as well as circles.
    all_centres : bool
        Cells of the city without an event are centres too.
    replicates : int
        Most draws of chance.
    """

    days: int = 30
    radius_m: float = 1000.0
    model: Model = Model.PERMUTATION
    retrospective: bool = False
    spatial: bool = False
    ellipses: bool = False
    all_centres: bool = False
    replicates: int = 999

    def __post_init__(self) -> None:
        """Check the bounds, and what goes together."""
        if not 1 <= self.days <= BASELINE_DAYS // 2 or not self.radius_m > 0:
            msg = f"expected --days from 1 to {BASELINE_DAYS // 2} and --radius over 0"
            raise InputError(msg)
        if self.replicates < 1:
            msg = "expected --replicates of at least 1"
            raise InputError(msg)
        if self.spatial and (self.model is Model.PERMUTATION or self.retrospective):
            msg = "--spatial needs --population or --controls and goes without --retrospective: "
            msg += "shuffled dates tell nothing of places alone"
            raise InputError(msg)

    @property
    def steps(self) -> int:
        """Steps of time that the model needs."""
        if self.spatial:
            return 1
        whole = self.retrospective or self.model is Model.POISSON
        return BASELINE_DAYS if whole else self.days

    def step_of(self, age: Ints) -> Ints:
        """Give the step of events by their age in days."""
        return age * 0 if self.spatial else self.steps - 1 - age

    def days_of(self, first: int, last: int) -> tuple[int, int]:
        """Give the ages, in days, of the first and the last day of some steps."""
        if self.spatial:
            return BASELINE_DAYS - 1, 0
        return self.steps - 1 - first, self.steps - 1 - last


@dataclass(frozen=True, kw_only=True)
class Compared:
    """What the events of a file are compared with, beside themselves.

    Attributes
    ----------
    population : Path, optional
        Places with their people.
    population_column : str, optional
        Column of the people; else found.
    controls : Path, optional
        Events that are no cases, in columns as those of the file.
    """

    population: Path | None = None
    population_column: str | None = None
    controls: Path | None = None

    def model(self, asked: Model | None) -> Model:
        """Give the model that goes with it.

        Raises
        ------
        InputError
            The model that was asked for needs something else.
        """
        given = Model.PERMUTATION if self.controls is None else Model.BERNOULLI
        if self.population is not None:
            given = Model.POISSON
        if (self.population and self.controls) or asked not in {None, given}:
            msg = "poisson goes with --population, bernoulli with --controls, permutation with none"
            raise InputError(msg)
        return given
