"""Ticks and checkpoints of a partition that failed: counted, reported, and followed by a pause."""

from __future__ import annotations

from typing import Final

from streams.health import Health

REST_S: Final = 10.0  # after a failure
_WELL_S: Final = 10.0  # without a failure, after the rest: longer than between two summaries


class Failures:
    """Failures of one partition of an agent.

    Parameters
    ----------
    agent : str
    number : int
    health : Health
        Gets a condition of readiness for as long as something fails.
    """

    def __init__(self, agent: str, number: int, health: Health) -> None:
        self._agent = agent
        self._name = f"{agent}/{number}"
        self._health = health
        self._rest_until_s = 0.0
        self.count = 0  # since all was well

    def is_resting(self, now_s: float) -> bool:
        """Tell whether nothing should be tried yet."""
        return now_s < self._rest_until_s

    def note(self, what: str, error: Exception, now_s: float) -> None:
        """Take note that a tick or a checkpoint failed."""
        self.count += 1
        self._rest_until_s = now_s + REST_S
        self._health.metrics.failures.labels(self._agent, what).inc()
        self.tell(f"its {what} fails: {type(error).__name__}: {error}"[:500])

    def tell(self, problem: str) -> None:
        """Make the process unready for a reason."""
        self._health.condition(self._name, problem)

    def note_success(self, now_s: float) -> None:
        """Take note that a tick went well; long enough, and all is well again."""
        if self.count and now_s >= self._rest_until_s + _WELL_S:
            self.clear()

    def clear(self) -> None:
        """Forget what failed; at the end of the partition too."""
        self.count = 0
        self._health.condition(self._name, None)
