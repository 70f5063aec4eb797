"""What became of suggestions: the precision of each rule, past outcomes, and what lies near.

Pure reads over the audit and the warnings there are: nothing of it is kept twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from models.grid.codes import DISTRICT_DIGITS
from models.messages.audit import AuditEntry
from models.messages.commands import CloseCause
from models.messages.warnings import CityWarning, Level, Verdict, WarningChange
from models.warnings.identity import rule_and_area

PAST: Final = 5  # outcomes shown of a rule and place
_VERDICTS: Final = {
    WarningChange.ACCEPTED: Verdict.ACCEPTED,
    WarningChange.REJECTED: Verdict.REJECTED,
}
# Where nobody gave a verdict, a cause of closing that says whether there was something.
_CAUSES: Final = {
    CloseCause.RESOLVED: Verdict.ACCEPTED,
    CloseCause.FALSE_ALARM: Verdict.REJECTED,
}


class Precision(msgspec.Struct, frozen=True, kw_only=True):
    """How often a rule was right, of the warnings that people judged.

    Attributes
    ----------
    right, n : int
        Warnings that were right, and that were judged at all.
    low, high : float
        95 % interval of the share that is right (Wilson).
    """

    right: int
    n: int
    low: float
    high: float

    @property
    def share(self) -> float:
        """Share that is right."""
        return self.right / self.n


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one warning.

    Attributes
    ----------
    warning : str
    at_ms : int
        When it was judged or closed last, wall clock.
    verdict : Verdict
    cause : CloseCause or None
        Of its closing.
    text : str
        The words of whoever judged it.
    """

    warning: str
    at_ms: int
    verdict: Verdict = Verdict.NONE
    cause: CloseCause | None = None
    text: str = ""


def outcomes(entries: Iterable[AuditEntry]) -> dict[str, Outcome]:
    """Give what became of each warning that was judged or closed by a person, by its id.

    The newest verdict counts; without one, a cause of closing that says as much.
    """
    found: dict[str, Outcome] = {}
    judged: set[str] = set()
    for entry in sorted(entries, key=lambda each: (each.warning, each.revision)):
        known = found.get(entry.warning, Outcome(warning=entry.warning, at_ms=entry.at_ms))
        if entry.change in _VERDICTS:
            judged.add(entry.warning)
            verdict, cause = _VERDICTS[entry.change], known.cause
        elif entry.change is WarningChange.CLOSED and entry.command:
            cause = getattr(entry.action, "cause", None)
            has_verdict = entry.warning in judged
            said = _CAUSES.get(cause, Verdict.NONE) if cause else Verdict.NONE
            verdict = known.verdict if has_verdict else said
        else:
            continue
        found[entry.warning] = Outcome(
            warning=entry.warning,
            at_ms=entry.at_ms,
            verdict=verdict,
            cause=cause,
            text=entry.text or known.text,
        )
    return found


def precisions(entries: Iterable[AuditEntry]) -> dict[str, Precision]:
    """Give the precision of each rule of which a warning was judged.

    References
    ----------
    Wilson, E. B. (1927). Probable inference, the law of succession, and statistical inference.
    JASA 22, 209-212.
    """
    counts: dict[str, list[int]] = {}
    for outcome in outcomes(entries).values():
        if outcome.verdict:
            count = counts.setdefault(rule_and_area(outcome.warning)[0], [0, 0])
            count[0] += outcome.verdict is Verdict.ACCEPTED
            count[1] += 1
    return {rule: _precision(right, n) for rule, (right, n) in sorted(counts.items())}


def past_outcomes(warning: CityWarning, entries: Iterable[AuditEntry]) -> list[Outcome]:
    """Give what became of the last warnings of the same rule and place, the newest first."""
    same = [
        outcome
        for name, outcome in outcomes(entries).items()
        if name != warning.id and rule_and_area(name) == (warning.rule, warning.area)
    ]
    return sorted(same, key=lambda each: (-each.at_ms, each.warning))[:PAST]


def linked(warning: CityWarning, warnings: Mapping[str, CityWarning]) -> list[CityWarning]:
    """Give the other warnings that stand within its area, or that its area lies in."""
    near = [
        other
        for other in warnings.values()
        if other.id != warning.id and not other.cleared_ms and lies_in(other.area, warning.area)
    ]
    return sorted(near, key=lambda each: (-Level(each.level), each.raised_ms, each.id))


def lies_in(code: str, area: str) -> bool:
    """Tell whether one of two places lies in the other, by their codes.

    Examples
    --------
    >>> lies_in("110101001002003", "110101001"), lies_in("110101002", "110101001")
    (True, False)
    """
    shorter = min(len(code), len(area))
    return shorter >= DISTRICT_DIGITS and code[:shorter] == area[:shorter]


def _precision(right: int, n: int) -> Precision:
    from scipy.stats import binomtest

    interval = binomtest(right, n).proportion_ci(method="wilson")
    return Precision(right=right, n=n, low=float(interval.low), high=float(interval.high))
