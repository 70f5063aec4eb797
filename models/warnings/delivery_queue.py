"""The order in which deliveries are tried, and how many may be on their way at one receiver."""

from __future__ import annotations

import heapq
from collections import Counter, deque
from collections.abc import Iterator
from typing import Final

from models.timing.units import MINUTE_MS

ANSWER_MS: Final = MINUTE_MS  # no receipt after so long: it is lost, try again
IN_FLIGHT: Final = 8  # tries without an answer, by receiver
IN_FLIGHT_FAILING: Final = 1  # … of one whose last answer was a failure: it is asked, not flooded

Key = tuple[str, int, str]  # warning, revision, receiver


class DeliveryQueue:
    """Deliveries by the time at which they are next tried. Not saved: it is made anew.

    A receiver without room keeps what is due in a line of its own, so that it costs the others
    nothing.
    """

    def __init__(self) -> None:
        self._times: list[tuple[int, int, Key]] = []  # heap; the number keeps the order of arrival
        self._number = 0
        self._lines: dict[str, deque[Key]] = {}
        self._until: dict[Key, int] = {}  # of tries that are on their way
        self._expiries: list[tuple[int, Key]] = []
        self._busy: Counter[str] = Counter()
        self._failing: set[str] = set()

    def put(self, key: Key, at_ms: int) -> None:
        """Have a delivery tried at a time; an earlier plan for it is passed over by the caller."""
        self._number += 1
        heapq.heappush(self._times, (at_ms, self._number, key))

    def due(self, now_ms: int) -> Iterator[Key]:
        """Give what may be tried now, as long as it is asked.

        One may come twice, or have been planned otherwise since.

        Whoever takes one says `begin`, or passes over it.
        """
        for key in self._lost(now_ms):
            self.put(key, now_ms)
        for receiver in [name for name in self._lines if self._has_room(name)]:
            line = self._lines[receiver]
            while line and self._has_room(receiver):
                yield line.popleft()
            if not line:
                del self._lines[receiver]
        while self._times and self._times[0][0] <= now_ms:
            _, _, key = heapq.heappop(self._times)
            if self._has_room(key[2]):
                yield key
            else:
                self._lines.setdefault(key[2], deque()).append(key)

    def begin(self, key: Key, now_ms: int) -> None:
        """Note that a try is on its way."""
        self._until[key] = now_ms + ANSWER_MS
        self._busy[key[2]] += 1
        heapq.heappush(self._expiries, (now_ms + ANSWER_MS, key))

    def end(self, key: Key, *, is_well: bool | None) -> None:
        """Note an answer; None where nothing is known of its receiver by it."""
        if self._until.pop(key, None) is not None:
            self._busy[key[2]] -= 1
        if is_well is True:
            self._failing.discard(key[2])
        elif is_well is False:
            self._failing.add(key[2])

    def is_on_its_way(self, key: Key) -> bool:
        """Tell whether an answer is waited for."""
        return key in self._until

    def _has_room(self, receiver: str) -> bool:
        most = IN_FLIGHT_FAILING if receiver in self._failing else IN_FLIGHT
        return self._busy[receiver] < most

    def _lost(self, now_ms: int) -> Iterator[Key]:
        """Give the tries whose answer does not come any more; they make room."""
        while self._expiries and self._expiries[0][0] <= now_ms:
            until_ms, key = heapq.heappop(self._expiries)
            if self._until.get(key) == until_ms:
                self.end(key, is_well=None)
                yield key
