"""What readers look up without Kafka: warnings, audit, deliveries, logins, hand-overs.

A *book* holds entries by name. Of two entries of one name the higher version counts, so writing
again changes nothing. Entries that nobody has to deal with any more are *settled*: only the newest
`MOST_SETTLED` of them stay, everything else stays until it is settled.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

import msgspec

from models.messages.access import AccessEntry
from models.messages.audit import AuditEntry
from models.messages.envelope import Message, encode_payload
from models.messages.handovers import HandoverNote
from models.messages.receipts import Receipt
from models.messages.topic import AnyMessage
from models.messages.warnings import CityWarning, LifeState


class Book(StrEnum):
    """The books, each of one type of message."""

    WARNINGS = "warnings"  # the newest revision of each
    AUDIT = "audit"  # each change of a warning
    DELIVERIES = "deliveries"  # the newest receipt of each change at each receiver
    ACCESS = "access"  # logins and refusals
    HANDOVERS = "handovers"  # notes between shifts, as they stand


MOST_SETTLED: Final = {
    Book.WARNINGS: 5_000,
    Book.AUDIT: 20_000,
    Book.DELIVERIES: 20_000,
    Book.ACCESS: 5_000,
    Book.HANDOVERS: 2_000,
}


class BookEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One entry.

    Attributes
    ----------
    book : Book
    name : str
        Unique in its book.
    version : int
        Of two entries of one name the higher counts.
    is_settled : bool
        Nobody has to deal with it: it may go when there are too many.
    value : bytes
        The message as JSON.
    """

    book: Book
    name: str
    version: int
    is_settled: bool
    value: bytes


def entry_of(message: AnyMessage) -> BookEntry | None:
    """Give the entry that a message makes; None where no book holds the like."""
    match message:
        case CityWarning():
            is_settled = message.state is LifeState.NORMAL
            return _entry(Book.WARNINGS, message.id, message.revision, message, is_settled)
        case AuditEntry():
            return _entry(Book.AUDIT, f"{message.warning}@{message.revision}", 0, message)
        case Receipt():
            name = f"{message.warning}@{message.revision} {message.receiver}"
            version = 2 * message.answered_ms + message.gave_up  # tries may begin anew on request
            return _entry(Book.DELIVERIES, name, version, message)
        case AccessEntry():
            name = f"{message.at_ms} {message.event.value} {message.user} {message.address}"
            return _entry(Book.ACCESS, name, message.times, message)
        case HandoverNote():
            version = 2 * message.written_ms + message.revision  # a name may be used again one day
            return _entry(Book.HANDOVERS, message.id, version, message)
    return None


def _entry(
    book: Book, name: str, version: int, message: Message, is_settled: bool = True
) -> BookEntry:
    return BookEntry(
        book=book,
        name=name,
        version=version,
        is_settled=is_settled,
        value=encode_payload(message),
    )
