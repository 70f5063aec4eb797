"""Mutation testing: how many small changes of the code the tests notice; docs/testing.md.

Run: `python -m benchmarks.mutants [--share 25] [--seed 1] [--keep]`. Mutmut changes
`models/warnings`, `models/timing` and `models/situation` in a copy (`mutants/`) and runs the tests
that reach each change. Prints a table; `mutants/survivors.txt` names those that nobody noticed, and
`mutmut show NAME` shows one.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from random import Random
from typing import Final

from scipy.stats import binomtest

FOLDER: Final = Path("mutants")
PACKAGES: Final = ("warnings", "timing", "situation")
SMALLEST: Final = "models.timing.bounds.*"  # its run makes all mutants, and tests two
KILLED, SURVIVED, UNREACHED, HUNG, OPEN = "killed", "survived", "unreached", "hung", "open"
# What pytest, the system or mutmut end with: tests failed or broke off; time was up; no test.
OUTCOMES: Final[dict[int | None, str]] = {
    1: KILLED, 3: KILLED, 0: SURVIVED, 5: UNREACHED, 33: UNREACHED,
    -24: HUNG, 24: HUNG, 36: HUNG, 152: HUNG, 255: HUNG, None: OPEN,
}  # fmt: skip


def mutmut(*names: str) -> None:
    """Test the mutants of some names; all that are not tested yet without any."""
    program = Path(sys.executable).with_name("mutmut")
    command = [str(program), "run", "--max-children", "1", *names]
    with (FOLDER.parent / "mutants.log").open("a") as log:
        subprocess.run(command, check=True, stdout=log, stderr=subprocess.STDOUT)


def outcomes() -> dict[str, dict[str, str]]:
    """What became of each mutant, by file."""
    found = {}
    for path in sorted(FOLDER.glob("models/**/*.meta")):
        codes: Mapping[str, int | None] = json.loads(path.read_text())["exit_code_by_key"]
        if codes:
            found[str(path.relative_to(FOLDER)).removesuffix(".py.meta")] = {
                name: OUTCOMES.get(code, "broken") for name, code in codes.items()
            }
    return found


def drawn(names: Iterable[str], share: float, random: Random) -> list[str]:
    """Some of the mutants of a file, at least one."""
    every = sorted(names)
    return random.sample(every, math.ceil(len(every) * share))


def line(name: str, told: Iterable[str]) -> str:
    """One line of the table: what became of them, and the share that was killed."""
    count = Counter(told)
    total = sum(count.values())
    killed = count[KILLED] + count[HUNG]
    bounds = binomtest(killed, total).proportion_ci(0.95, "wilson")
    figures = "".join(f"{count[each]:>10}" for each in (KILLED, HUNG, SURVIVED, UNREACHED))
    share = f"{killed / total:>9.1%} ({bounds.low:.1%} to {bounds.high:.1%})"
    other = total - killed - count[SURVIVED] - count[UNREACHED]
    return f"{name:<34}{total:>8}{figures}{share}{f'  {other} broken' if other else ''}"


def report(tested: Mapping[str, Mapping[str, str]]) -> str:
    """A table by file, by package and of all."""
    heads = "".join(f"{each:>10}" for each in (KILLED, HUNG, SURVIVED, UNREACHED))
    lines = [f"{'':<34}{'mutants':>8}{heads}   killed (95 %, Wilson)"]
    lines += [line(path, told.values()) for path, told in tested.items()]
    for package in PACKAGES:
        parts = [told for path, told in tested.items() if f"/{package}/" in path]
        lines.append(line(f"models/{package}", [each for told in parts for each in told.values()]))
    lines.append(line("all", [each for told in tested.values() for each in told.values()]))
    return "\n".join(lines)


def survivors(tested: Mapping[str, Mapping[str, str]]) -> str:
    """The mutants that nobody noticed, a line each."""
    unseen = (SURVIVED, UNREACHED)
    return "".join(
        f"{each} {name}\n"
        for told in tested.values()
        for name, each in told.items()
        if each in unseen
    )


def main() -> int:
    """Make the mutants, test them and print what became of them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--share", type=float, default=100, help="per cent of the mutants to test")
    parser.add_argument("--seed", type=int, default=1, help="which of them are drawn")
    parser.add_argument("--keep", action="store_true", help="keep what was tested before")
    arguments = parser.parse_args()
    os.nice(10)
    if not arguments.keep:
        shutil.rmtree(FOLDER, ignore_errors=True)
    mutmut(SMALLEST)
    random, share = Random(arguments.seed), arguments.share / 100
    names = {path: drawn(told, share, random) for path, told in outcomes().items()}
    mutmut(*(name for some in names.values() for name in some) if share < 1 else ())
    after = outcomes()
    tested = {path: {name: after[path][name] for name in some} for path, some in names.items()}
    (FOLDER / "survivors.txt").write_text(survivors(tested))
    print(report(tested))
    return 0


if __name__ == "__main__":
    sys.exit(main())
