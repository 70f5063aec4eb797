"""Warnings that follow from another: while a whole feed is silent, its parts are silent too.

As in Alertmanager, an inhibited warning is kept back while its cause is open. It comes up when the
cause has ended and an evaluation after that still finds it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from zoneinfo import ZoneInfo

import msgspec

from config.catalog import Rule
from config.maintenance import Maintenance
from models.messages.rewinds import Rewind
from models.messages.signals import Scope
from models.messages.warnings import CityWarning, Level, Suppression
from models.rules.contract import kind_of
from models.warnings.grouping import scope_of
from models.warnings.throttle import KeptBack


def kept_back(
    rule: Rule, warnings: Iterable[CityWarning], work: Maintenance, zone: ZoneInfo, tick_ms: int
) -> dict[str, KeptBack]:
    """Give the warnings of a rule that follow from others, or that announced work disturbs.

    A local one follows from the regional one of the same rule while that is in view at no lower a
    level. Red comes through announced work.
    """
    every = [each for each in warnings if not each.cleared_ms]
    regional = [w for w in every if scope_of(w.area) is Scope.REGIONAL and not w.suppressed]
    found: dict[str, KeptBack] = {}
    for each in every:
        window = work.window_of(rule.feed, rule.name, each.area, tick_ms, zone)
        above = [w.id for w in regional if w.id != each.id and w.level >= each.level]
        if above:
            found[each.id] = KeptBack(Suppression.INHIBITED, above[0])
        elif window and each.level < Level.RED:
            found[each.id] = KeptBack(Suppression.MAINTENANCE, f"maintenance/{window}")
    return found


class Cause(msgspec.Struct, frozen=True, kw_only=True):
    """The newest silence of a feed; `ended_ms` is 0 while it lasts, else the event time."""

    warning: str
    ended_ms: int = 0


class Causes(msgspec.Struct, frozen=True, kw_only=True):
    """State: causes by feed."""

    by_feed: dict[str, Cause] = {}

    def of(self, rule: Rule, tick_ms: int) -> str:
        """Give the warning that what a rule finds at an event time follows from, or nothing."""
        cause = self.by_feed.get(rule.feed)
        if cause is None or not kind_of(rule).follows_cause(rule):
            return ""
        lasts = not cause.ended_ms or tick_ms <= cause.ended_ms
        return cause.warning if lasts else ""

    def rewind(self, order: Rewind) -> Causes:
        """Let a silence that ended later than a rewind was asked for have ended then."""
        cause = self.by_feed.get(order.feed)
        if cause is None or cause.ended_ms <= order.asked_ms:
            return self
        ended = msgspec.structs.replace(cause, ended_ms=order.watermark_ms)
        return Causes(by_feed={**self.by_feed, order.feed: ended})

    def updated(self, rule: Rule, changes: Sequence[CityWarning]) -> Causes:
        """Take in the changes of a rule; the same object where none of them is a cause."""
        if not kind_of(rule).is_cause(rule) or not changes:
            return self
        last = changes[-1]
        cause = Cause(warning=last.id, ended_ms=last.cleared_ms)
        return Causes(by_feed={**self.by_feed, rule.feed: cause})
