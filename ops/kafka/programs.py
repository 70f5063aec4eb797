"""What reads and writes topics beside the agents."""

from __future__ import annotations

from typing import Final, NamedTuple

from config import names
from models.feeds.kinds.contract import feed_kinds

_RAW: Final = names.raw_topic("<feed>")
_ACCEPTED: Final = tuple(dict.fromkeys(kind.topic for kind in feed_kinds().values()))


class Program(NamedTuple):
    """Something beside the agents that reads or writes topics."""

    name: str
    reads: tuple[str, ...]
    writes: tuple[str, ...]


INGEST: Final = Program(
    "ingest",
    (_RAW,),
    (*_ACCEPTED, names.HEALTH, names.LATE, names.DEAD_LETTERS),
)
WORKER: Final = Program("worker", (), (names.LINE,))  # beside its agents
PROGRAMS: Final = (
    INGEST,
    WORKER,
    Program("gridpulse train cases", (), (names.CASE_MODELS,)),
    Program("gridpulse train readings", (), (names.BASELINES,)),
    Program(
        "gridpulse warnings",
        (names.WARNINGS, names.AUDIT, names.RESULTS),
        (names.COMMANDS,),
    ),
    Program(
        "wall",
        (names.RESULTS, names.SUBSCRIPTIONS, names.DEAD_LETTERS),
        (names.COMMANDS, names.SUBSCRIPTIONS, names.AUDIT, _RAW),
    ),
    Program("gridpulse mode", (names.AUDIT, names.RESULTS), (names.COMMANDS,)),
    Program("gridpulse handover", (names.AUDIT, names.RESULTS), (names.COMMANDS,)),
    Program("gridpulse watchdog", (names.WATCHDOG,), ()),
    Program("gridpulse audit", (names.AUDIT,), ()),
    Program("gridpulse subscriptions", (names.SUBSCRIPTIONS,), (names.SUBSCRIPTIONS,)),
    Program("gridpulse deliveries", (names.WARNINGS, names.RECEIPTS), (names.RECEIPTS,)),
    Program("gridpulse dead-letters", (names.LATE, names.DEAD_LETTERS), (_RAW,)),
)
