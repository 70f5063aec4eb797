"""The known answer of new problems: 2,305 reports of one new kind among 160,000 others.

`python -m benchmarks.new_problems`: the new kind begins after 58 days and grows over half a year.
Ends with 1 where it is not proposed within 14 days, or where more than one other proposal a week
is made.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from typing import Final

from config.loader import load
from config.settings import Settings
from models.new_problems.discovery import ProblemFinder
from models.new_problems.growth import ProblemReport
from models.new_problems.segment import words
from models.timing.units import DAY_MS
from ops.simulation.texts import NEW_WORDS, Seeded, invented_texts

FIRST_DAY: Final = 14_000
BEGINS, DAYS, A_DAY, NEW = 58, 240, 667, 2305
SOON: Final = 14  # days


def seeded(seed: int, *, begins: int, days: int, a_day: int, new: int) -> Iterator[ProblemReport]:
    """Give the reports, with their words."""
    catalog = load(Settings())
    other = {feed.other_category for feed in catalog.feeds_of("cases")}
    kind = Seeded(reports=new, first=begins, last=days)
    for number, row in enumerate(invented_texts(catalog, FIRST_DAY, days, a_day, seed, kind)):
        yield ProblemReport(
            case=f"{number}",
            day=row["ts"] // DAY_MS,
            category="" if row["category"] in other else row["category"],
            street=row["street"],
            words=words(row["text"]),
        )


def main() -> int:
    """Run it, and say what was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    seed = parser.parse_args().seed
    reports = list(seeded(seed, begins=BEGINS, days=DAYS, a_day=A_DAY, new=NEW))
    began_s = time.perf_counter()
    found = list(ProblemFinder().run(reports))
    took_s = time.perf_counter() - began_s
    right = [each for each in found if set(each.words) & set(NEW_WORDS)]
    wrong = len(found) - len(right)
    late = right[0].first_day - FIRST_DAY - BEGINS if right else None
    print(f"{len(reports):,} reports, {NEW:,} of them new, in {took_s:.0f} s of looking")
    print(f"proposed after {late} days; {wrong} others in {DAYS / 7:.0f} weeks")
    return 0 if late is not None and late <= SOON and wrong <= DAYS / 7 else 1


if __name__ == "__main__":
    sys.exit(main())
