"""A record that an agent could not read goes to the dead letters with its bytes and its reason."""

from __future__ import annotations

import base64
from typing import Final

from config.names import DEAD_LETTERS
from models.messages.dead_letters import Reason, Rejected, encode_rejected
from streams.host.processor import Record, Send

KEPT_BYTES: Final = 256 * 1024


def refused(record: Record, detail: str) -> Send:
    """Write the dead letter of a record; more than `KEPT_BYTES` of it are cut."""
    size = len(record.value)
    rejected = Rejected(
        reason=Reason.DOWNSTREAM,
        detail=detail,
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        data_b64=base64.b64encode(record.value[:KEPT_BYTES]).decode(),
        truncated_from=size if size > KEPT_BYTES else 0,
    )
    key = f"{record.topic}/{record.partition}".encode()
    return Send(DEAD_LETTERS, key, encode_rejected(rejected))
