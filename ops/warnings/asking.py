"""Warnings for the command line: the newest revisions, the audit, and asking for a change."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, TypeVar

import msgspec

from config import names
from config.errors import InputError
from config.settings import Settings
from dashboards.common.book import BookState
from dashboards.common.warning_book import MOST, WarningReader
from models.messages.access import AccessEntry
from models.messages.audit import AuditEntry
from models.messages.command_results import CommandResult
from models.messages.commands import Command
from models.messages.envelope import MalformedMessage, Message, encode
from models.messages.handovers import HandoverCommand, HandoverNote, HandoverResult
from models.messages.modes import ModeChange, ModeCommand, ModeResult
from models.messages.topics import decode
from models.messages.warnings import CityWarning, LifeState
from ops.cli_times import minutes_of
from ops.kafka import clients
from ops.kafka.topic_reader import partitions_of, read_values
from ops.warnings.actor import actor_of

_ANSWER_S: Final = 10.0
_POLL_MS: Final = 200
_OPEN: Final = (
    LifeState.UNACKNOWLEDGED,
    LifeState.ACKNOWLEDGED,
    LifeState.RETURNED,
    LifeState.LATCHED,
)
M = TypeVar("M", bound=Message)
R = TypeVar("R", CommandResult, ModeResult, HandoverResult)
AnyCommand = Command | ModeCommand | HandoverCommand


def newest_warnings(settings: Settings) -> dict[str, CityWarning]:
    """Give the newest revision of every warning that the topic still has, by id.

    Raises
    ------
    ServerUnavailable
        Kafka did not answer, or has no such topic.
    """
    newest: dict[str, CityWarning] = {}
    for warning in _read(settings, names.WARNINGS, CityWarning):
        known = newest.get(warning.id)
        if known is None or known.revision < warning.revision:
            newest[warning.id] = warning
    return newest


def known_warnings(settings: Settings) -> list[CityWarning]:
    """Give the warnings of the books in Redis; where nothing keeps those up, of the topic.

    The books hold all that are not over and the newest others, and are there at once.

    Raises
    ------
    ServerUnavailable
        Neither did answer.
    """
    page = WarningReader.at(settings.redis_url, settings.prefix).list(limit=MOST)
    if page.state is BookState.FRESH:
        return page.items
    return list(newest_warnings(settings).values())


def to_deal_with(warnings: Iterable[CityWarning], *, every: bool = False) -> list[CityWarning]:
    """Keep what somebody has to deal with, or everything; the worst first, then the oldest."""
    kept = (each for each in warnings if every or each.state in _OPEN)
    return sorted(kept, key=lambda each: (-each.level, each.raised_ms, each.id))


def read_audit(settings: Settings, warning: str = "") -> list[AuditEntry]:
    """Give the changes of one warning, or of all, each once, in the order they were written.

    Raises
    ------
    ServerUnavailable
        Kafka did not answer, or has no such topic.
    """
    entries: dict[tuple[str, int], AuditEntry] = {}
    for entry in _read(settings, names.AUDIT, AuditEntry):
        if warning in ("", entry.warning):
            entries.setdefault((entry.warning, entry.revision), entry)
    return list(entries.values())


def read_access(settings: Settings) -> list[AccessEntry]:
    """Give logins and refusals, the newest word on each, in the order they began.

    Raises
    ------
    ServerUnavailable
        Kafka did not answer, or has no such topic.
    """
    found: dict[tuple[int, str, str, str], AccessEntry] = {}
    for entry in _read(settings, names.AUDIT, AccessEntry):
        found[entry.at_ms, entry.event.value, entry.user, entry.address] = entry
    return [each for _, each in sorted(found.items())]


def read_switches(settings: Settings) -> list[ModeChange]:
    """Give the switches of the operating mode, each once, in their order.

    Raises
    ------
    ServerUnavailable
        Kafka did not answer, or has no such topic.
    """
    found = {each.revision: each for each in _read(settings, names.AUDIT, ModeChange)}
    return [each for _, each in sorted(found.items())]


def read_notes(settings: Settings) -> list[HandoverNote]:
    """Give the notes from shift to shift as they stand now, in the order they were written.

    Raises
    ------
    ServerUnavailable
        Kafka did not answer, or has no such topic.
    """
    found: dict[str, HandoverNote] = {}
    for note in _read(settings, names.AUDIT, HandoverNote):
        known = found.get(note.id)
        if known is None or (known.written_ms, known.revision) < (note.written_ms, note.revision):
            found[note.id] = note
    return sorted(found.values(), key=lambda note: note.written_ms)


def command_of(do: str, given: Mapping[str, Any]) -> Command:
    """Make a command of what was typed.

    Parameters
    ----------
    do : str
        What is asked.
    given : mapping of str to object
        `warning`, `revision`, `text`, `actor`, `role`, `command_id`; and `to`, `lasting`, `by`,
        `cause` where the action has them.

    Raises
    ------
    InputError
        A part is not valid; the text says which.
    """
    parts = {name: given[name] for name in ("to", "by", "cause") if name in given}
    if "lasting" in given:
        parts["minutes"] = minutes_of(given["lasting"])
    told = {name: given[name] for name in ("warning", "revision", "text", "role")}
    made = told | {
        "id": given["command_id"] or uuid.uuid4().hex,
        "actor": actor_of(given["actor"]),
        "sent_ms": round(time.time() * 1000),
        "action": {"do": do, **parts},
    }
    try:
        return msgspec.convert(made, type=Command)
    except msgspec.ValidationError as error:
        msg = f"not a valid command: {error}"
        raise InputError(msg) from None


def ask(settings: Settings, district: str, command: Command, wait_s: float) -> CommandResult | None:
    """Ask for a change of a warning; raises as `asked`."""
    return asked(settings, district, command, CommandResult, wait_s)


def asked(
    settings: Settings,
    district: str,
    command: AnyCommand,
    answer: type[R],
    wait_s: float,
) -> R | None:
    """Send a command and wait for its answer, of a type; None where none came in time.

    Raises
    ------
    ServerUnavailable
        Kafka did not take the command, or has no topic for it.
    """
    with clients.reader(settings, _ANSWER_S) as consumer:
        partitions = partitions_of(settings, consumer, names.RESULTS)
        consumer.assign(partitions)
        for partition, end in consumer.end_offsets(partitions).items():
            consumer.seek(partition, end)
        with clients.writer(settings, _ANSWER_S) as producer:
            sent = producer.send(names.COMMANDS, value=encode(command), key=district.encode())
            sent.get(_ANSWER_S)
        return _answer(consumer, command, answer, time.monotonic() + wait_s)


def _answer(consumer: Any, command: AnyCommand, answer: type[R], until_s: float) -> R | None:
    while time.monotonic() < until_s:
        for records in consumer.poll(_POLL_MS).values():
            for record in records:
                result = _decoded(names.RESULTS, record.value or b"", answer)
                if result is not None and _is_of(command, result):
                    return result
    return None


def _is_of(command: AnyCommand, result: CommandResult | ModeResult | HandoverResult) -> bool:
    """Tell whether this is what was asked; another hand-over may have come under its id."""
    if isinstance(result, HandoverResult) and isinstance(command, HandoverCommand):
        return result.asked == command.fingerprint
    return result.id == command.id


def _read(settings: Settings, topic: str, kind: type[M]) -> Iterator[M]:
    """Read the messages of a topic; a record that is not valid is skipped."""
    for value in read_values(settings, topic):
        message = _decoded(topic, value, kind)
        if message is not None:
            yield message


def _decoded(topic: str, value: bytes, kind: type[M]) -> M | None:
    try:
        message = decode(topic, value)
    except MalformedMessage:
        return None
    return message if isinstance(message, kind) else None
