"""Which cases are counted together: the groups of a rule, each category by itself, and all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from config.catalog import CasesRule

ALL: Final = "all"


class Groups:
    """The groups of a rule.

    Parameters
    ----------
    rule : CasesRule
        A category that is in none of its groups is only counted among all cases; without groups
        each category is one.

    Attributes
    ----------
    key : frozenset of (category, group)
        Equal where the groups are.
    """

    def __init__(self, rule: CasesRule) -> None:
        self._of: Mapping[str, str] = {
            code: name for name, group in rule.groups.items() for code in group.categories
        }
        self.key = frozenset(self._of.items())

    def of(self, category: str) -> str | None:
        """Give the group of a category; None where it has none."""
        if self._of:
            return self._of.get(category)
        return category or None

    def members(self, categories: list[str]) -> dict[str, NDArray[np.bool_]]:
        """Tell, for each group with a category, which of the categories belong to it."""
        names = [self.of(code) for code in categories]
        found = {
            name: np.array([each == name for each in names], dtype=np.bool_)
            for name in sorted({name for name in names if name is not None})
        }
        return {**found, ALL: np.ones(len(categories), dtype=np.bool_)}
