"""Dead letters for the operators' page: read at most once in some seconds, sent again on demand."""

from __future__ import annotations

import time
from collections import Counter, deque
from threading import Lock
from typing import Final

from config.names import DEAD_LETTERS
from config.settings import Settings
from dashboards.common.dead_letters import LetterPage, Resent
from models.messages.dead_letters import Rejected
from ops.kafka.clients import writer
from ops.kafka.dead_letters import Fate, Resender, read, retry, select

SHOWN: Final = 100
HELD_S: Final = 15.0


class DeadLetterDesk:
    """Reads and resends; safe for several threads.

    Parameters
    ----------
    settings : Settings
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = Lock()
        self._held: tuple[float, LetterPage] | None = None

    def page(self) -> LetterPage:
        """See `dashboards.common.dead_letters.DeadLetters`."""
        with self._lock:  # one reader of the topic at a time
            now_s = time.monotonic()
            if self._held is None or now_s - self._held[0] > HELD_S:
                self._held = now_s, self._read()
            return self._held[1]

    def retry(self, reason: str | None) -> Resent:
        """See `dashboards.common.dead_letters.DeadLetters`."""
        letters = select(read(self._settings, DEAD_LETTERS), reason=reason)
        with writer(self._settings) as producer:
            resender = Resender(self._settings, producer)
            done = retry(letters, resender.claim, resender.send)
            resender.finish()
        with self._lock:
            self._held = None
        sent, before = done[Fate.SENT], done[Fate.SENT_BEFORE]
        return Resent(sent=sent, before=before, rest=sum(done.values()) - sent - before)

    def _read(self) -> LetterPage:
        reasons: Counter[str] = Counter()
        newest: deque[Rejected] = deque(maxlen=SHOWN)
        for letter in read(self._settings, DEAD_LETTERS):
            reasons[letter.reason.value] += 1
            newest.append(letter)
        return LetterPage(total=reasons.total(), reasons=reasons, newest=list(reversed(newest)))
