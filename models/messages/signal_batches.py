"""A batch of signals as a message that the topics take, however many signals there are."""

from __future__ import annotations

from typing import Final

import msgspec

from models.messages.bounds import LARGEST_MESSAGE
from models.messages.envelope import encode
from models.messages.signals import LimitSignal, Signal, SignalBatch

_MOST_SILENT: Final = 200_000  # cells named, 18 bytes each


def batch_message(batch: SignalBatch, most_bytes: int = LARGEST_MESSAGE) -> bytes:
    """Write a batch; of one that no topic takes only the gravest signals.

    Nothing is said of the cells of the others: `silent` names them.
    """
    data, kept = encode(batch), len(batch.signals)
    ranked = sorted(batch.signals, key=_gravity, reverse=True)
    while len(data) > most_bytes and kept:
        kept //= 2
        data = encode(_shortened(batch, ranked, kept))
    return data


def _gravity(signal: Signal) -> tuple[bool, int, float]:
    reached = signal.evidence.reached if isinstance(signal, LimitSignal) else 0
    return signal.active, reached, signal.severity


def _shortened(batch: SignalBatch, ranked: list[Signal], kept: int) -> SignalBatch:
    """Keep the first signals of a ranking in the order of the batch."""
    silent = {metric: list(cells) for metric, cells in batch.silent.items()}
    for signal in ranked[kept:]:
        silent.setdefault(signal.metric, []).append(signal.subject)
    chosen = {signal.id for signal in ranked[:kept]}
    return msgspec.structs.replace(
        batch,
        signals=[signal for signal in batch.signals if signal.id in chosen],
        silent={metric: cells[: _MOST_SILENT // len(silent)] for metric, cells in silent.items()},
        beyond=len(batch.signals) - kept,
    )
