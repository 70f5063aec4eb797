"""All benchmarks in turn, each in a process of its own: `python -m benchmarks [--quick]`."""

from __future__ import annotations

import argparse
import subprocess
import sys
from typing import Final

RUNS: Final[dict[str, tuple[str, ...]]] = {
    "ingest": ("--kafka",),
    "panes": (),
    "cases": (),
    "detect": (),
    "line": (),
    "life": ("8",),
    "new_problems": (),
}
QUICK: Final[dict[str, tuple[str, ...]]] = {
    "ingest": ("--kafka", "--readings", "200000"),
    "panes": (),
    "cases": ("--cases", "20000"),
    "detect": (),
    "line": ("--seconds", "10", "--events", "10000", "--frames", "300"),
    "life": ("6",),
    "new_problems": (),
}


def main() -> int:
    """Run them; gives 1 where one broke off."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small sizes: minutes, rough figures")
    parser.add_argument("only", nargs="*", help=f"some of {', '.join(RUNS)}; default all")
    arguments = parser.parse_args()
    broken = []
    for name, options in (QUICK if arguments.quick else RUNS).items():
        if arguments.only and name not in arguments.only:
            continue
        print(f"== {name} {' '.join(options)}".rstrip(), flush=True)
        run = subprocess.run([sys.executable, "-m", f"benchmarks.{name}", *options], check=False)
        if run.returncode:
            broken.append(name)
    if broken:
        print(f"broken off: {', '.join(broken)}", file=sys.stderr)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
