"""The kind `deliveries`: warnings that did not reach a receiver, told to the duty officer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Final

from config.catalog import Feed, Metric, Rule, Text
from config.documents import Document
from config.levels import check_levels
from config.rules import DeliveriesRule
from models.messages.signals import Signal, SilenceSignal
from models.rules.contract import RuleKind
from models.rules.monitors import ReceiverMonitor


class DeliveriesRuleKind(RuleKind):
    """Watched by `models.monitors.receivers`: who was given up and has not been reached since."""

    name = "deliveries"
    rule = DeliveriesRule
    watches = ("cases", "readings")
    by_wall_clock = True
    measures: ClassVar = Metric(
        title={"zh": "预警送达", "en": "delivery of warnings"},
        unit="",
        resolution=1,
        low=0,
        high=1e6,
    )

    def check_rule(self, rule: Rule, feed: Feed, file: Document) -> None:
        """Check that it has levels; they are no days but numbers of receivers."""
        del feed
        check_levels(rule, file)

    def receiver_monitor(self, rule: Rule, area: str) -> ReceiverMonitor | None:
        """Give the monitor of receivers that were given up."""
        from models.monitors.receivers import UnreachedReceivers

        return UnreachedReceivers(rule, area)

    def explain(
        self, signal: Signal, measured: Metric, names: Mapping[str, Text]
    ) -> dict[str, str] | None:
        """Say which receivers, by the ids of their subscriptions."""
        del measured, names
        if not isinstance(signal, SilenceSignal):
            return None
        seen = signal.evidence
        more = ["…"] if len(seen.named) < seen.sources else []
        zh, en = "、".join([*seen.named, *more]), ", ".join([*seen.named, *more])
        return {
            "zh": f"{seen.sources}个接收方收不到预警（{zh}）：按计划重试均失败；送达或退订后解除。",
            "en": f"{seen.sources} receiver(s) do not get their warnings ({en}): every try of the "
            "schedule failed; ends once they are reached, or asked for no more.",
        }


KIND: Final = DeliveriesRuleKind()
