"""Rules: when signals become a warning, one class a kind."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, ClassVar, Final, Literal

from pydantic import Field

from config.place import Strict, Text
from config.rule_scope import Applies, Dated, While


class Group(Strict):
    """Categories of cases that are counted together."""

    title: Text  # name in warnings
    categories: Annotated[tuple[str, ...], Field(min_length=1)]  # codes that are counted together


LevelName = Literal["blue", "yellow", "orange", "red"]
Levels = dict[LevelName, float]
Needs = Literal["limit", "either", "both"]


class Rule(Dated):
    """When signals become a warning: one YAML file in `rules/`.

    What the rules of all kinds have in common: the life of a warning. Each kind derives from it.

    A level of the learned kinds (readings, counts, drops, clusters) begins at a recurrence in
    days: by chance alone the place sees the like once in so many, after all comparisons made.

    References
    ----------
    ANSI/ISA-18.2-2016 and EEMUA 191 (deadband, on-delay, off-delay, chattering alarms).
    """

    name: str  # not written: the file's name
    kind: str  # which kind of rule
    title: Text  # name of the warning
    feed: str  # name of the feed
    metric: str  # what of the feed it watches
    detector: str  # the detector whose findings it watches
    levels: Levels  # level → days: it begins where chance alone brings as much once in so long
    # Deadband: a level ends below this share of its start.
    release: Annotated[float, Field(gt=0, le=1)] = 0.5
    # On-delay, in panes in a row.
    raise_after: Annotated[int, Field(ge=1)] = 2
    clear_after: Annotated[int, Field(ge=1)] = 2  # off-delay: panes in a row under it
    min_open_min: Annotated[int, Field(ge=0)] = 0  # a warning stays open at least so long
    # What comes again within so long after it was cleared is the same warning, now unsteady: it
    # ends only after `settle_min` without a pane over its lowest level. 0: each time a new one.
    flap_window_min: Annotated[int, Field(ge=0)] = 360
    # minutes without a level before a warning ends (off-delay)
    settle_min: Annotated[int, Field(ge=0)] = 180
    latches: bool = False  # it stays until somebody closes it, though all is normal again
    minimum: float  # observed values below this never warn, in the metric's unit
    cause: Text  # what usually brings it about
    consequence: Text  # what follows if nobody acts
    suggestion: Text  # what to do
    owner: Text  # who answers it
    response_minutes: Annotated[int, Field(gt=0)]  # within which somebody should have acted
    priority: Literal["low", "medium", "high"] = "medium"  # order of answering, beside the level
    plan: str = ""  # response plan: name of a file in `plans/`
    applies: Applies = Applies()  # where and when, beside its own condition
    standing: While | None = None  # other rules that must or may not stand with it

    counts_missing: ClassVar[bool] = False  # its minimum is of what is missing, not of what came
    is_of_metric: ClassVar[bool] = True  # watches a metric of the feed, cell by cell

    @property
    def grouped(self) -> Mapping[str, Group]:
        """Groups of categories that it counts together."""
        return {}

    def with_groups(self, groups: Mapping[str, Group]) -> Rule:
        """Give the rule with the groups of its feed, where it counts by groups and has none."""
        del groups
        return self

    @property
    def source(self) -> str:
        """Whose batches of signals it reads: its own, or with "" the shared ones of its feed."""
        return self.name

    @property
    def on_delay(self) -> int:
        """Panes, or evaluations, in a row at or over a level until it warns."""
        return self.raise_after

    @property
    def colours(self) -> frozenset[LevelName]:
        """Levels that it may warn at."""
        return frozenset(self.levels)

    @property
    def rated_by(self) -> Needs:
        """Say whether the limit alone rates the signal of a limit, or a learned finding too."""
        return "limit"

    @property
    def is_falling(self) -> bool:
        """Tell whether its levels fall from blue to red: less is worse."""
        return False


class ReadingsRule(Rule):
    """Kind `readings`: values of a metric that its place, hour and season do not explain.

    Rules of this kind over one feed share its panes and the signals found in them.
    """

    kind: Literal["readings"] = "readings"  # what is unusual by its own past
    # On-delay: a value is rated as a run of so many panes.
    raise_after: Annotated[int, Field(ge=1)] = 2

    @property
    def source(self) -> str:
        """Read the shared batches of the feed's panes."""
        return ""

    @property
    def on_delay(self) -> int:
        """Wait for nothing more: runs were rated already."""
        return 1


class DatedLimits(Strict):
    """Limits that are in force between two days, and who says so."""

    valid_from: date  # first day it is in force
    valid_to: date | None = None  # first day on which they are no longer in force
    source: Text  # where the limit comes from
    levels: Levels  # value at which a level begins, in the metric's unit

    def in_force(self, day: date) -> bool:
        """Tell whether they hold on a day."""
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)


class LimitRule(Rule):
    """Kind `limit`: a value that must not be passed; it needs no history.

    `levels` and `detector` are of what is learned beside it, as in the kind `readings`: by `needs`
    a level begins where the limit is reached, where either of both is, or where both are.
    """

    kind: Literal["limit"]  # an absolute limit, with or without a learned finding
    # limits by date; the newest in force on the day counts
    limits: Annotated[tuple[DatedLimits, ...], Field(min_length=1)]
    direction: Literal["above", "below"] = "above"  # the forbidden side of the limit
    statistic: Literal["mean", "max", "min"] = "mean"  # of a pane
    window_h: Annotated[int, Field(ge=0, le=168)] = 0  # mean over so many hours; 0: the pane
    least_hours: Annotated[int, Field(ge=0)] = 0  # of the window, with a value
    # whether the limit alone warns, or a learned finding too
    needs: Needs = "limit"
    detector: str = ""  # always the comparison with a limit
    levels: Levels = Field(default_factory=dict)  # of what is learned, in days
    release: Annotated[float, Field(gt=0, le=1)] = 0.9  # of the value; below: ends over level / it
    raise_after: Annotated[int, Field(ge=1)] = 1  # panes in a row at or over the level
    minimum: float = 0.0  # of what is learned

    @property
    def colours(self) -> frozenset[LevelName]:
        """Levels that it may warn at, on any day."""
        return frozenset(self.levels).union(*(each.levels for each in self.limits))

    @property
    def rated_by(self) -> Needs:
        """Rate as the file says."""
        return self.needs

    def limits_at(self, day: date) -> DatedLimits | None:
        """Give the limits in force on a day; None where there are none."""
        return next((each for each in self.limits if each.in_force(day)), None)


class CasesRule(Rule):
    """What rules over cases share: which step of a case counts, and under which group."""

    metric: Literal["cases"] = "cases"  # always the counted cases
    step: Literal["reported", "filed", "closed"] = "reported"  # the first names the category
    # Empty: those of the feed, or each category by itself where that has none. All cases together
    # are always watched as well.
    groups: dict[str, Group] = Field(default_factory=dict)
    reporting_delay_h: Annotated[int, Field(ge=0, le=72)] = 0  # a day is judged so long after it
    minimum: Annotated[float, Field(ge=3)] = 3  # cases
    raise_after: Annotated[int, Field(ge=1)] = 1  # evaluations in a row at or over the level
    clear_after: Annotated[int, Field(ge=1)] = 2  # evaluations in a row under it

    is_of_metric: ClassVar[bool] = False

    @property
    def grouped(self) -> Mapping[str, Group]:
        """Groups of categories that it counts together."""
        return self.groups

    def with_groups(self, groups: Mapping[str, Group]) -> Rule:
        """Give the rule with the groups of its feed where it has none of its own."""
        return self if self.groups else self.model_copy(update={"groups": groups})


class CountRule(CasesRule):
    """Kind `counts`: more cases of a group in a street in a day than the season explains."""

    KIND: ClassVar[str] = "counts"

    kind: Literal["counts"]  # more cases than the season explains
    detector: Literal["counts"] = "counts"  # always the counts against their season


class DropRule(CasesRule):
    """Kind `drops`: fewer cases of a group in a street in a day than the season explains.

    A kind beside `counts`, since its cause and what to do about it are others. `minimum` is the
    least number of cases missing that is worth a warning.
    """

    counts_missing: ClassVar[bool] = True

    kind: Literal["drops"]  # fewer cases than the season explains
    detector: Literal["drops"] = "drops"  # always the drops against their season


class ClusterRule(CasesRule):
    """Kind `clusters`: cases that gather in space and time."""

    kind: Literal["clusters"]  # a space-time cluster of cases
    detector: Literal["scan"] = "scan"  # always the space-time scan
    radius_m: Annotated[float, Field(ge=100, le=5000)] = 600  # largest radius of a cluster, metres
    days: Annotated[int, Field(ge=1, le=30)] = 14  # the longest window


NAMED_SOURCES: Final = ("beats", "departments")
CASE_SOURCES: Final = ("streets", *NAMED_SOURCES)  # whose reports are cases


class SilenceRule(Rule):
    """Kind `silence`: a source that should have reported and has not.

    A level begins at a share of the longest silence that is usual for the source; `minimum` is the
    least silence worth a warning, in hours.
    """

    is_of_metric: ClassVar[bool] = False

    kind: Literal["silence"]  # somebody who should have reported has not
    metric: Literal["sensors", "feed", "streets", "beats", "departments"]  # who is missed
    detector: Literal["silence"] = "silence"  # always the rhythm of who reports
    # evaluations in a row in which somebody is missing
    raise_after: Annotated[int, Field(ge=1)] = 1
    clear_after: Annotated[int, Field(ge=1)] = 1  # evaluations in a row in which all reported


class DeliveriesRule(Rule):
    """Kind `deliveries`: receivers of warnings that were given up; a level begins at their number.

    The feed is only where it stands among others; what is watched are the receipts.
    """

    is_of_metric: ClassVar[bool] = False

    kind: Literal["deliveries"]  # receivers that warnings do not reach
    metric: Literal["receivers"] = "receivers"  # always the receivers
    detector: Literal["deliveries"] = "deliveries"  # always what was given up
    raise_after: Annotated[int, Field(ge=1)] = 1  # at the first
    clear_after: Annotated[int, Field(ge=1)] = 1  # as soon as all are reached, or asked for no more
    flap_window_min: Annotated[int, Field(ge=0)] = 0  # each time a new one
    settle_min: Annotated[int, Field(ge=0)] = 0  # it needs no time without
    minimum: float = 1  # receivers
