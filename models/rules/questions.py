"""What the rules of a city ask of the closed loop of cases."""

from __future__ import annotations

from config.catalog import Catalog
from models.cases.closed_loop.questions import Question
from models.rules.contract import kind_of


def questions_of(catalog: Catalog) -> dict[str, list[Question]]:
    """Give by feed what its rules ask at the end of each pane, in the order of their names."""
    found: dict[str, list[Question]] = {}
    for _, rule in sorted(catalog.rules.items()):
        if (question := kind_of(rule).question(rule)) is not None:
            found.setdefault(rule.feed, []).append(question)
    return found
