"""Warnings of an invented afternoon, written into Redis as the agent `books` writes them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import msgspec
from redis.asyncio import Redis

from models.messages.access import AccessEntry
from models.messages.audit import AuditEntry
from models.messages.commands import Role
from models.messages.handovers import HandoverNote
from models.messages.receipts import Receipt
from models.messages.warnings import CityWarning, Level, LifeState, Reason, WarningChange
from models.situation.books import entry_of
from streams.host.processor import WriteBooks
from streams.sinks.books import BookSink

NOON_MS = 1_397_620_800_000  # 2014-04-16 12:00 in Beijing
MINUTE_MS = 60_000


def warning(number: int = 0, **changes: object) -> CityWarning:
    """Warning raised so many minutes after noon."""
    area = str(changes.get("area", "110101001"))
    base = CityWarning(
        id=f"dust-local.{area}.{number}",
        revision=0,
        rule="dust-local",
        change=WarningChange.RAISED,
        level=Level.YELLOW,
        feed="dust",
        metric="pm10",
        area=area,
        cells=["110101001001001"],
        raised_ms=NOON_MS + number * MINUTE_MS,
        updated_ms=NOON_MS + number * MINUTE_MS,
        explanation={"zh": "扬尘", "en": "dust"},
    )
    return msgspec.structs.replace(base, **changes)


def entry(of: CityWarning, actor: str = "rule") -> AuditEntry:
    return AuditEntry(
        warning=of.id,
        revision=of.revision,
        change=of.change,
        reason=of.reason,
        state=of.state,
        level=of.level,
        actor=actor,
        role=Role.SYSTEM,
        at_ms=of.updated_ms,
    )


def receipt(of: CityWarning, attempt: int = 1, **changes: object) -> Receipt:
    base = Receipt(
        warning=of.id,
        revision=of.revision,
        channel="webhook",
        receiver="https://desk.example/in",
        attempt=attempt,
        delivered=True,
        status=200,
        detail="",
        sent_ms=of.updated_ms,
        answered_ms=of.updated_ms + 80,
    )
    return msgspec.structs.replace(base, **changes)


def acknowledged(of: CityWarning) -> CityWarning:
    return msgspec.structs.replace(
        of,
        revision=of.revision + 1,
        change=WarningChange.ACKNOWLEDGED,
        reason=Reason.COMMAND,
        state=LifeState.ACKNOWLEDGED,
    )


def write(
    url: str,
    *messages: CityWarning | AuditEntry | Receipt | AccessEntry | HandoverNote,
    written_ms: int = NOON_MS,
    partition: int = 0,
    begins: bool = False,
) -> None:
    """Write messages, and a sign of life."""
    entries = tuple(found for each in messages if (found := entry_of(each)) is not None)
    write_effects(url, [WriteBooks(partition, written_ms, entries, begins)])


def write_effects(url: str, effects: Sequence[WriteBooks]) -> None:
    async def run() -> None:
        async with Redis.from_url(url) as client:
            sink = BookSink(client)
            for effect in effects:
                await sink.write(effect)

    asyncio.run(run())
