"""An anomaly: one thing that is unusual for its place, hour and season, with its evidence."""

from __future__ import annotations

import msgspec


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """Why a value was flagged, as data; the text is made from it in either language.

    Attributes
    ----------
    observed, expected, low, high : float
        In the metric's unit; `low` and `high` bound what is normal.
    region : float or None
        Median of the other cells at the same time; None where there were too few.
    scope : str
        `local` (this cell departs from the region) or `regional` (all cells rose together).
    baseline_n : int
        Past panes that the expectation rests on.
    once_in_days : float
        How often chance alone gives such a value, by the system's own past.
    clears_below : float
        Value under which the anomaly ends, in the metric's unit.
    """

    observed: float
    expected: float
    low: float
    high: float
    region: float | None
    scope: str
    baseline_n: int
    once_in_days: float
    clears_below: float


class Anomaly(msgspec.Struct, frozen=True, kw_only=True):
    """One flagged pane of one cell and metric, or its return to normal.

    `id` is deterministic: the same pane gives the same id in every run and replay.
    """

    id: str
    detector: str
    feed: str
    metric: str
    cell: str
    start_ms: int
    width_s: int
    score: float  # signed, robust standard deviations from the expected
    active: bool  # False: the first normal pane after flagged ones
    evidence: Evidence
    ingested_ms: int = 0


class AnomalyBatch(msgspec.Struct, frozen=True, kw_only=True):
    """All anomalies of one tick of one feed, in one message; may be empty.

    An empty batch moves the event clock of the warnings on.

    Attributes
    ----------
    tick_ms : int
        End of the pane that was judged.
    silent : dict of str to list of str
        By metric, the cells flagged not long ago that gave no value in this pane: their silence
        is neither an excess nor a return to normal.
    total : int
        Active anomalies found since the state was first made (exact over crashes).
    """

    feed: str
    tick_ms: int
    anomalies: list[Anomaly]
    silent: dict[str, list[str]] = {}
    total: int = 0


def encode_batch(batch: AnomalyBatch) -> bytes:
    """Pack for the topic `anomalies`."""
    return msgspec.json.encode(batch)


def decode_batch(data: bytes) -> AnomalyBatch:
    """Unpack; raises `msgspec.MsgspecError` on anything else."""
    return msgspec.json.decode(data, type=AnomalyBatch)
