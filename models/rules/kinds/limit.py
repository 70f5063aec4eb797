"""The kind `limit`: values that must not be passed, with or without what is learned."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from config.catalog import Feed, LimitRule, Rule
from config.checks import overlap
from config.documents import Document
from config.levels import check_levels, check_order, check_rarity
from models.rules.metrics import MetricRuleKind
from models.rules.monitors import PaneMonitor


class LimitRuleKind(MetricRuleKind):
    """Watched in every pane by a monitor of its own, `models.monitors.limits`."""

    name = "limit"
    rule = LimitRule
    index_part = "hazards"
    watches = ("readings",)

    def check_rule(self, rule: Rule, feed: Feed, file: Document) -> None:
        """Check that limits are in order, their dates apart, and what is learned is named."""
        del feed
        assert isinstance(rule, LimitRule)
        _check_limits(rule, file)
        if (rule.needs == "limit") != (not rule.detector and not rule.levels):
            wrong = (
                "expected detector and levels (in days) where needs is either or both, only there"
            )
            raise file.error(["needs"], wrong)
        if rule.window_h and rule.statistic != "mean":
            raise file.error(["statistic"], "expected mean where window_h is given")
        check_rarity(rule, file)

    def pane_monitor(self, rule: Rule, zone: str) -> PaneMonitor:
        """Give the monitor of the limits."""
        from models.monitors.limits.monitor import LimitMonitor

        assert isinstance(rule, LimitRule)
        return LimitMonitor(rule, zone)

    def unreached(
        self, rule: Rule, feed: Feed, zone: str, days: float | None
    ) -> Iterator[tuple[str, str]]:
        """Find limits that no accepted value reaches, and what the detector cannot."""
        assert isinstance(rule, LimitRule)
        yield from _beyond_range(rule, feed)
        yield from super().unreached(rule, feed, zone, days)


def _check_limits(rule: LimitRule, file: Document) -> None:
    for number, limits in enumerate(rule.limits):
        at: list[str | int] = ["limits", number]
        check_levels(limits, file, at)
        check_order(limits.levels, [*at, "levels"], file, falling=rule.direction == "below")
        if limits.valid_to is not None and limits.valid_to <= limits.valid_from:
            wrong = f"expected a date after valid_from {limits.valid_from}, found {limits.valid_to}"
            raise file.error([*at, "valid_to"], wrong)
        for other in rule.limits[:number]:
            if overlap(other, limits):
                wrong = f"limits are in force then already, from {other.valid_from}"
                raise file.error([*at, "valid_from"], wrong)


def _beyond_range(rule: LimitRule, feed: Feed) -> Iterator[tuple[str, str]]:
    """Give the limits that no accepted value reaches."""
    metric = feed.metrics[rule.metric]
    for limits in rule.limits:
        for level, limit in limits.levels.items():
            if rule.direction == "above" and limit > metric.high:
                yield level, f"begins at {limit:g}, values over {metric.high:g} are rejected"
            if rule.direction == "below" and limit < metric.low:
                yield level, f"begins at {limit:g}, values under {metric.low:g} are rejected"


KIND: Final = LimitRuleKind()
