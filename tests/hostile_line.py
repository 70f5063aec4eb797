"""A line without servers that reads what hostile and broken devices send."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from config.catalog import Catalog
from config.loader import load
from config.names import (
    CASE_EVENTS,
    DEAD_LETTERS,
    FRAMES,
    HEALTH,
    PANES,
    SUMMARIES,
)
from config.settings import Settings
from models.cases.rulebook import rulebook_of
from models.feeds.intake import Intake, IntakeResult
from models.feeds.place import gazetteer
from models.feeds.replay_run import HeadReader
from models.feeds.seen import MemorySeen
from models.messages.columns import decode
from models.messages.dead_letters import Rejected
from models.messages.envelope import decode as decode_message
from models.messages.envelope import encode
from models.messages.panes import PaneHeader
from models.messages.street_summaries import CaseSummary
from streams.agents import discover
from streams.agents.cases import CaseProcessor
from streams.agents.panes import PaneProcessor
from streams.host.processor import (
    Archive,
    Effect,
    Processor,
    Record,
    Send,
    WriteBooks,
    WriteSnapshot,
)
from streams.host.refused import apply_record
from streams.ingest.partition import raw_batch
from tests.hostile import HONEST_CASE, Hostile, Sent


@dataclass
class Line:
    """Ingest of one raw partition a feed and all agents but the archive's, in memory.

    Attributes
    ----------
    processors : dict of str to Processor
        Of the street partition, by the topic that each reads.
    district : list of (topics, Processor)
        Those that read what the others send.
    """

    catalog: Catalog
    honest_cell: str
    other_cell: str
    intakes: dict[str, Intake]
    processors: dict[str, Processor]
    district: list[tuple[tuple[str, ...], Processor]]
    largest_snapshot: int = 0
    largest: int = 0
    counted: dict[int, tuple[int, int]] = field(default_factory=dict)  # pane → count and sum
    offsets: dict[str, int] = field(default_factory=dict)
    summary: bytes = b""  # the newest long one
    saved_cases: set[bytes] = field(default_factory=set)
    letters: Counter[str] = field(default_factory=Counter)  # of the agents, by reason

    def take(self, feed: str, sent: list[Sent]) -> IntakeResult:
        """Take messages of one feed in, as one batch, and hand on what came of them."""
        intake = self.intakes[feed]
        messages = [one.message(at) for at, one in enumerate(sent, start=intake.position)]
        now_ms = sent[-1].arrived_ms
        batch = raw_batch(messages, HeadReader(feed, ""), now_ms)
        taken = intake.take(batch, now_ms)
        for letter in (*taken.rejected, *taken.late):
            self.largest = max(self.largest, len(encode(letter)))
        for _, value in taken.messages:
            self.apply(intake.topic, value)
        self.apply(intake.topic, intake.tick(now_ms))
        return taken

    def apply(self, topic: str, value: bytes) -> None:
        """Hand one message to the agent of its topic."""
        offset = self.offsets[topic] = self.offsets.get(topic, -1) + 1
        record = Record(topic, 0, offset, value)
        self.largest = max(self.largest, len(value))
        self.carry_out(apply_record(topic, self.processors[topic], record))

    def pulse(self, now_ms: int) -> None:
        """Let ingest and the agents say how they stand, and save them."""
        for intake in self.intakes.values():
            self.tell(HEALTH, encode(intake.health(now_ms, intake.position)))
        for processor in [*self.processors.values(), *(one for _, one in self.district)]:
            self.carry_out(processor.tick(now_ms))
            changes = processor.changes()
            self.saved_cases |= {name for name in changes if name.startswith(HONEST_CASE)}
            sizes = [len(value) for value in changes.values() if value is not None]
            self.largest = max([self.largest, *sizes])

    def finish(self, now_ms: int) -> None:
        """Say that nothing more comes."""
        for intake in self.intakes.values():
            self.apply(intake.topic, intake.tick(now_ms, idle=True))

    def honest_cases(self) -> int:
        """How many honest cases the agent of cases holds."""
        cases = self.processors[CASE_EVENTS]
        assert isinstance(cases, CaseProcessor)
        self.saved_cases |= {name for name in cases.changes() if name.startswith(HONEST_CASE)}
        return len(self.saved_cases)

    def groups(self) -> Counter[str]:
        """How many groups of each kind the newest long summary tells of."""
        summary = decode_message(CaseSummary, self.summary)
        return Counter(by for by, _ in {(one.by, one.group) for one in summary.indicators})

    def carry_out(self, effects: Any) -> None:
        """Take note of what an agent sends."""
        for effect in effects:
            self._note(effect)

    def tell(self, topic: str, value: bytes) -> None:
        """Hand a message to the agents of the district that read its topic."""
        offset = self.offsets[topic] = self.offsets.get(topic, -1) + 1
        self.largest = max(self.largest, len(value))
        for topics, processor in self.district:
            if topic in topics:
                self.carry_out(apply_record(topic, processor, Record(topic, 0, offset, value)))

    def _note(self, effect: Effect) -> None:
        if isinstance(effect, WriteSnapshot):
            self.largest_snapshot = max(self.largest_snapshot, len(effect.data))
            return
        if isinstance(effect, WriteBooks | Archive):  # for readers: nothing is counted by them
            return
        assert isinstance(effect, Send)
        self.tell(effect.topic, effect.value)
        self.largest = max(self.largest, len(effect.value))
        if effect.topic == SUMMARIES and effect.value[2:6] == CaseSummary.TAG.encode():
            self.summary = effect.value
        if effect.topic == DEAD_LETTERS:
            self.letters[decode_message(Rejected, effect.value).reason.value] += 1
        if effect.topic == PANES and effect.value[2:6] == PaneHeader.TAG.encode():
            header, columns = decode(PaneHeader, effect.value)
            at = columns["cell"] == int(self.honest_cell)
            if at.any():
                found = int(columns["count"][at].sum()), int(columns["sum"][at].sum())
                self.counted[header.start_ms] = found


class Flood:
    """Sends messages to a line, and knows what of them has to be counted.

    Attributes
    ----------
    honest : int
        Readings and case events sent among them.
    """

    def __init__(self, city: Line, seed: int) -> None:
        self._city = city
        category = next(iter(city.catalog.feeds["cases"].categories))
        self._maker = Hostile(seed, city.honest_cell, city.other_cell, category)
        self._readings = self._cases = 0

    @property
    def honest(self) -> int:
        return self._readings + self._cases

    def send(self, number: int, every: int) -> Iterator[int]:
        """Send messages in batches; gives how many were sent, now and then and in the end."""
        pending: dict[str, list[Sent]] = {"dust": [], "cases": []}
        for place, sent in enumerate(self._maker.messages(number), start=1):
            pending[sent.feed].append(sent)
            self._readings += sent.is_honest and sent.feed == "dust"
            self._cases += sent.is_honest and sent.feed == "cases"
            if place % 97 == 0 or place == number:
                self._take(pending)
            if place % 9700 == 0:
                self._city.pulse(self._maker.now_ms)
            if place % every == 0 or place == number:
                yield place
        self._city.finish(self._maker.now_ms + 7_200_000)

    def _take(self, pending: dict[str, list[Sent]]) -> None:
        for feed, sent in pending.items():
            if sent:
                self._city.take(feed, sent)
                sent.clear()

    def problems(self) -> list[str]:
        """Say which honest messages were not counted exactly once."""
        panes = self._city.counted.values()
        counted, total = sum(count for count, _ in panes), sum(total for _, total in panes)
        found = []
        if (counted, total) != (self._readings, 10 * self._readings):  # each of value 1.0
            found.append(f"{self._readings} readings were sent, {counted} counted, sum {total}")
        if (cases := self._city.honest_cases()) != self._cases:
            found.append(f"{self._cases} cases were sent, {cases} are held")
        return found


def line() -> Line:
    """A line of the city of Dongcheng."""
    settings = Settings(street_partitions=1)
    catalog = load(settings)
    codes = catalog.grid_at(date(2026, 9, 21)).codes.tolist()
    places, seen = gazetteer(catalog), MemorySeen()
    rules = rulebook_of(catalog)
    return Line(
        catalog=catalog,
        honest_cell=str(codes[0]),
        other_cell=str(codes[-1]),
        intakes={
            feed: Intake(catalog.feeds[feed], places, seen, partition=0, partitions=1)
            for feed in ("dust", "cases")
        },
        processors={
            FRAMES: PaneProcessor(catalog, settings, 0),
            CASE_EVENTS: CaseProcessor(catalog, rules, settings, 0),
        },
        district=[
            (spec.topics, spec.make(0))
            for spec in discover(catalog, settings)
            if spec.level == "district" and spec.name not in ("archive", "deliver")
        ],
    )
