"""Messages that one hostile or broken device may send.

All that ended a process, held it up, blinded a feed or filled a memory once is among them.

Everything here follows from a seed. Honest readings and case events stand among the others, at a
cell and under case numbers that no hostile message names, so that each can be counted in the end.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Any, Final

from config.names import (
    SENT_HEADER,
)

NOW_MS: Final = 1_790_000_000_000  # 2026-09-21
LARGEST_SENT: Final = 2 * 2**20  # bytes: no message of ours is larger, whatever came in …
LARGEST_SUMMARY: Final = 8 * 2**20  # … but a summary of cases of as many names as are told apart
LARGEST_SNAPSHOT: Final = 3 * 2**20  # what the wall reads
HONEST_CASE: Final = b"cases/c:honest-"  # field of a checkpoint
BIG: Final = b"1" * 5000
BY_BROKER: Final = 2  # kind of a timestamp
HEADER_TIMES_MS: Final = (4_070_000_000_000, 999_999_999_999_999, 1, 10**30)


@dataclass
class Sent:
    """One message: to a raw topic, at a moment, honest or not."""

    feed: str
    value: bytes
    arrived_ms: int
    is_honest: bool = False
    sent_ms: int = 0  # what a hostile header says; 0: it has none

    def message(self, offset: int) -> KafkaMessage:
        """Give it as the client of Kafka does."""
        return KafkaMessage(self, offset)


@dataclass
class KafkaMessage:
    """What ingest asks of a record."""

    of: Sent
    at: int

    def offset(self) -> int:
        """Place in its partition."""
        return self.at

    def value(self) -> bytes:
        """Its bytes."""
        return self.of.value

    def timestamp(self) -> tuple[int, int]:
        """Say that the broker stamped it."""
        return BY_BROKER, self.of.arrived_ms

    def headers(self) -> list[tuple[str, bytes]]:
        """Headers of its sender."""
        return [(SENT_HEADER, b"%d" % self.of.sent_ms)] if self.of.sent_ms else []


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
            return self._as_if_sent(
                Sent(feed, self._random.choice([*small().values()]), self.now_ms)
            )
        return self._as_if_sent(Sent(feed, self._mutated(feed), self.now_ms))

    def _as_if_sent(self, sent: Sent) -> Sent:
        """Let some headers lie about when a message was sent, far ahead and far behind."""
        if self._random.random() < 0.1:
            sent.sent_ms = self._random.choice(HEADER_TIMES_MS)
        return sent

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

    def _identified(self, data: Any) -> dict[str, Any]:
        """Put an envelope with a long id that nobody else has around something."""
        identity = f"{self._random.random()}{'y' * 180}"
        return self._enveloped(data) | {"id": identity, "data": data}

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
            **{
                f"a {kind} of its own": _json(
                    self.case(case=f"d{self.now_ms}") | {kind: f"{kind} {self._random.random()}"}
                )
                for kind in ("department", "beat", "area", "source")
            },
            "one of 330 names a group": _json(
                self.case(case=f"n{self._random.random()}", department=f"d{self.now_ms % 330}")
            ),
            "an id of its own": _json(self._identified(self.case(case=f"i{self.now_ms}"))),
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
            "a clock ten minutes ahead": _json(
                self.reading(sensor=f"ahead-{self.now_ms % 4}", ts=ahead_ms)
            ),
            "a clock that was never set": _json(self.reading(sensor="behind", ts=1_000)),
            "an id of its own": _json(self._identified(self.reading())),
            "a letter with the bytes of another": _json(
                [self._enveloped([1, 2, 3]), self.reading(), self.reading(value=-5)]
            ),
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
