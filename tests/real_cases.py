"""The real tables of cases in plain pandas, and what they must give: independent of our code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest

ZONE = "America/New_York"
Key = tuple[str, str, str, str]  # window, dimension, group, indicator
Counts = tuple[float, int | None]  # numerator, denominator
Found = dict[str, dict[str, float | None]]  # group → indicator → value
CORE = {
    "filed",
    "closings",
    "closed_of_filed",
    "closed_of_due",
    "closed_in_time_of_due",
    "mean_hours_to_close",
}  # all that is told live of small groups


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

    def column(self, by: str) -> str:
        """Column of a dimension."""
        return dict(self.groups)[by]


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
    for _, column in table.groups:  # a blank name is none
        frame[column] = frame[column].str.strip().replace("", None)
    return frame


# --- of a file or the archive, at the end of the data ----------------------------------------


def expected(filed: pd.DataFrame, due: pd.DataFrame, end: pd.Timestamp) -> dict[str, float | None]:
    """The definitions once more, in pandas: of the cases filed, and of those due, in a period."""
    closed = filed[filed.closed.notna()]
    hours = ((closed.closed - closed.opened).dt.total_seconds() / 3600).clip(lower=0)
    is_open = filed.closed.isna()

    def share(part: float) -> float | None:
        return part / len(due) if len(due) else None

    return {
        "filed": len(filed),
        "closed": len(closed),
        "open": int(is_open.sum()),
        "overdue": int((is_open & (filed.due < end)).sum()),
        "closed_late": int((closed.closed > closed.due).sum()),
        "due": len(due),
        "closed_of_filed": len(closed) / len(filed) if len(filed) else None,
        "closed_of_due": share(due.closed.notna().sum()),
        "closed_in_time_of_due": share((due.closed <= due.due).sum()),
        "mean_hours_to_close": hours.mean() if len(closed) else None,
        "median_hours_to_close": hours.median() if len(closed) else None,
    }


def end_of(frame: pd.DataFrame) -> pd.Timestamp:
    """The last event."""
    last: pd.Timestamp = max(frame.opened.max(), frame.closed.max())
    return last


def expected_by(frame: pd.DataFrame, groups: pd.Series) -> Found:
    """What each group must give."""
    end = end_of(frame)
    due = frame[frame.due <= end]
    groups = groups.fillna("(unknown)")
    due_in = dict(list(due.groupby(groups[due.index])))
    return {
        str(group): expected(part, due_in.get(group, due[:0]), end)
        for group, part in frame.groupby(groups)
    }


def expected_by_month(frame: pd.DataFrame) -> Found:
    """What each month must give: of the cases filed, and of those due, in it."""
    end = end_of(frame)
    due = frame[frame.due <= end]
    filed_in, due_in = frame.opened.dt.strftime("%Y-%m"), due.due.dt.strftime("%Y-%m")
    months = set(filed_in) | set(due_in) | set(frame.closed.dropna().dt.strftime("%Y-%m"))
    return {m: expected(frame[filed_in == m], due[due_in == m], end) for m in months}


def agree(found: Found, wanted: Found) -> None:
    assert set(found) == set(wanted)
    for group, indicators in wanted.items():
        for code, value in indicators.items():
            assert found[group][code] == (
                None if value is None else pytest.approx(value, rel=1e-9)
            ), (group, code)


# --- live, in windows that end with the last day ---------------------------------------------


def starts_of_windows(day: pd.Timestamp) -> dict[str, pd.Timestamp]:
    """First midnight of each window."""
    return {
        "today": day,
        "7d": day - pd.DateOffset(days=6),
        "30d": day - pd.DateOffset(days=29),
        "month": day.replace(day=1),
        "year": day.replace(month=1, day=1),
    }


def live_counts(table: pd.DataFrame, groups: Mapping[str, str]) -> dict[Key, Counts]:
    """Numerators and denominators of the live indicators at the end of the data.

    Parameters
    ----------
    table : DataFrame
        As `read` gives it, up to the end of the data; windows end with its day.
    groups : mapping of str to str
        Dimension → column; where no column says a group, the case counts under no name.

    Returns
    -------
    dict
        Without what has nothing to count over.
    """
    day = end_of(table).normalize()
    members = [("all", "all", table)]
    for by, column in groups.items():
        members += [
            (by, str(group), some) for group, some in table.groupby(table[column].fillna(""))
        ]
    return {
        (window, by, group, code): counts
        for window, start in starts_of_windows(day).items()
        for by, group, some in members
        for code, counts in _counts(some, start, day + pd.DateOffset(days=1)).items()
        if counts[1] or (counts[1] is None and counts[0])
        if code in CORE or by in ("all", "street", "department")
    }


def _counts(some: pd.DataFrame, start: pd.Timestamp, end: pd.Timestamp) -> dict[str, Counts]:
    """Counts of a group between two midnights."""
    filed = some[(some.opened >= start) & (some.opened < end)]
    due = some[(some.due >= start) & (some.due < end)]
    closed = int(filed.closed.notna().sum())
    seconds = (filed.closed - filed.opened).dt.total_seconds().clip(lower=0).sum()
    return {
        "filed": (len(filed), None),
        "closed": (closed, None),
        "open": (len(filed) - closed, None),
        "closings": (int(((some.closed >= start) & (some.closed < end)).sum()), None),
        "due": (len(due), None),
        "closed_of_filed": (closed, len(filed)),
        "closed_of_due": (int(due.closed.notna().sum()), len(due)),
        "closed_in_time_of_due": (int((due.closed <= due.due).sum()), len(due)),
        "mean_hours_to_close": (round(seconds / 3600, 6), closed),
    }


def live_medians(
    table: pd.DataFrame, groups: Mapping[str, str]
) -> dict[tuple[str, str, str], float]:
    """Median hours to closure, by window, dimension and group; of two middle ones the lower."""
    day = end_of(table).normalize()
    found = {}
    for window, start in starts_of_windows(day).items():
        filed = table[(table.opened >= start) & table.closed.notna()]
        hours = (filed.closed - filed.opened).dt.total_seconds().clip(lower=0) / 3600
        for by, keys in (("all", "all"), *((b, filed[c].fillna("")) for b, c in groups.items())):
            parts = {"all": hours} if by == "all" else dict(list(hours.groupby(keys)))
            for group, some in parts.items():
                if len(some):
                    found[window, by, str(group)] = some.quantile(0.5, interpolation="lower")
    return found
