"""Cases of a table, judged event by event as ingest judges the events of a stream.

A table and a stream of the same events then give the same cells, streets and categories, and set
the same categories aside. One thing differs: an event without a place in the city cannot be kept in
a stream, which is divided by street; a table counts it, under no street.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import msgspec
import numpy as np

from models.cases.timeline import Step
from models.feeds.kinds.cases.categories import CategoryList
from models.feeds.place import Gazetteer, Places
from models.feeds.row_errors import RowErrors

Histories = Mapping[str, list[Step]]


@dataclass(frozen=True, kw_only=True)
class Admission:
    """What the checks of a feed make of a table.

    Attributes
    ----------
    steps : dict of str to list of Step
        By the number of the case; cells found, categories as the feed's codes.
    refused : dict of str to list of int
        Events whose category the feed refuses: case → their places among its steps.
    unplaced : Counter of str
        Cases that have no place in the city in any of their events, by reason.
    """

    steps: dict[str, list[Step]] = field(default_factory=dict)
    refused: dict[str, list[int]] = field(default_factory=dict)
    unplaced: Counter[str] = field(default_factory=Counter)


def admit(histories: Histories, categories: CategoryList | None, places: Gazetteer) -> Admission:
    """Judge the events of all cases.

    Parameters
    ----------
    histories : mapping of str to list of Step
    categories : CategoryList or None
        Of the feed; None where the table belongs to no feed: every category stands as it is.
    places : Gazetteer
        The city's grids.
    """
    found = Admission()
    owners = [(case, at) for case, steps in histories.items() for at in range(len(steps))]
    located = _located([step for steps in histories.values() for step in steps], places)
    reasons: dict[str, str] = {}
    for (case, at), (step, reason) in zip(owners, located, strict=True):
        judged = _categorised(step, categories)
        if judged is None:
            found.refused.setdefault(case, []).append(at)
            continue
        found.steps.setdefault(case, []).append(judged)
        if not reason:
            reasons[case] = ""
        reasons.setdefault(case, reason)
    found.unplaced.update(reason for reason in reasons.values() if reason)
    return found


def _categorised(step: Step, categories: CategoryList | None) -> Step | None:
    """Give a step the feed's category; None where the feed refuses it."""
    if categories is None or not step.category:
        return step
    code, unlisted = categories.judge(step.category)
    if code is None:
        return None
    if not unlisted:
        return step
    return msgspec.structs.replace(step, category=code, unlisted=unlisted)


def _located(steps: list[Step], places: Gazetteer) -> Iterator[tuple[Step, str]]:
    """Give each step its cell, or the reason why it has none."""
    faults = RowErrors(len(steps))
    asked = Places(
        [step.cell or None for step in steps],
        [step.lon for step in steps],
        [step.lat for step in steps],
    )
    times_ms = np.array([step.ts_ms for step in steps], dtype=np.int64)
    cells = places.find(asked, times_ms, faults)
    reasons = {row: faults.reason(row).value for row in faults.bad_rows}
    for row, (step, cell) in enumerate(zip(steps, cells.tolist(), strict=True)):
        if step.cell or cell < 0:  # a cell that the table names stands, known or not
            yield step, reasons.get(row, "")
        else:
            yield msgspec.structs.replace(step, cell=f"{cell:015d}"), ""
