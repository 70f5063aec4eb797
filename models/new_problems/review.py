"""What people make of proposals: a name, another proposal, or nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

import msgspec

from models.new_problems.discovery import ProposedClass

Verdict = Literal["proposed", "named", "merged", "dismissed"]


class Reviewed(msgspec.Struct, kw_only=True):
    """A proposal and what became of it.

    Attributes
    ----------
    category, title : str, dict of str to str
        Code and name of the class that it became.
    since_day : int
        Local day since 1970 from which on reports with its words are of that class.
    into : str
        Id of the proposal that it was merged into.
    why : str
        Of a dismissal.
    """

    problem: ProposedClass
    verdict: Verdict = "proposed"
    category: str = ""
    title: dict[str, str] = {}
    since_day: int = 0
    into: str = ""
    why: str = ""


class UnknownProblem(LookupError):
    """No proposal of that id, or it was decided already."""


def with_found(queue: Sequence[Reviewed], found: Iterable[ProposedClass]) -> list[Reviewed]:
    """Put what was found over a queue: figures are renewed, verdicts stand."""
    table = {each.problem.id: each for each in queue}
    for problem in found:
        old = table.get(problem.id, Reviewed(problem=problem))
        table[problem.id] = msgspec.structs.replace(old, problem=problem)
    return list(table.values())


def named(
    queue: Sequence[Reviewed], name: str, category: str, title: dict[str, str], since_day: int
) -> list[Reviewed]:
    """Make a class of a proposal, from a day on."""
    _require_open(queue, name)
    change = {"verdict": "named", "category": category, "title": title, "since_day": since_day}
    return _changed(queue, name, change)


def dismissed(queue: Sequence[Reviewed], name: str, why: str) -> list[Reviewed]:
    """Put a proposal away; it is renewed, but never proposed again."""
    _require_open(queue, name)
    return _changed(queue, name, {"verdict": "dismissed", "why": why})


def merged(queue: Sequence[Reviewed], name: str, into: str) -> list[Reviewed]:
    """Let a proposal be part of another one, which takes its words over."""
    _require_open(queue, name)
    table = {each.problem.id: each for each in queue}
    if into not in table or into == name or table[into].verdict in {"merged", "dismissed"}:
        msg = f"{into} is no other proposal that stands"
        raise UnknownProblem(msg)
    more = [w for w in table[name].problem.words if w not in table[into].problem.words]
    whole = msgspec.structs.replace(table[into].problem, words=[*table[into].problem.words, *more])
    queue = _changed(queue, into, {"problem": whole})
    return _changed(queue, name, {"verdict": "merged", "into": into})


def category_at(queue: Iterable[Reviewed], words: Iterable[str], day: int) -> str:
    """Give the class of a report by the proposals that were named; empty where none holds it."""
    mine = set(words)
    for each in queue:
        if each.verdict == "named" and day >= each.since_day and each.problem.holds(mine):
            return each.category
    return ""


def _require_open(queue: Sequence[Reviewed], name: str) -> None:
    if not any(each.problem.id == name and each.verdict == "proposed" for each in queue):
        msg = f"no proposal {name!r} waits for a verdict"
        raise UnknownProblem(msg)


def _changed(queue: Sequence[Reviewed], name: str, change: dict[str, object]) -> list[Reviewed]:
    return [
        msgspec.structs.replace(each, **change) if each.problem.id == name else each
        for each in queue
    ]
