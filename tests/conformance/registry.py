"""Every stream detector, as the conformance suite makes it; a new one is added here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from models.detect.base import Detector
from models.detect.seasonal import SeasonalDetector

DETECTORS: Final[dict[str, Callable[[], Detector]]] = {
    "seasonal, ratios": lambda: SeasonalDetector(width_s=3600, offset=5.0),
    "seasonal, differences": lambda: SeasonalDetector(width_s=3600, offset=None),
}
