"""Readings that are followed from Kafka to the snapshot: what a person at the wall waits for."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence

import numpy as np
import redis
from numpy.typing import NDArray

from benchmarks.rig import producer
from config import names
from config.settings import Settings
from models.situation.snapshot import Snapshot

_LOOK_S = 0.005
_LAYER = "pm10.now"


class Probes:
    """One reading at a time in each of a few cells of their own; a context manager.

    Each reading of a cell is larger than the one before, and so is the mean that the snapshot
    shows: the first snapshot that shows the mean of all so far shows the newest.

    Parameters
    ----------
    cells : ndarray, shape (n,), int64
        Codes that nobody else sends for.
    codes : ndarray, int64
        Of the grid, in the order of the layers.

    Attributes
    ----------
    latencies_ms : list of float
        From the call that sent a reading to a reader of Redis holding the snapshot that shows it.
    """

    def __init__(self, settings: Settings, cells: Sequence[int], codes: Sequence[int]) -> None:
        self._cells = list(cells)
        self._places = np.searchsorted(np.asarray(codes), self._cells)
        self._sent = np.zeros(len(self._cells), np.int64)
        self._sent_s = np.zeros(len(self._cells))
        self._client = redis.Redis.from_url(settings.redis_url)
        self._producer = producer(settings.brokers, {"linger.ms": 0})
        self._version: object = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._rng = np.random.default_rng(1)
        self.latencies_ms: list[float] = []
        self.snapshots = self.snapshot_bytes = 0

    def __enter__(self) -> Probes:
        self._due_s = time.monotonic() + self._rng.uniform(0, 1, len(self._cells))
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        self._producer.flush(30)
        self._client.close()

    def forget(self) -> None:
        """Begin to count now."""
        self.latencies_ms, self.snapshots = [], 0

    @property
    def waiting_s(self) -> float:
        """How long the oldest reading that is still to be seen has waited."""
        open_s = self._sent_s[self._sent_s > 0]
        return float(time.monotonic() - open_s.min()) if open_s.size else 0.0

    def percentiles(self) -> dict[str, float]:
        """Median and 99th percentile, ms; one that was not seen yet counts by its age."""
        open_s = self._sent_s[self._sent_s > 0]
        late = [ms for ms in ((time.monotonic() - open_s) * 1000).tolist() if ms > 1000]
        p50, p99 = np.percentile([*self.latencies_ms, *late] or [np.inf], (50, 99))
        return {"p50_ms": round(float(p50)), "p99_ms": round(float(p99))}

    def _run(self) -> None:
        while not self._stop.is_set():
            self._look()
            self._send()
            time.sleep(_LOOK_S)

    def _look(self) -> None:
        version = self._client.get(names.SNAPSHOT_VERSION)
        if version in (None, self._version):
            return
        data = self._client.get(names.SNAPSHOT)
        seen_s = time.monotonic()
        assert isinstance(data, bytes)
        self._version, self.snapshot_bytes = version, len(data)
        self.snapshots += 1
        layers = {layer.id: layer for layer in Snapshot.from_bytes(data).layers}
        if _LAYER in layers:
            self._judge(layers[_LAYER].values[self._places], seen_s)

    def _judge(self, means: NDArray[np.float32], seen_s: float) -> None:
        expected = (self._sent + 1) / 2  # the mean of 1, 2, … n
        shown = (self._sent_s > 0) & (np.abs(means - expected) < 0.2)
        self.latencies_ms += ((seen_s - self._sent_s[shown]) * 1000).tolist()
        self._sent_s[shown] = 0
        self._due_s[shown] = seen_s + self._rng.uniform(0, 1, int(shown.sum()))

    def _send(self) -> None:
        now_s = time.monotonic()
        for place in np.flatnonzero((self._sent_s == 0) & (self._due_s <= now_s)).tolist():
            self._sent[place] += 1
            self._sent_s[place] = now_s
            value = b'{"sensor":"probe-%d","metric":"pm10","value":%d,"ts":%d,"cell":"%d"}' % (
                place,
                self._sent[place],
                time.time_ns() // 1_000_000,
                self._cells[place],
            )
            self._producer.send(names.raw_topic("dust"), value, b"probe-%d" % place)
        self._producer.poll()
