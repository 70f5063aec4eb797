"""Runs many seeds: `python -m tests.simulation --seeds 10000 --hours 24 --jobs 2`."""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor

from tests.simulation.quiet import silence
from tests.simulation.run import Outcome, simulate


def main() -> int:
    """Run the seeds; 1 where one of them failed."""
    asked = _arguments()
    began_s, done, failed = time.monotonic(), 0, list[int]()
    totals: Counter[str] = Counter()
    for outcome in _outcomes(asked):
        done += 1
        totals.update(outcome.counts)
        if outcome.problems:
            failed.append(outcome.seed)
            print(f"seed {outcome.seed}:", *outcome.problems[: asked.show], sep="\n  ", flush=True)
        elif asked.verbose:
            print(f"seed {outcome.seed}: {outcome.digest} {outcome.counts}", flush=True)
    took_s = time.monotonic() - began_s
    print(f"{done} seeds of {asked.hours:g} h in {took_s:.0f} s, {done / took_s:.2f} a second")
    print(f"{dict(totals)}")
    print(f"failed: {failed or 'none'}")
    return 1 if failed else 0


def _outcomes(asked: argparse.Namespace) -> Iterator[Outcome]:
    seeds = range(asked.first, asked.first + asked.seeds)
    if asked.jobs == 1:
        silence()
        yield from (simulate(seed, asked.hours) for seed in seeds)
        return
    with ProcessPoolExecutor(asked.jobs, initializer=silence) as pool:
        yield from pool.map(simulate, seeds, [asked.hours] * len(seeds), chunksize=4)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--first", type=int, default=0, help="first seed")
    parser.add_argument("--seeds", type=int, default=200, help="how many seeds")
    parser.add_argument("--hours", type=float, default=6.0, help="simulated hours of each")
    parser.add_argument("--jobs", type=int, default=2, help="processes")
    parser.add_argument("--show", type=int, default=5, help="sentences shown of a failed seed")
    parser.add_argument("--verbose", action="store_true", help="tell of every seed")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
