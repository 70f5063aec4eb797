"""The real tables of cases in plain pandas, and what they must give: independent of our code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

ZONE = "America/New_York"
Key = tuple[str, str, str, str]  # window, dimension, group, indicator


@dataclass(frozen=True)
class Table:
    """A real table and the names of its columns."""

    file: str
    mapping: str
    opened: str
    due: str
    closed: str
    status: str
    groups: tuple[tuple[str, str], ...]


BOSTON = Table(
    "boston311_animal_pest_2013_2017.csv.gz",
    "boston311",
    "open_dt",
    "sla_target_dt",
    "closed_dt",
    "case_status",
    (("department", "department"), ("street", "neighborhood"), ("category", "type")),
)
BALTIMORE = Table(
    "baltimore311_sample_2014_2019.csv.gz",
    "baltimore311",
    "CreatedDate",
    "DueDate",
    "CloseDate",
    "SRStatus",
    (("department", "Agency"), ("street", "Neighborhood"), ("category", "SRType")),
)


def read(table: Table, folder: Path) -> pd.DataFrame:
    frame = pd.read_csv(folder / "cases" / table.file, low_memory=False)
    for ours, theirs in (("opened", table.opened), ("due", table.due), ("closed", table.closed)):
        local = pd.to_datetime(frame[theirs]).dt
        frame[ours] = local.tz_localize(ZONE, ambiguous=True, nonexistent="shift_forward")
    frame.loc[~frame[table.status].str.startswith("Closed"), "closed"] = pd.NaT
    return frame


def live_counts(
    table: pd.DataFrame, last: pd.Timestamp, groups: Mapping[str, str]
) -> dict[Key, float]:
    """Numerators of the live indicators at the end of the data.

    Parameters
    ----------
    table : DataFrame
        As `read` gives it, up to the end of the data.
    last : Timestamp
        The end of the data; windows end with its day.
    groups : mapping of str to str
        Dimension → column.
    """
    day = last.normalize()
    starts = {
        "today": day,
        "7d": day - pd.DateOffset(days=6),
        "30d": day - pd.DateOffset(days=29),
        "month": day.replace(day=1),
        "year": day.replace(month=1, day=1),
    }
    members = [("all", "all", table)]
    for by, column in groups.items():
        members += [(by, str(group), some) for group, some in table.groupby(column)]
    return {
        (window, by, group, code): value
        for window, start in starts.items()
        for by, group, some in members
        for code, value in _counts(some, start, day + pd.DateOffset(days=1)).items()
    }


def _counts(some: pd.DataFrame, start: pd.Timestamp, end: pd.Timestamp) -> dict[str, float]:
    """Counts of a group between two midnights."""
    filed = some[(some.opened >= start) & (some.opened < end)]
    due = some[(some.due >= start) & (some.due < end)]
    closed = filed.closed.notna()
    return {
        "filed": float(len(filed)),
        "closed": float(closed.sum()),
        "open": float((~closed).sum()),
        "closings": float(((some.closed >= start) & (some.closed < end)).sum()),
        "due": float(len(due)),
        "closed_of_filed": float(closed.sum()),
        "closed_of_due": float(due.closed.notna().sum()),
        "closed_in_time_of_due": float((due.closed <= due.due).sum()),
    }
