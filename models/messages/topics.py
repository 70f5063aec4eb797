"""Every topic of the system: what travels on it, under which key, how long it is kept.

`decode` is the one way to read a record of a topic inside the system. `ops.kafka.topics` makes the
topics by this table, and `docs/topics.md` and `docs/asyncapi.yaml` are made from it.
"""

from __future__ import annotations

from functools import cache
from typing import Final

from config import names
from config.kinds import known_feed_kinds
from models.messages import columns, envelope
from models.messages.access import AccessEntry
from models.messages.audit import AuditEntry
from models.messages.baselines import BaselinePart
from models.messages.case_events import CaseBatch
from models.messages.case_models import CaseModel
from models.messages.closed_loop import LoopPane
from models.messages.columns import Columnar
from models.messages.command_results import CommandResult
from models.messages.commands import Command
from models.messages.dead_letters import Rejected
from models.messages.envelope import HEADER_BYTES, MalformedMessage, Message
from models.messages.feed_health import FeedHealth
from models.messages.frames import Frame
from models.messages.handovers import HandoverCommand, HandoverNote, HandoverResult
from models.messages.heartbeats import Heartbeat
from models.messages.judged_panes import JudgedPane
from models.messages.line_health import LineHealth
from models.messages.matters import MatterSummary
from models.messages.modes import ModeChange, ModeCommand, ModeResult
from models.messages.panes import CasePane, ReadingPane
from models.messages.receipts import DeliverAgain, Receipt
from models.messages.rewinds import Rewind
from models.messages.signals import SignalBatch
from models.messages.street_summaries import CaseSummary, CellSummary
from models.messages.subscriptions import Subscription
from models.messages.topic import EVIDENCE_MS, AnyMessage, AnyType, Level, Topic
from models.messages.warnings import CityWarning
from models.timing.units import DAY_MS, HOUR_MS

_OWN: Final = (
    Topic(
        name=names.FRAMES,
        about="Accepted readings, packed by street.",
        level="street",
        key="street, 9 digits; none for a tick, which goes to every partition",
        types=(Frame, Rewind),
    ),
    Topic(
        name=names.CASE_EVENTS,
        about="Accepted steps of cases, packed by street.",
        level="street",
        key="street, 9 digits; none for a tick, which goes to every partition",
        types=(CaseBatch, Rewind),
    ),
    Topic(
        name=names.CASE_MODELS,
        about="The newest trained prediction of breaches, one copy a street partition.",
        level="street",
        key="district, 6 digits; the partition is given by number",
        types=(CaseModel,),
        is_compacted=True,
    ),
    Topic(
        name=names.PANES,
        about="Closed panes of the street partitions, and their corrections.",
        level="district",
        key="district, 6 digits",
        types=(ReadingPane, CasePane, LoopPane, Rewind),
    ),
    Topic(
        name=names.SUMMARIES,
        about="How a street partition looks now; the newest replaces the older ones.",
        level="district",
        key="district, 6 digits",
        types=(CellSummary, CaseSummary, MatterSummary),
        kept_ms=HOUR_MS,
    ),
    Topic(
        name=names.HEALTH,
        about="Counters of ingest; the newest of a raw partition replaces the older ones.",
        level="district",
        key="district, 6 digits",
        types=(FeedHealth,),
        kept_ms=HOUR_MS,
    ),
    Topic(
        name=names.LINE,
        about="How far behind the agents of a worker are; the newest of a worker replaces the "
        "older ones.",
        level="district",
        key="district, 6 digits",
        types=(LineHealth,),
        kept_ms=HOUR_MS,
    ),
    Topic(
        name=names.BASELINES,
        about="The newest trained baseline of each metric, in parts.",
        level="district",
        key="`<feed>/<metric>/<detector>/<part>`",
        types=(BaselinePart,),
        is_compacted=True,
    ),
    Topic(
        name=names.SIGNALS,
        about="What is unusual or over a limit, and each cell beside its expectation.",
        level="district",
        key="district, 6 digits",
        types=(SignalBatch, JudgedPane, Rewind, Heartbeat),
        kept_ms=180 * DAY_MS,
    ),
    Topic(
        name=names.COMMANDS,
        about="What people ask for.",
        level="district",
        key="district, 6 digits",
        types=(Command, ModeCommand, HandoverCommand),
        kept_ms=EVIDENCE_MS,
    ),
    Topic(
        name=names.RESULTS,
        about="What became of each command.",
        level="district",
        key="district, 6 digits",
        types=(CommandResult, ModeResult, HandoverResult),
    ),
    Topic(
        name=names.MODES,
        about="Each switch of the operating mode, one copy a street partition.",
        level="street",
        key="`<district>/<number>`, one that hashes to each partition",
        types=(ModeChange,),
        kept_ms=EVIDENCE_MS,
    ),
    Topic(
        name=names.AUDIT,
        about="Each change of a warning and the mode, each login and hand-over: who, why and when.",
        level="district",
        key="district, 6 digits",
        types=(AuditEntry, ModeChange, AccessEntry, HandoverNote),
        kept_ms=EVIDENCE_MS,
    ),
    Topic(
        name=names.WARNINGS,
        about="Each change of a warning.",
        level="district",
        key="district, 6 digits",
        types=(CityWarning,),
        kept_ms=EVIDENCE_MS,
    ),
    Topic(
        name=names.WATCHDOG,
        about="Heartbeats that came through to the warnings, for the watchdog.",
        level="district",
        key="district, 6 digits",
        types=(Heartbeat,),
        kept_ms=DAY_MS,
    ),
    Topic(
        name=names.SUBSCRIPTIONS,
        about="Who is told of which warnings; the newest version of each subscription.",
        level="district",
        key="id of the subscription; one copy in each partition",
        types=(Subscription,),
        is_compacted=True,
    ),
    Topic(
        name=names.RECEIPTS,
        about="What became of each try to deliver a change of a warning, and orders to try again.",
        level="district",
        key="district, 6 digits",
        types=(Receipt, DeliverAgain),
        kept_ms=EVIDENCE_MS,
    ),
    Topic(
        name=names.LATE,
        about="Readings and steps of cases that came past the allowed lateness.",
        level="one",
        key="`<raw topic>/<partition>`, or the street",
        types=(Rejected,),
    ),
    Topic(
        name=names.DEAD_LETTERS,
        about="What could not be processed, with its reason and its bytes.",
        level="one",
        key="`<topic>/<partition>` of the record",
        types=(Rejected,),
    ),
)
# Topics of the kinds of feeds come with their folders.
TOPICS: Final[dict[str, Topic]] = {
    topic.name: topic
    for topic in (*_OWN, *(topic for kind in known_feed_kinds().values() for topic in kind.topics))
}


def topics_of(level: Level) -> tuple[str, ...]:
    """Names of the topics of a level."""
    return tuple(topic.name for topic in TOPICS.values() if topic.level == level)


def decode(topic: str, data: bytes) -> AnyMessage:
    """Read a record of a topic inside the system.

    Raises
    ------
    MalformedMessage
        It is not a message of that topic, or of another version, or cut off; the text says which.
    """
    kind = _kinds_by_header(topic).get(data[:HEADER_BYTES])
    if kind is None:
        raise _foreign(topic, data)
    if issubclass(kind, Message):
        return envelope.decode_part(kind, data, HEADER_BYTES, len(data))
    return kind(*columns.decode_payload(kind.HEADER, data))


def encode(message: AnyMessage) -> bytes:
    """Write a message of any type."""
    if isinstance(message, Columnar):
        return columns.encode(message.header, message.columns)
    return envelope.encode(message)


def struct_of(kind: AnyType) -> type[Message]:
    """Give the struct that holds tag, version and fields of a type: its header if columnar."""
    return kind if issubclass(kind, Message) else kind.HEADER


@cache
def _kinds_by_header(topic: str) -> dict[bytes, AnyType]:
    return {envelope.header_of(struct_of(kind)): kind for kind in TOPICS[topic].types}


def _foreign(topic: str, data: bytes) -> MalformedMessage:
    """Say why some bytes are not a message of a topic."""
    kinds = [struct_of(kind) for kind in TOPICS[topic].types]
    own = [kind for kind in kinds if kind.TAG.encode() == data[2:6]]
    name = (own or kinds)[0].NAME if own or len(kinds) == 1 else topic
    return envelope.malformed(name, envelope.why_not(data, kinds))
