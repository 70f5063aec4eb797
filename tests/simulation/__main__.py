"""Runs many seeds and tells which failed, and how to run those again."""

from __future__ import annotations

import argparse
import resource
import shlex
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import repeat
from typing import Final

from tests.simulation.faults import KINDS
from tests.simulation.quiet import settle_in
from tests.simulation.run import Outcome, attempt

_PROGRESS_S: Final = 30.0
_EVERYBODY: Final = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)


class Progress:
    """What was run so far, and what came of it.

    Parameters
    ----------
    asked : argparse.Namespace
        What the command line said.
    """

    def __init__(self, asked: argparse.Namespace) -> None:
        self._asked = asked
        self._began_s = self._told_s = time.monotonic()
        self._totals: Counter[str] = Counter()
        self._done = 0
        self.failed: list[int] = []

    def note(self, outcome: Outcome) -> None:
        """Count one seed; print it where it failed or where all are asked for."""
        self._done += 1
        self._totals.update(outcome.counts)
        if outcome.problems:
            self.failed.append(outcome.seed)
            shown = outcome.problems[: self._asked.show]
            print(f"seed {outcome.seed} failed:", *shown, sep="\n  ")
            print(f"  again: {again(outcome, self._asked.faults)}", flush=True)
        elif self._asked.verbose:
            print(f"seed {outcome.seed}: {outcome.digest} {outcome.counts}", flush=True)
        if time.monotonic() - self._told_s >= _PROGRESS_S:
            self._told_s = time.monotonic()
            print(self._so_far(), flush=True)

    def _so_far(self) -> str:
        pace = self._done / (time.monotonic() - self._began_s)
        left_min = (self._asked.seeds - self._done) / pace / 60
        return (
            f"{self._done} of {self._asked.seeds} seeds, {pace:.2f} a second,"
            f" {left_min:.0f} min left, failed: {self.failed or 'none'}"
        )

    def tell_end(self) -> None:
        """Print the totals."""
        took_s = time.monotonic() - self._began_s
        used_s = sum(sum(resource.getrusage(who)[:2]) for who in _EVERYBODY)
        print(
            f"{self._done} seeds of {self._asked.hours:g} h in {took_s:.0f} s"
            f" and {self._asked.jobs} processes, {used_s / self._done:.2f} s of a core each"
        )
        print(", ".join(f"{kind} {count:,}" for kind, count in sorted(self._totals.items())))
        print(f"failed: {self.failed or 'none'}")


def main(words: Sequence[str] | None = None) -> int:
    """Run the seeds; 1 where one of them failed."""
    asked = _arguments(words)
    progress = Progress(asked)
    for outcome in _outcomes(asked):
        progress.note(outcome)
    progress.tell_end()
    return 1 if progress.failed else 0


def again(outcome: Outcome, faults: Sequence[str] = ()) -> str:
    """Give the command that runs a seed again, the same to the bit."""
    only = "".join(f" --faults {shlex.quote(kind)}" for kind in faults)
    return (
        f".venv/bin/python -m tests.simulation --first {outcome.seed} --seeds 1"
        f" --hours {outcome.hours:g} --jobs 1 --verbose{only}"
    )


def _outcomes(asked: argparse.Namespace) -> Iterator[Outcome]:
    seeds = range(asked.first, asked.first + asked.seeds)
    if asked.jobs == 1:
        settle_in()
        yield from (attempt(seed, asked.hours, asked.faults) for seed in seeds)
        return
    with ProcessPoolExecutor(asked.jobs, initializer=settle_in) as pool:
        hours, faults = repeat(asked.hours), repeat(asked.faults)
        yield from pool.map(attempt, seeds, hours, faults, chunksize=4)


def _arguments(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m tests.simulation", description=__doc__)
    parser.add_argument("--first", type=int, default=0, help="first seed")
    parser.add_argument("--seeds", type=int, default=10_000, help="how many seeds")
    parser.add_argument("--hours", type=float, default=24.0, help="simulated hours of each")
    parser.add_argument("--jobs", type=int, default=2, help="processes")
    parser.add_argument(
        "--faults", action="append", default=[], metavar="KIND", help="many of these, and no others"
    )
    parser.add_argument("--show", type=int, default=5, help="sentences shown of a failed seed")
    parser.add_argument("--verbose", action="store_true", help="tell of every seed")
    asked = parser.parse_args(words)
    if unknown := sorted(set(asked.faults) - set(KINDS)):
        parser.error(f"no fault is called {unknown[0]!r}; there are: {', '.join(KINDS)}")
    return asked


if __name__ == "__main__":
    sys.exit(main())
