"""Messages that one hostile or broken device may send, and a line without servers that reads them.

Everything here follows from a seed. Honest readings and case events stand among the others, at a
cell and under case numbers that no hostile message names, so that each can be counted in the end.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from random import Random
from typing import Any, Final

from config.catalog import Catalog
from config.loader import load
from config.names import CASE_EVENTS, DEAD_LETTERS, FRAMES, PANES, SUMMARIES
from config.settings import Settings
from models.cases.rulebook import Rulebook
from models.feeds.intake import Intake, IntakeResult
from models.feeds.place import gazetteer
from models.feeds.raw_batch import RawBatch
from models.feeds.seen import MemorySeen
from models.messages.columns import decode
from models.messages.dead_letters import Rejected
from models.messages.envelope import decode as decode_message
from models.messages.envelope import encode
from models.messages.panes import PaneHeader
from models.messages.street_summaries import CaseSummary
from streams.agents.cases import CaseProcessor
from streams.agents.panes import PaneProcessor
from streams.host.processor import Effect, Processor, Record, Send
from streams.host.refused import apply_record

NOW_MS: Final = 1_790_000_000_000  # 2026-09-21
LARGEST_SENT: Final = 2 * 2**20  # bytes: no message of ours is larger, whatever came in …
LARGEST_SUMMARY: Final = 8 * 2**20  # … but a summary of cases of as many names as are told apart
HONEST_CASE: Final = b"cases/c:honest-"  # field of a checkpoint
BIG: Final = b"1" * 5000


@dataclass
class Sent:
    """One message: to a raw topic, at a moment, honest or not."""

    feed: str
    value: bytes
    arrived_ms: int
    is_honest: bool = False


class Hostile:
    """Makes the messages.

    Parameters
    ----------
    seed : int
    honest_cell, other_cell : str
    category : str
    """

    def __init__(self, seed: int, honest_cell: str, other_cell: str, category: str) -> None:
        self._random = Random(seed)
        self._honest_cell, self._cell, self._category = honest_cell, other_cell, category
        self.now_ms = NOW_MS
        self._honest = 0

    def messages(self, number: int, honest_every: int = 5) -> Iterator[Sent]:
        """Give messages, of which each so many-th is honest."""
        for place in range(number):
            self.now_ms += self._random.randrange(200)
            if place % honest_every == 0:
                yield self._honest_message()
            else:
                yield self._hostile_message()

    def _honest_message(self) -> Sent:
        self._honest += 1
        if self._honest % 10 == 0:
            event = self.case(case=f"honest-{self._honest}", cell=self._honest_cell)
            return Sent("cases", _json(event), self.now_ms, is_honest=True)
        measured_ms = self.now_ms - self._random.randrange(20_000)
        sensor = f"honest-{self._honest % 40}"
        reading = self.reading(sensor=sensor, cell=self._honest_cell, ts=measured_ms)
        return Sent("dust", _json(reading), self.now_ms, is_honest=True)

    def _hostile_message(self) -> Sent:
        feed = self._random.choice(("dust", "cases"))
        if self._random.random() < 0.0005:
            large = self.case_killers if feed == "cases" else self.reading_killers
            return Sent(feed, self._random.choice([*large().values()]), self.now_ms)
        if self._random.random() < 0.2:
            small = self.small_case_killers if feed == "cases" else self.small_reading_killers
            return Sent(feed, self._random.choice([*small().values()]), self.now_ms)
        return Sent(feed, self._mutated(feed), self.now_ms)

    def reading(self, **changes: Any) -> dict[str, Any]:
        """A reading that would be taken."""
        good = {"sensor": "x", "metric": "pm10", "value": 1, "ts": self.now_ms, "cell": self._cell}
        return good | changes

    def case(self, **changes: Any) -> dict[str, Any]:
        """A case event that would be taken."""
        good = {"case": "X", "type": "filed", "ts": self.now_ms, "category": self._category}
        return good | {"cell": self._cell} | changes

    def _mutated(self, feed: str) -> bytes:
        """A message with some fields replaced by values that do harm somewhere."""
        random = self._random
        one = self.case() if feed == "cases" else self.reading()
        odd: list[Any] = [
            None, "", "x" * 300, 0, -1, 1e300, 1e19, -1e308, 2**63, 10**18, [], {}, True, "NaN",
            "9999-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00", self.now_ms + 599_500, 1.5,
            f"n{random.randrange(10**6)}", "\u202e\x1b[2J", "=1+1", 999_999_999_999_999,
        ]  # fmt: skip
        names = [*one, "lon", "lat", "due", "actor", "department", "beat", "source", "area"]
        for _ in range(random.randrange(4)):
            one[random.choice(names)] = random.choice(odd)
        kind = random.randrange(10)
        if kind == 0:
            return _json([one] * random.randrange(30))
        if kind in (1, 2):
            return _json(self._enveloped(one))
        value = _json(one)
        if kind == 3:
            at = random.randrange(len(value))
            return value[:at] + bytes([random.randrange(256)]) + value[at + 1 :]
        return value[: random.randrange(len(value))] if kind == 4 else value

    def _enveloped(self, data: Any) -> dict[str, Any]:
        random = self._random
        envelope = {"specversion": "1.0", "type": "t", "source": f"//gw/{random.randrange(9)}"}
        identity = random.choice((f"{random.randrange(300)}", "x/1", "y" * 400))
        return envelope | {"id": identity, "data": random.choice((data, [data], None))}

    def case_killers(self) -> dict[str, bytes]:
        """Case events that ended a process, or held it up, once."""
        return self.small_case_killers() | {
            "an actor of 0.9 MB": _json(self.case(actor="a" * 900_000)),
            "half a million zeros": b"[" + b"0," * 500_000 + b"0]",
            "nesting without end": b"[" * 500_000,
        }

    def small_case_killers(self) -> dict[str, bytes]:
        """Give those of them that are no larger than other events."""
        return {
            "due beyond the calendar": _json(self.case(due=1e19)),
            "due beyond 64 bits": _json(self.case(due=1e20)),
            "due of 5,000 digits": _json(self.case(due=7)).replace(b'"due": 7', b'"due": ' + BIG),
            "no degrees beside a cell": _json(self.case(lon=1e308, lat=-1e308)),
            "the year 33658": _json(self.case(ts=999_999_999_999_999)),
            "a department of its own": _json(
                self.case(case=f"d{self.now_ms}", department=f"d{self._random.random()}")
            ),
            "one more step": _json(
                self.case(case="steps", type="returned", actor=str(self.now_ms))
            ),
        }

    def reading_killers(self) -> dict[str, bytes]:
        """Readings that ended a process, or held it up, or blinded a feed, once."""
        return self.small_reading_killers() | {
            "half a million zeros": b"[" + b"0," * 500_000 + b"0]",
            "zeros and no number": b"[" + b"0," * 500_000 + b"NaN]",
            "five thousand no rows": b"[" + b'{"a":NaN},' * 4999 + b"1]",
            "a name of 1 MB": _json(self.reading(sensor="s" * 1_000_000)),
        }

    def small_reading_killers(self) -> dict[str, bytes]:
        """Give those of them that are no larger than other readings."""
        ahead_ms = self.now_ms + 599_500
        return {
            "a time of 5,000 digits": _json(self.reading(ts=7)).replace(
                b'"ts": 7', b'"ts": ' + BIG
            ),
            "a value of 5,000 digits": _json(self.reading(value=7)).replace(
                b'"value": 7', b'"value": ' + BIG
            ),
            "a clock ten minutes ahead": _json(self.reading(sensor="ahead", ts=ahead_ms)),
            "the year 2099": _json(self.reading(ts=4_070_000_000_000)),
            "the year 9999": _json(self.reading(ts="9999-12-31T23:59:59Z")),
            "the year 33658": _json(self.reading(ts=999_999_999_999_999)),
            "no degrees beside a cell": _json(self.reading(lon=1e308, lat=-1e308)),
            "a sensor of its own": _json(self.reading(sensor=f"s{self._random.random()}")),
            "ids that a slash joins": _json(
                [
                    {"specversion": "1.0", "type": "t", "source": source, "id": id_, "data": data}
                    for data in [self.reading()]
                    for source, id_ in (("//gw/7", "x/1"), ("//gw/7/x", "1"))
                ]
            ),
        }


def _json(value: Any) -> bytes:
    return json.dumps(value).encode()


@dataclass
class Line:
    """Ingest of one raw partition a feed, and the agents of one street partition, in memory."""

    catalog: Catalog
    honest_cell: str
    other_cell: str
    intakes: dict[str, Intake]
    processors: dict[str, Processor]
    largest: int = 0
    counted: dict[int, tuple[int, int]] = field(default_factory=dict)  # pane → count and sum
    offsets: dict[str, int] = field(default_factory=dict)
    summary: bytes = b""  # the newest long one
    saved_cases: set[bytes] = field(default_factory=set)
    letters: Counter[str] = field(default_factory=Counter)  # of the agents, by reason

    def take(self, feed: str, sent: list[Sent]) -> IntakeResult:
        """Take messages of one feed in, as one batch, and hand on what came of them."""
        intake = self.intakes[feed]
        batch = RawBatch(
            range(intake.position, intake.position + len(sent)),
            [one.arrived_ms for one in sent],
            [one.value for one in sent],
        )
        now_ms = sent[-1].arrived_ms
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
        """Let the agents say how they stand, and save them."""
        for processor in self.processors.values():
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

    def _note(self, effect: Effect) -> None:
        assert isinstance(effect, Send)
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
    rules = Rulebook(catalog.registry, catalog.city.timezone)
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
    )
