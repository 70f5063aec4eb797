"""Baselines of readings from the archive: trained, judged, and published to the running workers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from config import names
from config.catalog import Catalog, Rule
from config.errors import InputError
from config.settings import Settings
from models.messages.baselines import Baseline, BaselineKey, split
from models.messages.envelope import encode
from models.messages.signing import sign
from models.monitors.readings.rules_by_detector import config_of, rules_by_detector
from models.monitors.readings.training import LEAST_MS, Training
from models.timing.units import DAY_MS
from ops.analysis.archive import connect
from ops.kafka import publish_model
from ops.output import progress
from streams.partitions import partition_of

BATCH_ROWS: Final = 200_000

_SPAN: Final = """
SELECT count(*), min(start_ms), max(start_ms + width_s * 1000), count(DISTINCT start_ms)
FROM panes WHERE feed = $feed AND metric = $metric AND width_s = $width_s
"""
# The mean is made as the stream makes it: from the exact sum.
_VALUES: Final = """
SELECT start_ms, CAST(cell AS BIGINT) AS cell, sum / count * resolution AS value
FROM panes WHERE feed = $feed AND metric = $metric AND width_s = $width_s AND count > 0
ORDER BY start_ms, cell
"""


@dataclass(frozen=True, kw_only=True)
class Trained:
    """What came of the training of one metric.

    Attributes
    ----------
    baseline : Baseline or None
        None where the archive holds too little.
    reason : str
        Why there is no baseline.
    """

    key: BaselineKey
    baseline: Baseline | None
    reason: str = ""

    def to_builtins(self) -> dict[str, Any]:
        """Lay out for the report: no state, only what one may want to know."""
        feed, metric, detector = self.key
        named: dict[str, Any] = {"feed": feed, "metric": metric, "detector": detector}
        if self.baseline is None:
            return named | {"baseline": None, "reason": self.reason}
        parts = split(self.baseline)
        return named | {
            "baseline": parts[0].version,
            "trained_from_ms": self.baseline.trained_from_ms,
            "trained_until_ms": self.baseline.trained_until_ms,
            "parts": len(parts),
            "bytes": sum(len(part.data) for part in parts),
            "quality": msgspec.to_builtins(self.baseline.quality),
        }


def train_all(archive: Path, catalog: Catalog) -> list[Trained]:
    """Train a baseline of every metric that a rule over readings watches.

    Raises
    ------
    InputError
        No rule watches readings, or the archive holds none.
    """
    wanted = _wanted(catalog)
    if not wanted:
        msg = f"no rule of {catalog.city.name['en']} watches readings: there is nothing to train"
        raise InputError(msg)
    with connect(archive) as connection:
        if not connection.execute("SELECT count(*) FROM panes").fetchall()[0][0]:
            msg = (
                f"no panes in the archive {archive}: workers fill it, "
                f"or `gridpulse backtest … --archive {archive}`"
            )
            raise InputError(msg)
        return [_train(connection, catalog, key, rules) for key, rules in wanted.items()]


def publish(trained: list[Trained], settings: Settings, catalog: Catalog) -> int:
    """Hand the baselines to the running workers; gives the number of messages.

    Raises
    ------
    ServerUnavailable
        The broker did not take all of them in time.
    """
    number = partition_of(catalog.city.code.encode(), settings.district_partitions)
    parts = [p for each in trained if each.baseline is not None for p in split(each.baseline)]
    messages = [
        publish_model.ModelMessage(part.message_key, encode(sign(part, settings.model_key)), number)
        for part in parts
    ]
    return publish_model.publish(messages, names.BASELINES, settings)


def _wanted(catalog: Catalog) -> dict[BaselineKey, list[Rule]]:
    return {
        (feed.name, *key): rules
        for feed in catalog.measured_feeds()
        for key, rules in rules_by_detector(catalog, feed.name).items()
    }


def _train(connection: Any, catalog: Catalog, key: BaselineKey, rules: list[Rule]) -> Trained:
    feed, metric, _ = key
    width_s = catalog.feeds[feed].pane_s
    given = {"feed": feed, "metric": metric, "width_s": width_s}
    rows, first_ms, until_ms, panes = connection.execute(_SPAN, given).fetchall()[0]
    if not rows:
        return Trained(key=key, baseline=None, reason=f"no panes of {width_s} s in the archive")
    if until_ms - first_ms < LEAST_MS:
        days = (until_ms - first_ms) / DAY_MS
        reason = f"{days:.1f} days of history, {LEAST_MS // DAY_MS} are needed"
        return Trained(key=key, baseline=None, reason=reason)
    training = Training(key, config_of(rules, width_s, catalog.city.timezone), rules, until_ms)
    with progress() as bar:
        task = bar.add_task(f"{feed} {metric}", total=panes)
        for start_ms, cells, values in _panes(connection, given):
            training.learn(start_ms, cells, values)
            bar.advance(task)
    return Trained(key=key, baseline=training.baseline())


def _panes(
    connection: Any, given: dict[str, Any]
) -> Iterator[tuple[int, NDArray[np.int64], NDArray[np.float64]]]:
    """Cut the rows into panes, oldest first, without holding all of them."""
    kept: list[NDArray[Any]] = [np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0)]
    for batch in connection.sql(_VALUES, params=given).to_arrow_reader(BATCH_ROWS):
        new = [batch.column(at).to_numpy(zero_copy_only=False) for at in range(3)]
        starts, cells, values = (np.concatenate(pair) for pair in zip(kept, new, strict=True))
        cuts = np.flatnonzero(np.diff(starts)) + 1
        for low, high in pairwise([0, *cuts.tolist()]):
            yield int(starts[low]), cells[low:high], values[low:high]
        last = cuts[-1] if cuts.size else 0
        kept = [starts[last:], cells[last:], values[last:]]
    if kept[0].size:
        yield int(kept[0][0]), kept[1], kept[2]
