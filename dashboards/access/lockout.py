"""Lock-out after failed logins: of one name from one address, of a name, of an address."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

from models.timing.units import MINUTE_MS

WINDOW_MS: Final = 15 * MINUTE_MS
# A guesser is stopped early; whom he guesses at can still come in from elsewhere.
MOST_TOGETHER: Final = 5
MOST_OF_NAME: Final = 50
MOST_OF_ADDRESS: Final = 20
_REMEMBERED: Final = 10_000

Key = tuple[str, str]  # name, address; either may be empty


class Lockout:
    """Failed logins of the last `WINDOW_MS`; bounded, in this process alone."""

    def __init__(self) -> None:
        self._failed_ms: OrderedDict[Key, list[int]] = OrderedDict()

    def wait_ms(self, name: str, address: str, now_ms: int) -> int:
        """Tell how long no login is tried; 0: it may be."""
        waits = [self._wait_ms(key, most, now_ms) for key, most in _keys(name, address)]
        return max(waits)

    def failed(self, name: str, address: str, now_ms: int) -> None:
        """Note a login that failed."""
        for key, most in _keys(name, address):
            times = [*self._recent(key, now_ms), now_ms][-most:]
            self._failed_ms[key] = times
            self._failed_ms.move_to_end(key)
        while len(self._failed_ms) > _REMEMBERED:
            self._failed_ms.popitem(last=False)

    def succeeded(self, name: str, address: str) -> None:
        """Forget what failed of a name from an address."""
        self._failed_ms.pop((name, address), None)

    def _wait_ms(self, key: Key, most: int, now_ms: int) -> int:
        recent = self._recent(key, now_ms)
        return recent[-most] + WINDOW_MS - now_ms if len(recent) >= most else 0

    def _recent(self, key: Key, now_ms: int) -> list[int]:
        return [at for at in self._failed_ms.get(key, []) if 0 <= now_ms - at < WINDOW_MS]


def _keys(name: str, address: str) -> tuple[tuple[Key, int], ...]:
    return (
        ((name, address), MOST_TOGETHER),
        ((name, ""), MOST_OF_NAME),
        (("", address), MOST_OF_ADDRESS),
    )
