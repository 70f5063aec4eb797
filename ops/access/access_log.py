"""The audit of access: into the log at once, and to Kafka in a thread that waits for nobody."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from queue import Full, Queue
from typing import Final

import msgspec

from config.errors import GridpulseError
from config.names import AUDIT
from models.messages.access import AccessEntry
from models.messages.envelope import encode
from models.timing.units import MINUTE_MS
from streams import logs

_MOST_WAITING: Final = 1_000
_MOST_KNOWN: Final = 1_000
_AGAIN_S: Final = 2.0

Key = tuple[str, str, str]


class AccessLog:
    """Takes entries from any thread; what repeats within a minute is one entry that counts.

    Parameters
    ----------
    publish : callable
        (topic, key, value) → when Kafka has it.
    district : str
        Key of the entries.
    """

    def __init__(self, publish: Callable[[str, str, bytes], None], district: str) -> None:
        self._publish = publish
        self._district = district
        self._say = logs.get("gridpulse.access")
        self._lock = threading.Lock()
        self._known: OrderedDict[Key, AccessEntry] = OrderedDict()
        self._waiting: Queue[AccessEntry] = Queue(_MOST_WAITING)
        threading.Thread(target=self._send, name="access", daemon=True).start()

    def __call__(self, entry: AccessEntry) -> None:
        """Take an entry down."""
        with self._lock:
            counted = self._counted(entry)
        if counted is None:
            return
        told = {name: value for name, value in msgspec.structs.asdict(counted).items() if value}
        self._say.info(told.pop("event").value, **told)
        try:
            self._waiting.put_nowait(counted)
        except Full:
            self._say.warning("an entry of access is in this log alone: too many wait for Kafka")

    def _counted(self, entry: AccessEntry) -> AccessEntry | None:
        """Give the entry with how often it came; None but for the 1st, 2nd, 4th, 8th … time."""
        key = entry.event.value, entry.user, entry.address
        known = self._known.get(key)
        if known is not None and 0 <= entry.at_ms - known.at_ms < MINUTE_MS:
            entry = msgspec.structs.replace(known, times=known.times + 1)
        self._known[key] = entry
        self._known.move_to_end(key)
        while len(self._known) > _MOST_KNOWN:
            self._known.popitem(last=False)
        return entry if entry.times & (entry.times - 1) == 0 else None

    def _send(self) -> None:
        pause = threading.Event()
        while True:
            entry = self._waiting.get()
            while not self._sent(entry):
                pause.wait(_AGAIN_S)

    def _sent(self, entry: AccessEntry) -> bool:
        try:
            self._publish(AUDIT, self._district, encode(entry))
        except GridpulseError:
            return False
        return True
