"""Which metrics of a feed are watched by which detectors, and how those are configured."""

from __future__ import annotations

from collections.abc import Sequence

from config.catalog import Catalog, Rule
from models.detect.registry import KINDS, DetectorConfig

WatchKey = tuple[str, str]  # metric, detector


def rules_by_detector(catalog: Catalog, feed: str) -> dict[WatchKey, list[Rule]]:
    """Rules over the readings of a feed by what they listen to, in a fixed order."""
    rules: dict[WatchKey, list[Rule]] = {}
    for rule in sorted(catalog.rules.values(), key=lambda rule: rule.name):
        if rule.feed == feed and rule.detector in KINDS:
            rules.setdefault((rule.metric, rule.detector), []).append(rule)
    return rules


def shares_panes(rule: Rule) -> bool:
    """Tell whether a rule reads the signals of its feed's panes, and none of its own."""
    return not rule.source


def config_of(rules: Sequence[Rule], width_s: int, zone: str) -> DetectorConfig:
    """Give how the detector behind some rules is configured."""
    return DetectorConfig(
        width_s=width_s,
        zone=zone,
        minimum=min(rule.minimum for rule in rules),
        run=max((rule.raise_after for rule in rules if shares_panes(rule)), default=1),
    )
