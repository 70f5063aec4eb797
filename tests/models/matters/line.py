"""A feed of a matter through the live code without Kafka, for tests of its kind."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from config.catalog import Catalog
from config.loader import load
from config.settings import Settings
from models.feeds.raw import RawMessage
from models.messages.dead_letters import Rejected
from models.messages.envelope import decode
from models.messages.warnings import CityWarning
from models.situation.matter_now import MatterNow, MatterRow
from models.situation.snapshot import Snapshot
from ops.backtest.backtest import Backtest

ZONE = ZoneInfo("Asia/Shanghai")


@cache
def dongcheng() -> Catalog:
    return load(Settings())


def at(text: str) -> int:
    """Epoch milliseconds of a local time, as 2009-03-02T10:00."""
    return int(datetime.fromisoformat(text).replace(tzinfo=ZONE).timestamp() * 1000)


def sent(rows: Iterable[Mapping[str, Any]]) -> list[RawMessage]:
    """Rows as raw messages; `ts` is a local time as text, or epoch milliseconds."""
    messages = []
    for row in rows:
        ts_ms = at(row["ts"]) if isinstance(row["ts"], str) else row["ts"]
        key = str(row.get("object") or row.get("unit") or row.get("post") or "")
        messages.append(RawMessage(ts_ms, key, json.dumps({**row, "ts": ts_ms}).encode()))
    return sorted(messages, key=lambda one: one.ts_ms)


@dataclass
class Outcome:
    """What came of a run."""

    snapshot: Snapshot
    feed: str
    dead: list[Rejected] = field(default_factory=list)
    warnings: list[CityWarning] = field(default_factory=list)

    @property
    def matter(self) -> MatterNow:
        (found,) = [one for one in self.snapshot.matters if one.feed == self.feed]
        return found

    def row(self, code: str, by: str = "all", group: str = "") -> MatterRow:
        found = self.matter.figure(code, by, group)
        assert found is not None, (code, by, group)
        return found

    def value(self, code: str, by: str = "all", group: str = "") -> float | None:
        return self.row(code, by, group).value

    def why(self) -> list[tuple[str, str]]:
        return [(letter.reason.value, letter.detail) for letter in self.dead]

    def rules(self) -> set[str]:
        return {warning.rule for warning in self.warnings}


def run(
    feed: str,
    messages: Iterable[RawMessage],
    *,
    catalog: Catalog | None = None,
    settled_ms: int = 0,
    partitions: int = 4,
) -> Outcome:
    """Run messages through ingest, the agents and the snapshot."""
    dead: list[Rejected] = []

    def observe(topic: str, _: bytes, value: bytes) -> None:
        if topic == "dead-letters":
            dead.append(decode(Rejected, value))

    settings = Settings(street_partitions=partitions)
    test = Backtest(catalog or dongcheng(), settings, feed, observe, settled_ms=settled_ms)
    test.run(messages)
    assert test.snapshot is not None
    newest = [life[-1] for life in test.warnings.values()]
    return Outcome(test.snapshot, feed, dead, newest)
