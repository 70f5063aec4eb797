"""The boundary between records and processors: what cannot be read becomes a dead letter."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Final

from config.names import DEAD_LETTERS
from models.messages.dead_letters import Reason, Rejected
from models.messages.envelope import MalformedMessage, decode, encode
from streams.host.processor import Effect, Processor, Record, Send

KEPT_BYTES: Final = 256 * 1024


def apply_record(agent: str, processor: Processor, record: Record) -> Sequence[Effect]:
    """Let a processor take a record in; one that it cannot use gives a dead letter instead.

    A record of a compacted topic without a value takes an older one back (`Record.is_tombstone`);
    the agents that read such a topic act on it.
    """
    try:
        return processor.apply(record)
    except MalformedMessage as error:
        return (refused(record, f"agent {agent}: {error}"),)


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
    return Send(DEAD_LETTERS, key, encode(rejected))


def letters_of(effects: Sequence[Effect]) -> list[Rejected]:
    """Read the dead letters among some effects."""
    return [
        decode(Rejected, effect.value)
        for effect in effects
        if isinstance(effect, Send) and effect.topic == DEAD_LETTERS
    ]


def refusal_of(letters: Sequence[Rejected]) -> str | None:
    """Give the reason where the letters of a record say that the record itself was refused.

    A record of which a part was set aside, since it passes a bound, was read like any other.
    """
    refusals = (letter.detail for letter in letters if letter.reason is Reason.DOWNSTREAM)
    return next(refusals, None)
