"""All figures of a bulletin, as values: what its sentences and tables are made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from models.bulletin.case_figures import CaseCounts, DueCases
from models.bulletin.period import Against, Period
from models.cases.indicators.ranking import GroupRank

Text = Mapping[str, str]  # by language, zh and en


@dataclass(frozen=True, kw_only=True)
class Coverage:
    """How much of a period the archive holds.

    Attributes
    ----------
    days : int
        Local days that had begun by the moment for which the bulletin counts.
    case_days, reading_days, warning_days : int
        Of them, those with steps of cases, with panes of readings, with changes of warnings.
    hours, reading_hours : int
        Hours that had begun, and of them those with panes of readings.
    """

    days: int
    case_days: int = 0
    reading_days: int = 0
    warning_days: int = 0
    hours: int = 0
    reading_hours: int = 0

    @property
    def is_empty(self) -> bool:
        """Whether the archive holds nothing at all of the period."""
        return not (self.case_days or self.reading_days or self.warning_days)


@dataclass(frozen=True, kw_only=True)
class Earlier:
    """Cases of a period that this one is compared with.

    Attributes
    ----------
    period : Period
    case_days : int
        Its days with steps of cases; with none it is missing, and is compared with nothing.
    counts : CaseCounts or None
        As they stood at its end; `due` and `closed_in_time` are not counted.
    """

    period: Period
    case_days: int
    counts: CaseCounts | None

    @property
    def is_whole(self) -> bool:
        """Whether each of its days has steps of cases."""
        return self.case_days >= self.period.days


@dataclass(frozen=True, kw_only=True)
class WarningLine:
    """A warning that stood at some time of the period; times are epoch milliseconds.

    Attributes
    ----------
    level : int
        Its highest, 1 blue … 4 red.
    title, place : Text
        Of its rule, and where.
    ended_ms : int or None
        None while it stands at the end of the period.
    ended_by : str
        Reason of its end (`models.messages.warnings.Reason`), empty while it stands.
    is_acknowledged : bool
    acknowledged_by : str
        Role; empty where nobody did, or where the archive does not say who.
    """

    id: str
    level: int
    title: Text
    place: Text
    raised_ms: int
    ended_ms: int | None
    ended_by: str
    is_acknowledged: bool
    acknowledged_by: str = ""


@dataclass(frozen=True, kw_only=True)
class Departure:
    """The gravest departure from what was expected."""

    observed: float
    expected: float
    place: Text
    at_ms: int


@dataclass(frozen=True, kw_only=True)
class ReadingFigures:
    """One metric of one feed over the period, in its unit.

    Attributes
    ----------
    mean : float
        Of all readings, each counted once.
    max, max_place, max_ms
        The greatest single reading, and the pane it was in.
    readings, cells, hours : int
        Readings, cells that had any, hours that had any.
    earlier : mapping of Against to float
        Mean of the periods compared with; those that the archive lacks are left out.
    departures : int
        Panes of cells that departed from what was expected.
    worst : Departure or None
    """

    feed: str
    metric: str
    title: Text
    unit: str
    mean: float
    max: float
    max_place: Text
    max_ms: int
    readings: int
    cells: int
    hours: int
    earlier: Mapping[Against, float]
    departures: int = 0
    worst: Departure | None = None


@dataclass(frozen=True, kw_only=True)
class Bulletin:
    """A period, counted.

    Attributes
    ----------
    at_ms : int
        Moment for which it counts, epoch milliseconds: the end of the period, or now.
    is_over : bool
        Whether the period had ended then.
    cases : CaseCounts or None
        None where the archive knows no case up to then.
    earlier : mapping of Against to Earlier
    streets, departments : tuple of Place
        Ranked by closed in time of due.
    due, due_day
        What is due on `due_day`: the day after the period, or after today while it is not over.
    warnings : tuple of WarningLine
        The highest first.
    raised_from_ms : int
        Begin of the period: warnings raised before it still stood then.
    readings : tuple of ReadingFigures
    targets : mapping of str to float, optional
        What all departments are to reach, by figure; where the city sets none, it is left out.
    """

    period: Period
    at_ms: int
    is_over: bool
    coverage: Coverage
    cases: CaseCounts | None
    earlier: Mapping[Against, Earlier]
    streets: tuple[GroupRank, ...]
    departments: tuple[GroupRank, ...]
    due: DueCases
    due_day: date
    warnings: tuple[WarningLine, ...]
    raised_from_ms: int
    readings: tuple[ReadingFigures, ...]
    targets: Mapping[str, float] | None = None

    @property
    def raised(self) -> tuple[WarningLine, ...]:
        """Warnings raised in the period."""
        return tuple(each for each in self.warnings if each.raised_ms >= self.raised_from_ms)

    @property
    def standing(self) -> tuple[WarningLine, ...]:
        """Warnings that stand at its end."""
        return tuple(each for each in self.warnings if each.ended_ms is None)

    @property
    def unacknowledged(self) -> tuple[WarningLine, ...]:
        """Warnings of the period, whenever raised, that nobody acknowledged."""
        return tuple(each for each in self.warnings if not each.is_acknowledged)
