"""How fast a raw partition is read, and whether its reader is behind."""

from __future__ import annotations

from collections import deque
from typing import Final, NamedTuple

OVER_S: Final = 10.0  # a pace looks back over this
BEHIND_MS: Final = 10_000  # a record read so long after it arrived is read late
FALLS_BEHIND: Final = -1.0


class ReadPace(NamedTuple):
    """How a partition is being read.

    Attributes
    ----------
    records_s : float
        Records read in a second.
    left_s : float
        Seconds until all are read; `FALLS_BEHIND` where more come in than are read.
    """

    records_s: float = 0.0
    left_s: float = 0.0


STILL: Final = ReadPace()


def is_behind(lag_records: int, received_ms: int, now_ms: int) -> bool:
    """Tell whether records wait although the newest one read arrived a while ago.

    Examples
    --------
    >>> is_behind(5000, 1_000, 61_000), is_behind(5000, 60_500, 61_000), is_behind(0, 1_000, 61_000)
    (True, False, False)
    """
    return lag_records > 0 and 0 < received_ms <= now_ms - BEHIND_MS


class ReadPaceMeter:
    """Measures the pace of one partition from what is seen of it about once a second.

    Examples
    --------
    >>> meter = ReadPaceMeter()
    >>> meter.observe(0.0, position=0, end=10_000)
    ReadPace(records_s=0.0, left_s=-1.0)
    >>> meter.observe(2.0, position=4_000, end=10_000)
    ReadPace(records_s=2000.0, left_s=3.0)
    """

    def __init__(self) -> None:
        self._seen: deque[tuple[float, int, int]] = deque()

    def observe(self, now_s: float, position: int, end: int) -> ReadPace:
        """Note a position, and give the pace up to now.

        Parameters
        ----------
        now_s : float
            A clock that never runs backwards, seconds.
        position, end : int
            Next offset to read, and the end of the partition.
        """
        self._seen.append((now_s, position, end))
        while len(self._seen) > 2 and self._seen[1][0] <= now_s - OVER_S:
            self._seen.popleft()
        began_s, first, first_end = self._seen[0]
        if now_s <= began_s:
            return ReadPace(0.0, FALLS_BEHIND if end > position else 0.0)
        read_s = (position - first) / (now_s - began_s)
        gained_s = read_s - (end - first_end) / (now_s - began_s)
        if end <= position:
            return ReadPace(read_s, 0.0)
        return ReadPace(read_s, (end - position) / gained_s if gained_s > 0 else FALLS_BEHIND)
