"""Numbers that cannot be are refused where a message is decoded, each with its sentence."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import pytest

from models.messages.bounds import IDLE, LATEST_MS
from models.messages.columns import encode
from models.messages.envelope import MalformedMessage, header_of
from models.messages.feed_health import FeedHealth
from models.messages.panes import CasePane, PaneHeader
from models.messages.topics import decode

HEALTH: dict[str, Any] = {
    "feed": "dust", "raw_partition": 0, "raw_partitions": 1, "published_ms": 1, "position": 2,
    "end": 3, "sent_ms": 4, "last_event_ms": 5, "watermark_ms": 6,
}  # fmt: skip


def health(**changed: object) -> bytes:
    return header_of(FeedHealth) + msgspec.msgpack.encode(HEALTH | changed)


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"published_ms": 999_999_999_999_999}, "published_ms"),
        ({"watermark_ms": LATEST_MS + 1}, "watermark_ms is 4102444800001"),
        ({"watermark_ms": -(2**63)}, "watermark_ms"),
        ({"raw_partitions": 2**31}, "raw_partitions"),
        ({"raw_partitions": 0}, "raw_partitions"),
        ({"raw_partition": -1}, "raw_partition"),
        ({"accepted": 2**64 - 1}, "accepted"),
        ({"records_s": float("nan")}, "records_s"),
        ({"records_s": float("inf")}, "records_s"),
    ],
)
def test_a_number_that_cannot_be_is_refused(changed: dict[str, object], why: str) -> None:
    with pytest.raises(MalformedMessage, match=why):
        decode("feed-health", health(**changed))


@pytest.mark.parametrize(
    "changed", [{}, {"watermark_ms": IDLE}, {"watermark_ms": -(2**62) - 600_000}]
)
def test_what_is_sent_in_honest_running_passes(changed: dict[str, object]) -> None:
    assert isinstance(decode("feed-health", health(**changed)), FeedHealth)


def test_a_column_that_points_nowhere_is_refused() -> None:
    header = PaneHeader(
        rows=1, feed="dust", partition=0, partitions=1, start_ms=0, width_s=900, watermark_ms=1,
        metrics=("pm10",), resolutions=(0.1,),
    )  # fmt: skip
    with pytest.raises(MalformedMessage, match="column metric holds 1 to 1, expected 0 to 0"):
        decode("panes", encode(header, {name: np.array([1]) for name in PaneHeader.COLUMNS}))


def test_a_watermark_of_a_pane_is_checked_too() -> None:
    with pytest.raises(ValueError, match="watermark_ms"):
        CasePane(
            feed="cases", partition=0, partitions=1, start_ms=0, width_s=1,
            watermark_ms=2**61, revision=0, rows=[],
        )  # fmt: skip
