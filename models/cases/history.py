"""The history of cases as rows: what is written to the archive, and how it is read again.

One row is one step. A case is then all rows of its number, in whatever files and order, since its
state is a function of the set of its steps; a row written twice does no harm.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec

from models.cases.timeline import Step
from models.messages.case_events import EventType
from models.timing.calendar import EPOCH
from models.timing.zone import Zone

FOLDER: Final = "cases"  # in the archive; below it `day=YYYY-MM-DD/*.parquet`
COLUMNS: Final = ("feed", "case", *Step.__struct_fields__)
Columns = dict[str, list[Any]]


def history_rows(feed: str, steps: Iterable[tuple[str, Step]], zone: Zone) -> dict[str, Columns]:
    """Lay steps out as columns for the archive, by the local day of each.

    Parameters
    ----------
    feed : str
    steps : iterable of (str, Step)
        Number of the case, and what happened.
    zone : Zone
        Local time of the city.

    Returns
    -------
    dict of str to dict
        ISO day → column → values, all columns of one day equally long.
    """
    days: dict[str, Columns] = {}
    for case, step in steps:
        ordinal = EPOCH.toordinal() + zone.day_at(step.ts_ms)
        day = EPOCH.fromordinal(min(max(ordinal, 1), EPOCH.max.toordinal())).isoformat()
        columns = days.setdefault(day, {name: [] for name in COLUMNS})
        row = (feed, case, *msgspec.structs.astuple(step))
        for name, value in zip(COLUMNS, row, strict=True):
            columns[name].append(value)
    return days


def step_of_row(row: Mapping[str, Any]) -> Step:
    """Make the step of a row of the archive; null where the sender gave no value."""
    known = {name: row[name] for name in Step.__struct_fields__ if row[name] is not None}
    return Step(**known | {"type": EventType(known["type"])})
