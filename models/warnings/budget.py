"""How many alarms an operator can answer: a token bucket, worst first, that says what it held."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

HOUR_MS: Final = 3_600_000


@dataclass(frozen=True, kw_only=True)
class AlarmRequest:
    """An alarm that asks to be shown.

    Attributes
    ----------
    id : str
        Of the anomaly or warning.
    p_value : float
        The smaller, the sooner it is shown.
    operator : str
        Who would have to answer it.
    level : int
        Of the warning: a higher one goes first.
    """

    id: str
    p_value: float
    operator: str
    level: int = 0


@dataclass(frozen=True, kw_only=True)
class ThrottleDecision:
    """What is shown now and what is held back, both worst first."""

    shown: tuple[AlarmRequest, ...]
    held: tuple[AlarmRequest, ...]


@dataclass(frozen=True, kw_only=True)
class TokenBucket:
    """Tokens of one operator at one event time; an alarm costs one.

    Attributes
    ----------
    tokens : float
        Alarms that may be shown now.
    at_ms : int
        Event time of the count.
    """

    tokens: float
    at_ms: int


@dataclass(frozen=True, kw_only=True)
class Budget:
    """Alarms that one operator can answer.

    Attributes
    ----------
    per_hour : float
        Lasting rate; about six an hour is very likely acceptable.
    burst : float
        At most so many at once after a quiet time; ten in ten minutes is a flood.

    References
    ----------
    EEMUA Publication 191, Alarm systems: a guide to design, management and procurement.
    """

    per_hour: float = 6.0
    burst: float = 10.0

    def rule(
        self, candidates: Sequence[AlarmRequest], purses: dict[str, TokenBucket], now_ms: int
    ) -> tuple[ThrottleDecision, dict[str, TokenBucket]]:
        """Decide which alarms are shown at `now_ms`.

        Parameters
        ----------
        candidates : sequence of Candidate
            Those of this tick, and those held back before that still stand.
        purses : dict of str to Purse
            By operator, as the last call gave them; an unknown operator starts with a full one.
        now_ms : int
            Event time; time that goes back adds nothing.

        Returns
        -------
        tuple of Ruling and dict of str to Purse
            The purses are new; the given ones are left alone.
        """
        after = dict(purses)
        shown: list[AlarmRequest] = []
        held: list[AlarmRequest] = []
        for candidate in sorted(candidates, key=lambda one: (-one.level, one.p_value, one.id)):
            purse = self._filled(after.get(candidate.operator), now_ms)
            may_pass = purse.tokens >= 1
            (shown if may_pass else held).append(candidate)
            left = purse.tokens - may_pass
            after[candidate.operator] = TokenBucket(tokens=left, at_ms=purse.at_ms)
        return ThrottleDecision(shown=tuple(shown), held=tuple(held)), after

    def _filled(self, purse: TokenBucket | None, now_ms: int) -> TokenBucket:
        if purse is None:
            return TokenBucket(tokens=self.burst, at_ms=now_ms)
        passed_ms = max(now_ms - purse.at_ms, 0)
        tokens = min(purse.tokens + passed_ms / HOUR_MS * self.per_hour, self.burst)
        return TokenBucket(tokens=tokens, at_ms=purse.at_ms + passed_ms)
