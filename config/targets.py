"""`targets.yaml`: what departments and streets are to reach, and from which day on."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from config.documents import read_document
from config.place import Strict


class Target(Strict):
    """One target, from a day on until a later entry of the same figure and group replaces it."""

    # Figure: cases closed in time of those due, or closed cases of those filed in the period.
    indicator: Literal["closed_in_time_of_due", "closed_of_filed"]
    by: Literal["department", "street"]  # whose
    group: str = "*"  # code of a department or street; * is all that have none of their own
    share: Annotated[float, Field(ge=0, le=1)]  # what is to be reached
    valid_from: date  # first local day
    source: Annotated[str, Field(min_length=3)]  # who set it


class TargetsFile(Strict):
    """`targets.yaml`."""

    least: Annotated[int, Field(ge=1)] = 10  # a group of fewer cases is not ranked
    entries: tuple[Target, ...]  # all targets, also those of the past

    def target(self, indicator: str, by: str, group: str, day: date) -> Target | None:
        """Give the target of a group on a day: its own, else that of all; the newest stands."""
        alike = [
            each
            for each in self.entries
            if (each.indicator, each.by) == (indicator, by)
            and each.group in (group, "*")
            and each.valid_from <= day
        ]
        return max(alike, key=lambda each: (each.group != "*", each.valid_from), default=None)


def read_targets(folder: Path) -> TargetsFile | None:
    """Read the targets, where the city has any; raises ConfigError where two are of one day."""
    path = folder / "targets.yaml"
    if not path.is_file():
        return None
    file = read_document(path)
    found = file.parse(TargetsFile)
    seen: set[tuple[object, ...]] = set()
    for number, each in enumerate(found.entries):
        key = each.indicator, each.by, each.group, each.valid_from
        if key in seen:
            raise file.error(["entries", number], "expected one target of a figure, group and day")
        seen.add(key)
    return found
