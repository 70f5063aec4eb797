"""Detectors by the name a rule gives them: the one place to add a new kind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from models.detect.contract import Detector
from models.detect.readings.seasonal import SeasonalDetector


@dataclass(frozen=True, kw_only=True)
class DetectorConfig:
    """What a detector knows of the metric it watches.

    Attributes
    ----------
    width_s : int
        Length of a pane, seconds.
    zone : str
        IANA time zone of the city.
    minimum : float
        Values under it never warn, in the metric's unit: it tells the size that matters.
    run : int
        Panes in a row that a warning needs, and that are rated together.
    """

    width_s: int
    zone: str
    minimum: float
    run: int = 1


@dataclass(frozen=True, slots=True)
class DetectorKind:
    """How detectors of one name are made and read back."""

    make: Callable[[DetectorConfig], Detector]
    read: Callable[[bytes], Detector]


def _seasonal(setting: DetectorConfig) -> Detector:
    """Compare on a log scale, softened at the size that matters: ratios under it say little."""
    offset = setting.minimum if setting.minimum > 0 else None
    return SeasonalDetector(width_s=setting.width_s, zone=setting.zone, offset=offset)


KINDS: Final[dict[str, DetectorKind]] = {
    SeasonalDetector.name: DetectorKind(_seasonal, SeasonalDetector.from_bytes),
}
