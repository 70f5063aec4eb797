"""Every message comes back as it was written; everything else is refused with a sentence."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from config import names
from models.events.mode import Mode
from models.messages.access import AccessEntry, AccessEvent
from models.messages.audit import AuditEntry
from models.messages.baselines import BaselinePart
from models.messages.case_events import CaseBatch
from models.messages.case_models import CaseModel
from models.messages.closed_loop import LoopPane, LoopRow
from models.messages.columns import Columnar, Header
from models.messages.command_results import CommandResult, Refusal
from models.messages.commands import Assign, Close, CloseCause, Command, Role
from models.messages.dead_letters import Reason as DeadLetterReason
from models.messages.dead_letters import Rejected
from models.messages.envelope import HEADER_BYTES, MalformedMessage, Message, header_of
from models.messages.feed_health import FeedHealth
from models.messages.frames import Frame, FrameHeader
from models.messages.handovers import HandoverCommand, HandoverNote, HandoverResult
from models.messages.heartbeats import Heartbeat
from models.messages.judged_panes import JudgedHeader, JudgedPane
from models.messages.line_health import AgentPlace, LineHealth, PartHealth
from models.messages.matters import MatterBatch, MatterCount, MatterRecord, MatterSummary
from models.messages.modes import ModeChange, ModeCommand, ModeResult
from models.messages.origin import Origin
from models.messages.panes import CasePane, PaneHeader, ReadingPane
from models.messages.receipts import DeliverAgain, Receipt
from models.messages.rewinds import Rewind
from models.messages.signals import SignalBatch
from models.messages.street_summaries import CaseSummary, CellSummary, SummaryHeader
from models.messages.subscriptions import Channel, DigestTime, Quiet, Subscription
from models.messages.topic import AnyMessage
from models.messages.topics import TOPICS, decode, encode, struct_of
from models.messages.warnings import CityWarning, Level, LifeState, Reason, WarningChange

_ORIGIN: dict[str, Any] = {
    "origin": Origin(topic_id=7, partition=0, partitions=2, watermark_ms=5, ingested_ms=6)
}
_STREET: dict[str, Any] = {"partition": 0, "partitions": 1}

_NAMES = ("a", "b", "c", "d")  # what the threes of a column index
_STREETS = ("110101001", "110101002", "110101003", "110101004")


def columnar(kind: type[Columnar[Any]], header: Header) -> Columnar[Any]:
    """A message with a row of threes in every column."""
    columns = {name: np.full(header.rows, 3, dtype=dtype) for name, dtype in header.COLUMNS.items()}
    return kind(header, columns)


REWIND = Rewind(feed="dust", watermark_ms=1, asked_ms=2, **_STREET)
REJECTED = Rejected(
    reason=DeadLetterReason.LATE, detail="too late", topic="raw.dust", partition=0, offset=4
)
WARNED = CityWarning(
    id="w", revision=0, rule="dust", change=WarningChange.RAISED, level=Level.BLUE,
    feed="dust", metric="pm10", area="110101001", cells=[], raised_ms=1, updated_ms=1,
)  # fmt: skip
AUDITED = AuditEntry(
    warning="w", revision=1, change=WarningChange.ASSIGNED, reason=Reason.COMMAND,
    state=LifeState.UNACKNOWLEDGED, level=Level.RED, actor="li", role=Role.OPERATOR,
    command="c", action=Assign(to=Role.BUREAU), at_ms=1,
)  # fmt: skip
SWITCHED = ModeChange(
    mode=Mode.EVENT, before=Mode.NORMAL, revision=1, at_ms=1, actor="li", role=Role.COMMANDER,
    text="why", command="m",
)  # fmt: skip
MATTER = MatterBatch(
    feed="relics", street="110101001",
    records=[MatterRecord(ts_ms=1, cell="110101001001001", offset=2, what="visited")], **_ORIGIN,
)  # fmt: skip
EXAMPLES: dict[str, list[AnyMessage]] = {
    **{topic: [MATTER, REWIND] for topic in TOPICS if topic.startswith("matter-")},
    names.FRAMES: [
        columnar(
            Frame,
            FrameHeader(rows=2, feed="dust", streets=_STREETS, metrics=_NAMES, **_ORIGIN),
        ),
        REWIND,
    ],
    names.CASE_EVENTS: [CaseBatch(feed="cases", street="110101001", **_ORIGIN), REWIND],
    names.CASE_MODELS: [CaseModel(model=b"{}")],
    names.PANES: [
        columnar(
            ReadingPane,
            PaneHeader(
                rows=1, feed="dust", start_ms=0, width_s=900, watermark_ms=1, metrics=_NAMES,
                resolutions=(1.0,) * 4, **_STREET,
            ),
        ),
        CasePane(
            feed="cases", start_ms=0, width_s=9, watermark_ms=1, revision=0, rows=[], **_STREET
        ),
        LoopPane(
            feed="cases", end_ms=9000, width_s=9,
            rows=[LoopRow("cases-idle", "110101001", 1.0, 3, [110101001001001], ["C-1"])],
            **_STREET,
        ),
        REWIND,
    ],
    names.SUMMARIES: [
        columnar(
            CellSummary,
            SummaryHeader(
                rows=1, feed="dust", published_ms=1, watermark_ms=1, last_event_ms=1,
                layers=_NAMES, **_STREET,
            ),
        ),
        CaseSummary(feed="cases", published_ms=1, watermark_ms=1, **_STREET),
        MatterSummary(
            feed="relics", published_ms=1, watermark_ms=1, now_ms=1,
            counts=[MatterCount("all", "", "objects", 77.0)], **_STREET,
        ),
    ],
    names.HEALTH: [
        FeedHealth(
            feed="dust", raw_partition=0, raw_partitions=1, published_ms=1, position=2, end=3,
            sent_ms=4, last_event_ms=5, watermark_ms=6,
        )
    ],
    names.LINE: [
        LineHealth(
            worker="host-1", published_ms=1, agents={"detect": AgentPlace(partitions=1)},
            parts=[
                PartHealth(
                    agent="detect", partition=0, waiting={names.PANES: 3}, waited_s=0.5,
                    judged={"dust": 2},
                )
            ],
        )
    ],
    names.BASELINES: [
        BaselinePart(
            feed="dust", metric="pm10", detector="seasonal", version="v", number=0, parts=1,
            data=b"x",
        )
    ],
    names.SIGNALS: [
        SignalBatch(feed="dust", tick_ms=1, signals=[]),
        columnar(
            JudgedPane,
            JudgedHeader(rows=1, feed="dust", metric="pm10", detector="", start_ms=0, width_s=9),
        ),
        REWIND,
        Heartbeat(feed="dust", begun_ms=1),
    ],
    names.WATCHDOG: [Heartbeat(feed="dust", begun_ms=1)],
    names.COMMANDS: [
        Command(
            id="c", warning="w", revision=0, actor="li", role=Role.OPERATOR, sent_ms=1,
            action=Close(cause=CloseCause.RESOLVED),
        ),
        ModeCommand(
            id="m", mode=Mode.EVENT, revision=0, actor="li", role=Role.COMMANDER, text="why",
            sent_ms=1,
        ),
        HandoverCommand(
            id="h", event="games", actor="li", role=Role.OPERATOR, text="open: two", sent_ms=1
        ),
    ],
    names.RESULTS: [
        CommandResult(
            id="c", warning="w", refusal=Refusal.STALE, revision=1, decided_ms=2,
            since=[AUDITED],
        ),
        ModeResult(id="m", mode=Mode.EVENT, revision=1, decided_ms=2),
        HandoverResult(id="h", note="h", decided_ms=2),
    ],
    names.MODES: [SWITCHED],
    names.AUDIT: [
        AUDITED,
        SWITCHED,
        AccessEntry(event=AccessEvent.LOCKED, user="li", at_ms=1),
        HandoverNote(
            id="h", event="games", revision=1, text="open: two", writer="li",
            writer_role=Role.OPERATOR, written_ms=1, signer="wang", signer_role=Role.COMMANDER,
            signed_ms=2,
        ),
    ],
    names.WARNINGS: [WARNED],
    names.RECEIPTS: [
        Receipt(
            warning="w", revision=0, channel="webhook", receiver="r", attempt=1, delivered=True,
            status=200, detail="OK", sent_ms=1, answered_ms=2,
        ),
        DeliverAgain(warning=WARNED, receiver="r", by="li"),
    ],
    names.SUBSCRIPTIONS: [
        Subscription(
            id="desk", owner="Desk", channel=Channel.MAIL, address="desk@example.org",
            polygon=[(116.4, 39.9), (116.5, 39.9), (116.5, 40.0)], since_ms=1, until_ms=2,
            quiet=Quiet(begin=1320, end=420), digest=DigestTime(every="day", at=480),
        )
    ],
    names.LATE: [REJECTED],
    names.DEAD_LETTERS: [REJECTED],
}  # fmt: skip
EVERY = [
    pytest.param(topic, message, id=f"{topic}-{struct_of(type(message)).TAG}")
    for topic, messages in EXAMPLES.items()
    for message in messages
]


def fields(message: AnyMessage) -> object:
    """What can be compared of a message."""
    if isinstance(message, Message):
        return message
    return message.header, {name: column.tolist() for name, column in message.columns.items()}


def why(topic: str, data: bytes) -> str:
    with pytest.raises(MalformedMessage) as caught:
        decode(topic, data)
    return str(caught.value)


@pytest.mark.parametrize(("topic", "message"), EVERY)
def test_every_message_comes_back_as_it_was_written(topic: str, message: AnyMessage) -> None:
    data = encode(message)
    assert data.startswith(header_of(struct_of(type(message))))
    back = decode(topic, data)
    assert type(back) is type(message)
    assert fields(back) == fields(message)


def test_every_type_has_an_example_and_a_tag_of_its_own() -> None:
    kinds = {topic: set(each.types) for topic, each in TOPICS.items() if each.types}
    assert kinds == {topic: set(map(type, messages)) for topic, messages in EXAMPLES.items()}
    structs = {struct_of(kind) for types in kinds.values() for kind in types}
    assert len({struct.TAG for struct in structs}) == len(structs)
    assert all(re.fullmatch("[A-Z]{4}", struct.TAG) for struct in structs)
    assert all(1 <= struct.VERSION <= 99 for struct in structs)


@pytest.mark.parametrize(("topic", "message"), EVERY)
def test_another_version_is_named_beside_the_one_expected(topic: str, message: AnyMessage) -> None:
    data, kind = encode(message), struct_of(type(message))
    newer = data[:6] + b"77" + data[HEADER_BYTES:]
    assert why(topic, newer) == (
        f"not a valid {kind.NAME} message: version 77, expected {kind.VERSION}"
    )


@pytest.mark.parametrize(("topic", "message"), EVERY)
def test_a_message_of_another_topic_is_refused_by_its_tag(topic: str, message: AnyMessage) -> None:
    tag = struct_of(type(message)).TAG
    for other, each in TOPICS.items():
        if type(message) not in each.types:
            said = why(other, encode(message))
            assert said.startswith("not a valid ")
            assert f"tag '{tag}', expected" in said or not each.types


@pytest.mark.parametrize(("topic", "message"), EVERY)
def test_a_message_cut_anywhere_or_with_more_behind_it_is_refused(
    topic: str, message: AnyMessage
) -> None:
    data = encode(message)
    for end in range(len(data)):
        assert why(topic, data[:end]).startswith("not a valid ")
    assert why(topic, data + b"\0").startswith("not a valid ")


@pytest.mark.parametrize("topic", TOPICS)
@given(data=st.binary(max_size=80), keeps_header=st.booleans())
def test_no_bytes_whatever_end_in_another_exception(
    topic: str, data: bytes, keeps_header: bool
) -> None:
    for kind in TOPICS[topic].types:
        head = header_of(struct_of(kind)) if keeps_header else b""
        try:
            decode(topic, head + data)
        except MalformedMessage as error:
            assert str(error).startswith("not a valid ")


def test_the_sentence_says_what_stands_there_and_what_was_expected() -> None:
    assert why(names.PANES, b"") == "not a valid panes message: it is empty"
    assert why(names.WARNINGS, b'{"id": "w"}') == (
        "not a valid warning message: it begins with b'{\"id\": \"w\"}', expected b'GPWARN01'"
    )
    assert why(names.PANES, b"GPC1\x05\0\0\0") == (
        "not a valid panes message: it begins with b'GPC1\\x05\\x00\\x00\\x00', "
        "expected b'GPPANE01' or b'GPCPAN02' or b'GPLOOP01' or b'GPRWND01'"
    )
    assert why(names.COMMANDS, b"GPWARN01{}") == (
        "not a valid commands message: tag 'WARN', expected 'CMND' or 'MODC' or 'HNDC'"
    )


def test_rows_that_cannot_be_are_refused() -> None:
    data = encode(columnar(Frame, FrameHeader(rows=0, feed="d", **_ORIGIN)))
    (place,) = [at for at in range(len(data)) if data[at : at + 5] == b"\xa4rows"]
    said = why(names.FRAMES, data[: place + 5] + b"\xff" + data[place + 6 :])
    assert said == "not a valid frame message: Expected `int` >= 0 - at `$.rows`"


def test_columns_are_views_on_the_bytes() -> None:
    frame = decode(names.FRAMES, encode(EXAMPLES[names.FRAMES][0]))
    assert isinstance(frame, Frame)
    assert not any(column.flags.owndata for column in frame.columns.values())
