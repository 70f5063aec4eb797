"""One class name, one definition: what stands twice in the house does so for a reason."""

from __future__ import annotations

import ast
from collections import defaultdict
from typing import Final

from tests.conftest import ROOT
from tests.test_house import PACKAGES, sources

# Name → why it may stand in several modules.
DOUBLES: Final = {
    # The API's answers are named as what they are made of.
    "Delivery": "answer of the API, and what it is made of",
    "DeliveryState": "answer of the API, and of the command",
    "LayerNow": "answer of the API, and what it is made of",
    "By": "choices of a command: each command has its own",
    "Reason": "why: of a dead letter, of a step of a warning, of a stage, of a submission",
    "Refusal": "why something is not taken: a record, an object, a command",
    "Outcome": "what came of it: of a step, of a try, of a warning",
    "Verdict": "of people on a suggestion, of a detector on a value",
    "Component": "of a registry, of a detector, of the index: each field says so",
    "Entry": "of a registry, of the outbox, of a list of warnings",
    "Stage": "of a case (立案 …), of the city",
    "Place": "of a major event, of a declared object",
    "Places": "of a batch of rows, of a scan",
    "Area": "a district's part that is made up, and the area of a signal",
    "Baseline": "as it travels, and as counts are fitted to it",
    "Book": "of matters, and those in Redis",
    "Compared": "a number of the wall with another, what a scan takes as normal",
    "Row": "of a table of indicators, of a file",
    "Clock": "bounds of event time in a feed's file, and what tells a process the time",
    "Departure": "from what was expected: in a bulletin, in a test of counts",
    "Finding": "of a monitor, of the doctor",
    "Part": "of a page, of the archive",
    "Scope": "of a token, of a signal",
    "Span": "of a bulletin, of a simulation",
    "Trend": "of a department, of the snapshot",
}


def test_a_class_name_has_one_definition_or_a_reason() -> None:
    modules: dict[str, set[str]] = defaultdict(set)
    for package in PACKAGES:
        for path in sources(package):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                    modules[node.name].add(str(path.relative_to(ROOT)))
    doubles = {name: sorted(found) for name, found in modules.items() if len(found) > 1}
    assert {name: found for name, found in doubles.items() if name not in DOUBLES} == {}
    assert sorted(set(DOUBLES) - set(doubles)) == [], "no doubles any more: take them out"
