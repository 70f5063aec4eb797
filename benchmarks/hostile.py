"""A million messages of hostile and broken devices, through ingest and all agents.

Run: `python -m benchmarks.hostile [--messages 1000000] [--seed 1]`. Exit status 1 where an honest
reading or case among them was not counted exactly once, or a message became too large.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time

from tests.hostile import LARGEST_SNAPSHOT, LARGEST_SUMMARY
from tests.hostile_line import Flood, line

ROW = 50_000  # messages between two rows of the table


def main() -> int:
    """Print a row now and then and the verdict; gives the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    city, began_s = line(), time.monotonic()
    flood = Flood(city, arguments.seed)
    print(f"{'sent':>10}{'honest':>10}{'refused':>10}{'s':>8}{'RSS MB':>8}")
    for sent in flood.send(arguments.messages, ROW):
        rss_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        spent_s = time.monotonic() - began_s
        refused = sum(intake.health(0, 0).rejected for intake in city.intakes.values())
        print(
            f"{sent:>10,}{flood.honest:>10,}{refused:>10,}{spent_s:>8.0f}{rss_mb:>8,}", flush=True
        )
    found = flood.problems()
    if city.largest > LARGEST_SUMMARY or city.largest_snapshot > LARGEST_SNAPSHOT:
        found.append(
            f"a message of {city.largest:,}, a snapshot of {city.largest_snapshot:,} bytes"
        )
    print("; ".join(found) or "every honest reading and case was counted exactly once")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
