"""The indicators a supervision centre is judged by: each a count, or one count over another.

Cities define the same word differently; so several definitions stand side by side, each under its
own code, and every value comes with its numerator, denominator, definition and clock.

References
----------
GB/T 30428.4-2016, performance evaluation (names); the closure rates over *due* cases as published
by Tianmen for December 2016, the rate without held cases as published by Jinhua.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from models.cases.indicators.measures import WITHIN_H


@dataclass(frozen=True)
class Indicator:
    """One indicator.

    Attributes
    ----------
    code : str
        Stable name.
    zh, en : str
        Titles.
    numerator, denominator : str
        Codes of `models.cases.indicators.measures`; an empty denominator makes it a plain count.
    definition : str
        What is counted over what, in one sentence.
    clock : str
        `event`: days of the city's calendar by event time; `calendar-hours`: hours on the wall
        clock; `limit`: whatever clock the limit itself runs on (working or calendar).
    is_duration : bool
        The numerator is in seconds, and the value in hours.
    """

    code: str
    zh: str
    en: str
    numerator: str
    denominator: str
    definition: str
    clock: str = "event"
    is_duration: bool = False

    def value(self, numerator: float, denominator: float | None) -> float | None:
        """Value from sums of both counts; None where there is nothing to divide by.

        Examples
        --------
        >>> INDICATORS["closed_of_due"].value(911, 972)
        0.9372427983539094
        >>> INDICATORS["closed_of_due"].value(0, 0) is None
        True
        """
        if denominator is None:
            return numerator
        if denominator == 0:
            return None
        return numerator / denominator / (3600 if self.is_duration else 1)


_STEPS_ZH: Final = {
    "filed": "立案",
    "dispatched": "派遣",
    "disposed": "处置",
    "verified": "核查",
    "closed": "结案",
}
_BEFORE: Final = dict(zip(_STEPS_ZH, ("reported", *_STEPS_ZH), strict=False))


def _dwell(step: str) -> Indicator:
    """Give the mean time that cases take from the step before to a step."""
    return Indicator(
        f"dwell_hours_{_BEFORE[step]}",
        f"{_STEPS_ZH[step]}环节平均时长",
        f"mean hours from {_BEFORE[step]} to {step}",
        f"seconds_to_{step}",
        f"passed_to_{step}",
        f"hours from {_BEFORE[step]} to {step}, first times, all hours counted ÷ cases first "
        f"{step} in the period, no earlier than {_BEFORE[step]}",
        "calendar-hours",
        is_duration=True,
    )


def _within(hours: int) -> Indicator:
    """Give the share of the closed cases that took at most so many hours."""
    return Indicator(
        f"closed_within_{hours}h",
        f"{hours}小时内结案占比",
        f"closed within {hours} hours",
        f"within_{hours}h",
        "timed",
        f"closed at most {hours} hours after filing ÷ closed cases among those filed in the "
        "period, but those dated closed more than a day before their filing",
    )


def _table(*rows: Indicator) -> dict[str, Indicator]:
    return {row.code: row for row in rows}


INDICATORS: Final = _table(
    Indicator("reported", "上报数", "reported", "reported", "", "cases reported in the period"),
    Indicator("filed", "立案数", "filed", "filed", "", "cases filed in the period"),
    Indicator(
        "closed",
        "其中已结案",
        "closed",
        "closed",
        "",
        "cases filed in the period, closed by its end",
    ),
    Indicator(
        "open",
        "其中未结案",
        "open",
        "open",
        "",
        "cases filed in the period and still open: neither closed nor cancelled",
    ),
    Indicator(
        "cancelled",
        "其中已作废",
        "cancelled",
        "cancelled",
        "",
        "cases filed in the period and cancelled; filed = closed + open + cancelled",
    ),
    Indicator(
        "closings",
        "结案数",
        "closings",
        "closings",
        "",
        "cases closed in the period, filed whenever",
    ),
    Indicator(
        "due",
        "应结案数",
        "due to close",
        "due",
        "",
        "cases whose limit falls in the period, filed whenever",
        "limit",
    ),
    Indicator(
        "valid_of_reported",
        "有效上报率",
        "valid reports",
        "valid",
        "reported",
        "cases reported in the period that were filed ÷ cases reported in the period",
    ),
    Indicator(
        "filed_of_decided",
        "立案率",
        "filing rate",
        "accepted",
        "decided",
        "filed ÷ (filed + rejected), by the day of that decision",
    ),
    Indicator(
        "filed_in_time",
        "按时立案率",
        "filed in time",
        "filed_in_time",
        "file_due",
        "filed within the limit for filing ÷ cases whose limit for filing falls in the period",
        "limit",
    ),
    Indicator(
        "dispatched_right",
        "准确派遣率",
        "dispatched right first time",
        "dispatched_once",
        "dispatched",
        "dispatched exactly once ÷ cases first dispatched in the period",
    ),
    Indicator(
        "dispatched_in_time",
        "按时派遣率",
        "dispatched in time",
        "dispatched_in_time",
        "dispatch_due",
        "dispatched within the limit for it ÷ cases whose limit for it falls in the period",
        "limit",
    ),
    Indicator(
        "disposed_in_time",
        "按期处置率",
        "disposed in time",
        "disposed_in_time",
        "dispose_due",
        "first disposed within the limit for it ÷ cases whose limit for it falls in the period",
        "limit",
    ),
    Indicator(
        "verified_in_time",
        "按时核查率",
        "verified in time",
        "verified_in_time",
        "verify_due",
        "first verified within the limit for it ÷ cases whose limit for it falls in the period",
        "limit",
    ),
    Indicator(
        "closed_of_filed",
        "结案率（立案口径）",
        "closed of filed",
        "closed",
        "filed",
        "closed by the end of the data ÷ cases filed in the period",
    ),
    Indicator(
        "closed_of_due",
        "结案率（应结案口径）",
        "closed of due",
        "closed_due",
        "due",
        "closed by the end of the data ÷ cases whose limit falls in the period",
        "limit",
    ),
    Indicator(
        "closed_in_time_of_due",
        "按期结案率",
        "closed in time of due",
        "in_time_due",
        "due",
        "closed no later than the limit ÷ cases whose limit falls in the period",
        "limit",
    ),
    Indicator(
        "closed_in_time_of_due_unheld",
        "按期结案率（扣除缓办）",
        "closed in time of due, held ones left out",
        "in_time_due",
        "due_unheld",
        "closed no later than the limit ÷ (cases whose limit falls in the period − held ones)",
        "limit",
    ),
    Indicator(
        "returned_of_disposed",
        "返工率",
        "rework",
        "returned",
        "disposed",
        "sent back at least once ÷ cases first disposed in the period",
    ),
    Indicator(
        "extended_of_filed",
        "延期率",
        "extended",
        "extended",
        "filed",
        "limit extended at least once ÷ cases filed in the period",
    ),
    Indicator(
        "mean_hours_to_close",
        "平均结案时长",
        "mean hours to close",
        "seconds_from_filing",
        "timed",
        "hours from filing to closing, all hours counted ÷ closed cases among those filed in the "
        "period; a closing dated up to a day before its filing counts as 0 hours, one dated "
        "earlier is left out",
        "calendar-hours",
        is_duration=True,
    ),
    *(_within(hours) for hours in WITHIN_H),
    *(_dwell(step) for step in _STEPS_ZH),
)

# Indicators of the many small groups and of cells; the few large groups get all indicators.
CORE: Final = (
    "filed",
    "closings",
    "closed_of_filed",
    "closed_of_due",
    "closed_in_time_of_due",
    "mean_hours_to_close",
)
CORE_COUNTS: Final = tuple(
    sorted(
        {INDICATORS[code].numerator for code in CORE}
        | {INDICATORS[code].denominator for code in CORE} - {""}
    )
)
