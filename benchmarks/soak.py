"""Ten minutes of 20,000 readings a second on Apache Kafka: lag, latency and memory stay flat.

Run: `python -m benchmarks.soak [--minutes 10] [--per-second 20000]`. Prints a row every 30 seconds
and a verdict; exit status 1 where a figure left its bounds.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console

from benchmarks.rig import START_S, Load, Rig, rig, wait_until

ROW_S = 30.0
WARM_ROWS = 2  # rows before anything is judged
LATENCY_MS = 1500
LAG_S = 2.0  # of the rate: what one second brings is still on its way
RSS_GROWTH = 1.15


@dataclass(frozen=True)
class Row:
    """What was seen at one moment."""

    at_s: float
    sent: int
    accepted: int
    lag: int
    p50_ms: float
    p99_ms: float
    rss_mb: dict[str, float]

    @property
    def behind(self) -> int:
        """Readings that were sent and not yet accepted."""
        return self.sent - self.accepted

    def as_text(self) -> str:
        """One line of the table."""
        rss = "".join(f"{self.rss_mb[name]:>9.0f}" for name in sorted(self.rss_mb))
        return (
            f"{self.at_s:>6.0f}{self.sent:>12,}{self.lag:>10,}{self.behind:>10,}"
            f"{self.p50_ms:>8.0f}{self.p99_ms:>8.0f}{rss}"
        )


COLUMNS = (("s", 6), ("sent", 12), ("lag", 10), ("behind", 10), ("p50 ms", 8), ("p99 ms", 8),
           ("ingest", 9), ("worker", 9))  # fmt: skip
HEAD = "".join(f"{name:>{width}}" for name, width in COLUMNS)


def look(line: Rig, load: Load, began_s: float) -> Row:
    """Read the snapshot and the memory of the processes."""
    snapshot = line.snapshot()
    assert snapshot is not None
    latency = snapshot.latency_ms["ingest_to_snapshot"]
    return Row(
        at_s=time.monotonic() - began_s,
        sent=load.sent,
        accepted=int(snapshot.figures["readings_in"]),
        lag=int(snapshot.figures["lag_records"]),
        p50_ms=latency["p50"] or float("inf"),
        p99_ms=latency["p99"] or float("inf"),
        rss_mb={name: line.rss_mb(name) for name in line.children},
    )


def problems(rows: Sequence[Row], per_s: int) -> list[str]:
    """Say which figures left their bounds after the warm-up.

    Examples
    --------
    >>> calm = Row(30, 600_000, 595_000, 900, 700, 1200, {"worker": 300.0})
    >>> problems([calm] * 5, 20_000)
    []
    >>> slow = Row(30, 600_000, 595_000, 900, 700, 1700, {"worker": 400.0})
    >>> problems([calm] * 4 + [slow], 20_000)
    ['p99 1700 ms, at most 1500', 'worker grew from 300 to 400 MB']
    """
    judged = rows[WARM_ROWS:] or rows
    found = []
    if (slowest := max(row.p99_ms for row in judged)) > LATENCY_MS:
        found.append(f"p99 {slowest:.0f} ms, at most {LATENCY_MS}")
    if (lag := max(row.lag for row in judged)) > LAG_S * per_s:
        found.append(f"lag {lag:,} records, at most {LAG_S * per_s:,.0f}")
    if (behind := max(row.behind for row in judged)) > 2 * LAG_S * per_s:
        found.append(f"{behind:,} readings behind, at most {2 * LAG_S * per_s:,.0f}")
    for name in judged[0].rss_mb:
        first, last = judged[0].rss_mb[name], judged[-1].rss_mb[name]
        if last > RSS_GROWTH * first:
            found.append(f"{name} grew from {first:.0f} to {last:.0f} MB")
    return found


def soak(minutes: float, per_s: int, say: Console) -> list[str]:
    """Run it; gives the problems."""
    with rig() as line:
        line.start("ingest", "worker")
        wait_until(lambda: line.snapshot() is not None, START_S)
        say.print(HEAD, highlight=False)
        rows: list[Row] = []
        with Load(line.settings, line.catalog, per_s) as load:
            began_s = time.monotonic()
            while time.monotonic() < began_s + minutes * 60:
                time.sleep(min(ROW_S, minutes * 60 / (WARM_ROWS + 1)))
                if ended := [n for n, child in line.children.items() if child.returncode]:
                    return [f"{name} ended: {line.children[name].log_tail(3)}" for name in ended]
                rows.append(look(line, load, began_s))
                say.print(rows[-1].as_text(), highlight=False)
            reached = load.sent / (time.monotonic() - began_s)
    short = [f"only {reached:,.0f} readings/s were sent"] if reached < 0.98 * per_s else []
    return short + problems(rows, per_s)


def main() -> int:
    """Print the table and the verdict; gives the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--per-second", type=int, default=20_000)
    arguments = parser.parse_args()
    say = Console(width=110)
    found = soak(arguments.minutes, arguments.per_second, say)
    say.print("; ".join(found) or "lag, latency and memory stayed flat", highlight=False)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
