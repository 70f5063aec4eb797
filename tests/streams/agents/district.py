"""What tests of the district's agents share: a city, a crash, and records."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache

from config.catalog import Catalog
from config.loader import load
from config.settings import Settings
from streams.host.processor import Effect, Processor, Record, Send
from streams.host.refused import apply_record


@cache
def dongcheng() -> Catalog:
    """The default city with its readings and cases alone: what the tests of agents send."""
    catalog = load(Settings())
    feeds = {n: f for n, f in catalog.feeds.items() if f.kind in ("readings", "cases")}
    rules = {name: rule for name, rule in catalog.rules.items() if rule.feed in feeds}
    return catalog.model_copy(update={"feeds": feeds, "rules": rules, "grids": {}})


def records(topic: str, *values: bytes) -> list[Record]:
    """Records of one topic."""
    return [Record(topic, 0, offset, value) for offset, value in enumerate(values)]


def run(processor: Processor, given: Sequence[Record]) -> list[Effect]:
    """Apply records in order."""
    return [effect for record in given for effect in apply_record("test", processor, record)]


def sent(effects: Sequence[Effect], topic: str) -> list[bytes]:
    """Values sent to a topic."""
    return [e.value for e in effects if isinstance(e, Send) and e.topic == topic]


def run_with_crashes(
    make: Callable[[], Processor], given: Sequence[Record], every: int
) -> list[Effect]:
    """Apply records, with a crash and a restart from the checkpoint after each `every` of them."""
    saved: dict[bytes, bytes] = {}
    processor, effects = make(), list[Effect]()
    for number, record in enumerate(given, start=1):
        effects += apply_record("test", processor, record)
        if number % every == 0:
            for name, value in processor.changes().items():
                if value is None:
                    saved.pop(name, None)
                else:
                    saved[name] = value
            processor = make()
            processor.restore(dict(saved))
            assert processor.changes() == {}, "what was just loaded is not a change"
    return effects
