"""For Prometheus: what the wall's server counts about itself, and the figures of its snapshot."""

from __future__ import annotations

from functools import partial
from threading import Lock
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from dashboards.common.source import Trouble
from models.cases.indicators.backlog import NOW
from models.cases.indicators.definitions import CORE
from models.messages.street_summaries import IndicatorCount
from models.situation.feed_state import FeedState
from models.situation.line_now import LineNow
from models.situation.snapshot import Snapshot
from models.situation.stage import Stage

GROUPED_BY: Final = ("street", "department")  # cells and beats would be too many time series
GROUP_WINDOW: Final = "30d"
MOST_GROUPS: Final = 50
AT_RISK: Final = "cases_at_risk"  # figure of the snapshot
CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"


class WallMetrics:
    """Metrics of one wall server, in a registry of its own."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._figures = Lock()
        gauge = partial(Gauge, registry=self._registry)
        self._reads = Counter(
            "gridpulse_wall_reads",
            "Reads of the snapshot by outcome.",
            ["outcome"],
            registry=self._registry,
        )
        self._age = gauge(
            "gridpulse_wall_snapshot_age_seconds",
            "Age of the newest snapshot by the server's clock; NaN where there is none.",
        )
        self.refresh_s = Histogram(
            "gridpulse_wall_refresh_seconds",
            "Time to answer one tick of a page.",
            registry=self._registry,
            buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5),
        )

        feed = ["feed"]
        self._stage = gauge("gridpulse_stage", "1 for the stage the city is in, else 0.", ["stage"])
        self._feed_state = gauge(
            "gridpulse_feed_state", "1 for the state a feed is in, else 0.", ["feed", "state"]
        )
        self._feed_age = gauge(
            "gridpulse_feed_age_seconds",
            "Seconds without data of a feed, by the clock of its mode; NaN where none ever came.",
            feed,
        )
        self._feed_replay = gauge("gridpulse_feed_is_replay", "1 where a feed is a replay.", feed)

        self._departed = gauge(
            "gridpulse_feed_departed_sources", "Sources of a feed whose clock is astray.", feed
        )
        self._unregistered = gauge(
            "gridpulse_feed_unregistered_sources", "Sensors of a feed not in its register.", feed
        )
        self._beyond = gauge(
            "gridpulse_feed_beyond_bound",
            "Rows, events or cases of a feed that passed one of its bounds, by bound.",
            ["feed", "bound"],
        )

        self._line = {
            "waiting": gauge(
                "gridpulse_line_waiting_records", "Records an agent has not applied.", ["agent"]
            ),
            "waited_s": gauge(
                "gridpulse_line_waited_seconds",
                "How long what waits for an agent has waited, at least.",
                ["agent"],
            ),
            "unassigned": gauge(
                "gridpulse_line_unassigned_partitions",
                "Partitions of an agent that no worker says that it holds.",
                ["agent"],
            ),
        }
        self._judged_behind = gauge(
            "gridpulse_judged_behind_seconds",
            "Event time between what could be judged of a feed and what is, by the slowest agent "
            "that knows; NaN of one that has judged nothing yet or does not know.",
            ["feed", "agent"],
        )

        name, about = "gridpulse_case_indicator", ("window", "indicator")
        self._cases = {
            "value": gauge(name, "Indicator of all cases.", about),
            "numerator": gauge(f"{name}_numerator", "Its numerator, or its count.", about),
            "denominator": gauge(f"{name}_denominator", "Its denominator.", about),
        }
        self._open = gauge("gridpulse_cases_open", "Open cases by stage.", ["stage"])
        self._overdue = gauge(
            "gridpulse_cases_overdue", "Open cases past their limit, by stage.", ["stage"]
        )
        self._at_risk = gauge(
            "gridpulse_cases_at_risk",
            "Open cases that will more likely than not break their limit, as predicted.",
            ["city"],
        )
        self._duplicates = gauge(
            "gridpulse_cases_possible_duplicates",
            "Open cases that may repeat another open one.",
            ["city"],
        )
        self._flagged = gauge(
            "gridpulse_cases_flagged",
            "Cases in memory, and events, by what is wrong with them.",
            ["reason"],
        )
        self._groups = gauge(
            "gridpulse_case_group_indicator",
            f"Backlog, and core indicators of {GROUP_WINDOW}, by street and department, of at most "
            f"{MOST_GROUPS} groups a dimension, those with most cases.",
            ["by", "group", "indicator"],
        )

    def count(self, found: Snapshot | Trouble) -> None:
        """Count one read."""
        self._reads.labels(found.value if isinstance(found, Trouble) else "snapshot").inc()

    def exposition(self, found: Snapshot | Trouble, age_s: float | None) -> bytes:
        """All metrics in the text format, with the snapshot's figures and the age it has now.

        Without a snapshot the figures are missing: unknown is not zero.
        """
        self._age.set(float("nan") if age_s is None else age_s)
        with self._figures:  # two scrapes at a time must not clear each other's figures
            self._show_feeds(None if isinstance(found, Trouble) else found, age_s or 0.0)
            self._show_cases(None if isinstance(found, Trouble) else found)
            self._show_line(LineNow() if isinstance(found, Trouble) else found.line)
            return generate_latest(self._registry)

    def _show_feeds(self, snapshot: Snapshot | None, since_s: float) -> None:
        """Show the stage and the feeds; a live feed has aged since the snapshot was written."""
        own = (self._stage, self._feed_state, self._feed_age, self._feed_replay)
        for gauge in (*own, self._departed, self._unregistered, self._beyond):
            gauge.clear()
        if snapshot is None:
            return
        for stage in Stage:
            self._stage.labels(stage.slug).set(stage is snapshot.stage.stage)
        for feed in snapshot.feeds:
            for state in FeedState:
                self._feed_state.labels(feed.feed, state.value).set(state is feed.state)
            aged_s = since_s if feed.mode == "live" else 0.0
            age_s = float("nan") if feed.age_s is None else feed.age_s + aged_s
            self._feed_age.labels(feed.feed).set(age_s)
            self._feed_replay.labels(feed.feed).set(feed.mode == "replay")
            self._departed.labels(feed.feed).set(feed.departed_sources)
            self._unregistered.labels(feed.feed).set(feed.unregistered_sources)
            for bound, number in feed.beyond.items():
                self._beyond.labels(feed.feed, bound).set(number)

    def _show_line(self, line: LineNow) -> None:
        """Show how far behind the agents are."""
        for name, gauge in self._line.items():
            gauge.clear()
            for agent in line.agents:
                gauge.labels(agent.agent).set(getattr(agent, name))
        self._judged_behind.clear()
        for feed in line.judged:
            behind_s = float("nan") if feed.behind_s is None else feed.behind_s
            self._judged_behind.labels(feed.feed, feed.agent).set(behind_s)

    def _show_cases(self, snapshot: Snapshot | None) -> None:
        own = (self._open, self._overdue, self._at_risk, self._duplicates)
        for gauge in (*self._cases.values(), *own, self._flagged, self._groups):
            gauge.clear()
        if snapshot is None:
            return
        for stage, now in snapshot.stages.items():
            self._open.labels(stage).set(now.open)
            self._overdue.labels(stage).set(now.overdue)
        if snapshot.stages:
            self._duplicates.labels(snapshot.city).set(snapshot.duplicates_open)
        if AT_RISK in snapshot.figures:  # without a trained model nobody knows
            self._at_risk.labels(snapshot.city).set(snapshot.figures[AT_RISK])
        for reason, number in snapshot.flags.items():
            self._flagged.labels(reason).set(number)
        for count in snapshot.indicators:
            if count.by == "all":
                self._show_indicator(count)
        for by in GROUPED_BY:
            self._show_groups(by, [one for one in snapshot.indicators if one.by == by])

    def _show_groups(self, by: str, counts: list[IndicatorCount]) -> None:
        recent = [one for one in counts if one.window == GROUP_WINDOW and one.indicator in CORE]
        recent += [one for one in counts if one.window == NOW]
        filed = {one.group: one.numerator for one in recent if one.indicator == "filed"}
        shown = set(sorted(filed, key=lambda group: (-filed[group], group))[:MOST_GROUPS])
        for one in recent:
            value = value_of(one)
            if one.group in shown and value is not None:
                self._groups.labels(by, one.group, one.indicator).set(value)

    def _show_indicator(self, count: IndicatorCount) -> None:
        about = (count.window, count.indicator)
        self._cases["numerator"].labels(*about).set(count.numerator)
        if count.denominator is not None:
            self._cases["denominator"].labels(*about).set(count.denominator)
        value = value_of(count)
        if value is not None:
            self._cases["value"].labels(*about).set(value)


def value_of(count: IndicatorCount) -> float | None:
    """Value of an indicator; None where there is nothing to divide by.

    Examples
    --------
    >>> value_of(IndicatorCount("30d", "all", "all", "closed_of_due", 911, 972))
    0.9372427983539094
    >>> value_of(IndicatorCount("30d", "all", "all", "filed", 996, None))
    996
    """
    if count.value is not None or count.denominator is None:
        return count.numerator if count.value is None else count.value
    return count.numerator / count.denominator if count.denominator else None
