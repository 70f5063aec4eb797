"""Recompute every quality figure: tables here, `detection-figures.json` and plots in `docs`.

`python -m benchmarks.quality [--quick] [--parts counts,clusters] [--data DIR] [--out DIR]`
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from rich.console import Console

from benchmarks.quality import clusters, counts, drawing, public, readings, series, tables

ROOT: Final = Path(__file__).resolve().parents[2]
PARTS: Final = ("counts", "clusters", "readings", "dense", "bound", "series", "public")
WIDTH: Final = 130  # of the tables, where no terminal tells
NEEDS_DATA: Final = ("clusters", "readings", "bound", "public")

Progress = Callable[[str], None]
Figures = dict[str, Any]


def work_out(part: str, data: Path, progress: Progress, *, is_quick: bool) -> Figures:
    """Work out the figures of one part; a quick run only shows that it works."""
    if part == "counts":
        return counts.figures(1 if is_quick else 20, progress)
    if part == "clusters":
        size = {"days": 1, "shuffles": 20, "tries": 8}
        full = {"days": 10, "shuffles": 600, "tries": 80}
        return clusters.figures(data, progress, **(size if is_quick else full))
    if part == "series":
        return dict(series.figures(1 if is_quick else 2, progress))
    if part == "public":
        return dict(public.figures(data / "series", progress, is_quick=is_quick))
    progress(f"{part}: this takes minutes")
    return _readings(part, data / "air", is_quick=is_quick)


def _readings(part: str, folder: Path, *, is_quick: bool) -> Figures:
    if part == "readings":
        return readings.stations(folder, is_quick=is_quick)
    if part == "dense":
        return readings.dense(is_quick=is_quick)
    return dict(readings.limits(folder, is_quick=is_quick))


def _save(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def main(arguments: Sequence[str] | None = None) -> None:
    """Work out the parts that are asked for and can be had; keep the figures of the others."""
    options = _options(arguments)
    progress = Console(stderr=True).print
    console = Console() if sys.stdout.isatty() else Console(width=WIDTH)
    figures_file = options.out / "detection-figures.json"
    kept = json.loads(figures_file.read_text("utf-8")) if figures_file.exists() else {}
    found: Figures = {}
    for part in options.parts.split(","):
        if part in NEEDS_DATA and not options.data.is_dir():
            progress(f"{part}: left out, there is no real data in {options.data}")
            continue
        found[part] = work_out(part, options.data, progress, is_quick=options.quick)
    for table in tables.tables(found):
        console.print(table)
    for name, drawn in drawing.plots(kept | found):
        _save(options.out / "img" / f"{name}.svg", drawn)
    _save(figures_file, json.dumps(kept | found, indent=1, ensure_ascii=False) + "\n")


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks.quality", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small samples: only a trial")
    parser.add_argument("--parts", default=",".join(PARTS), help="which, with commas between")
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--out", type=Path, default=ROOT / "docs")
    options = parser.parse_args(arguments)
    unknown = set(options.parts.split(",")) - set(PARTS)
    if unknown:
        parser.error(
            f"no part is called {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}"
        )
    return options


if __name__ == "__main__":
    main()
