"""Levels of rules, from blue to red: in order, and on days that chance alone does not reach."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from config.documents import Document
from config.rules import DatedLimits, LevelName, Levels, Rule

LEVEL_NAMES: Final[tuple[LevelName, ...]] = ("blue", "yellow", "orange", "red")
LEAST_DAYS: Final = 30.0  # chance alone must not warn a place more often


def check_levels(leveled: Rule | DatedLimits, file: Document, at: Sequence[str | int] = ()) -> None:
    """Check that a rule, or what stands in it at a place, has levels; raises ConfigError."""
    if not leveled.levels:
        raise file.error([*at, "levels"], "expected at least one of blue, yellow, orange, red")


def check_order(
    levels: Levels, at: Sequence[str | int], file: Document, *, falling: bool = False
) -> None:
    """Check that levels rise from blue to red, or fall where less is worse; raises ConfigError."""
    begins = [(level, levels[level]) for level in LEVEL_NAMES if level in levels]
    for (lower, low), (higher, high) in pairwise(begins):
        if (high >= low) if falling else (high <= low):
            wrong = f"expected {'less' if falling else 'more'} than {lower} {low}, found {high}"
            raise file.error([*at, higher], wrong)


def check_rarity(rule: Rule, file: Document) -> None:
    """Check that no level begins at what chance alone brings too often; raises ConfigError."""
    for level, days in rule.levels.items():
        if days < LEAST_DAYS:
            wrong = f"expected at least {LEAST_DAYS:.0f} days between two by chance, found {days}"
            raise file.error(["levels", level], wrong)
