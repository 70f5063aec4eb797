"""The kind `readings`: what is unusual by its own past, found in panes that its rules share."""

from __future__ import annotations

from typing import Final

from config.catalog import ReadingsRule
from models.rules.metrics import MetricRuleKind


class ReadingsRuleKind(MetricRuleKind):
    """Rules of a feed share one monitor a metric and detector, `models.monitors.readings`."""

    name = "readings"
    rule = ReadingsRule
    watches = ("readings",)


KIND: Final = ReadingsRuleKind()
