"""A city's days made up from published figures, with a fixed seed: for demonstrations and tests.

The same seed, span and interval give the same bytes. Two spans that meet continue each other when
they share `begin_ms`, the moment before which no case was ever reported.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from config.catalog import Catalog, Feed
from config.errors import InputError
from models.feeds.raw import RawMessage
from models.timing.calendar import EPOCH
from ops.cities import catalog_of
from ops.cli_times import local_day, moment_ms
from ops.simulation.calls import invented_calls
from ops.simulation.cases import CaseMaker
from ops.simulation.dust import LocalExcess, dust_messages
from ops.simulation.event_cases import event_messages
from ops.simulation.hazard import hazard_messages
from ops.simulation.matters import matter_messages, simulated_kinds
from ops.simulation.matters.days import Span
from ops.simulation.texts import Seeded, invented_texts, write_texts

_TEXTS_A_DAY: Final = 200
SIMULATED: Final = ("cases", "dust", "hazard")  # feeds by their names
_LONGEST_CASE = timedelta(days=20)  # the means of its steps times four stay below


def simulate(
    catalog: Catalog,
    start_ms: int,
    end_ms: int,
    seed: int,
    interval_s: int,
    *,
    excess: LocalExcess | None = None,
    begin_ms: int | None = None,
    with_matters: bool = False,
) -> Iterator[tuple[str, RawMessage]]:
    """Give the messages of the feeds `dust`, `hazard` and `cases` in the order of event time.

    Parameters
    ----------
    catalog : Catalog
        A feed that it does not have is left out; sensors are those of its feeds.
    start_ms, end_ms : int
        Epoch milliseconds, half-open.
    seed : int
        Not negative.
    interval_s : int
        Seconds between two readings of a sensor; those of `hazard` report no more often than
        the feed expects.
    excess : LocalExcess, optional
        Dust at one sensor only.
    begin_ms : int, optional
        No case is reported before; `start_ms` by default.
    with_matters : bool
        Give the messages of all feeds of supervised matters too.

    Yields
    ------
    tuple of (str, RawMessage)
        Feed and message.
    """
    begin_ms = start_ms if begin_ms is None else begin_ms
    zone = ZoneInfo(catalog.city.timezone)
    streams: list[Iterator[tuple[str, RawMessage]]] = []
    if "dust" in catalog.feeds:
        sensors = catalog.feeds["dust"].sensors
        dust = dust_messages(sensors, zone, start_ms, end_ms, seed, interval_s, excess)
        streams.append(("dust", message) for message in dust)
    if "hazard" in catalog.feeds:
        sensors = catalog.feeds["hazard"].sensors
        pause_s = max(interval_s, catalog.feeds["hazard"].expected_interval_s)
        gas = hazard_messages(sensors, zone, start_ms, end_ms, seed, pause_s)
        streams.append(("hazard", message) for message in gas)
    if "cases" in catalog.feeds:
        cases = _case_messages(CaseMaker(catalog, seed), zone, start_ms, end_ms, begin_ms)
        streams.append(("cases", message) for message in cases)
    span = Span(start_ms=start_ms, end_ms=end_ms, seed=seed, zone=zone)
    for feed in _matters(catalog) if with_matters else ():
        streams.append(_named(feed.name, matter_messages(feed, catalog, span)))
    return heapq.merge(*streams, key=lambda sent: sent[1].ts_ms)


def _named(feed: str, messages: Iterable[RawMessage]) -> Iterator[tuple[str, RawMessage]]:
    """Give messages with the feed they belong to."""
    for message in messages:
        yield feed, message


def _matters(catalog: Catalog) -> list[Feed]:
    """Give the feeds of supervised matters that can be simulated."""
    kinds = simulated_kinds()
    return [feed for feed in catalog.feeds.values() if feed.kind in kinds]


def not_simulated(catalog: Catalog) -> list[str]:
    """Say of which feeds nothing is simulated, and why, one sentence each."""
    said = []
    for feed in catalog.feeds.values():
        if feed.kind in simulated_kinds():
            continue
        if feed.name not in SIMULATED:
            said.append(
                f"feed {feed.name} is not simulated: only feeds called {', '.join(SIMULATED)} are"
            )
        elif feed.metrics and not feed.sensors:
            said.append(
                f"feed {feed.name} has no sensors in its file or in sensors/{feed.name}.yaml: "
                "no readings are simulated"
            )
    said += [f"the city has no feed {name}" for name in SIMULATED if name not in catalog.feeds]
    return said


def _case_messages(
    maker: CaseMaker, zone: ZoneInfo, start_ms: int, end_ms: int, begin_ms: int
) -> Iterator[RawMessage]:
    """Give the case events of a span in the order of event time."""
    first = max(_local(begin_ms, zone), _local(start_ms, zone) - _LONGEST_CASE)
    waiting: list[tuple[int, int, RawMessage]] = []  # the number keeps the order of equal times
    number = 0
    for day in _days(first.date(), _local(end_ms, zone).date()):
        midnight = datetime(day.year, day.month, day.day, tzinfo=zone)
        yield from _due(waiting, round(midnight.timestamp() * 1000), start_ms, end_ms)
        for reported in maker.day(midnight):
            if reported[0].ts_ms >= begin_ms:
                for message in reported:
                    heapq.heappush(waiting, (message.ts_ms, number, message))
                    number += 1
    yield from _due(waiting, end_ms, start_ms, end_ms)


def _due(
    waiting: list[tuple[int, int, RawMessage]], now_ms: int, start_ms: int, end_ms: int
) -> Iterator[RawMessage]:
    """Take out what is due before a time, and give what of it lies in the span."""
    while waiting and waiting[0][0] < now_ms:
        ts_ms, _, message = heapq.heappop(waiting)
        if start_ms <= ts_ms < end_ms:
            yield message


def _local(ms: int, zone: ZoneInfo) -> datetime:
    return datetime.fromtimestamp(ms / 1000, zone)


def _days(first: date, last: date) -> Iterator[date]:
    for number in range((last - first).days + 1):
        yield first + timedelta(days=number)


@dataclass(frozen=True, kw_only=True)
class Written:
    """What was written: messages by feed, and of which feeds nothing, and why."""

    messages: dict[str, int]
    notes: list[str]


def write_event(out: Path, event: str, seed: int) -> Written:
    """Write the simulated cases of the summer of a major event as JSON lines, `cases.jsonl`.

    Raises
    ------
    InputError
        The city has no such event.
    """
    _, catalog = catalog_of(None)
    lines = list(event_messages(catalog, event, seed))
    out.mkdir(parents=True, exist_ok=True)
    (out / "cases.jsonl").write_bytes(b"".join(line + b"\n" for line in lines))
    return Written(messages={"cases": len(lines)}, notes=[])


def write_hotline(out: Path, since: str, until: str, seed: int) -> Written:
    """Write invented calls to the hotline, and patrol findings beside them, `hotline.jsonl`.

    Raises
    ------
    InputError
        A time is not valid, or the end does not lie after the beginning.
    """
    _, catalog = catalog_of(None)
    start_ms, end_ms = (moment_ms(text, catalog.city.timezone) for text in (since, until))
    if start_ms is None or end_ms is None or end_ms <= start_ms:
        msg = f"expected an end after the beginning {since}, got {until}"
        raise InputError(msg)
    out.mkdir(parents=True, exist_ok=True)
    count = 0
    with (out / "hotline.jsonl").open("wb") as file:
        for call in invented_calls(catalog, start_ms, end_ms, seed):
            file.write(call + b"\n")
            count += 1
    return Written(messages={"hotline": count}, notes=[])


def write_reports(out: Path, since: str, until: str, seed: int) -> Written:
    """Write invented reports in words, `texts.jsonl`; a new kind begins after two thirds.

    Raises
    ------
    InputError
        A time is not valid, or the end does not lie after the beginning.
    """
    _, catalog = catalog_of(None)
    first, last = (local_day(text, catalog.city.timezone) for text in (since, until))
    days = (last - first).days
    if days <= 0:
        msg = f"expected an end after the beginning {since}, got {until}"
        raise InputError(msg)
    begins = 2 * days // 3
    new = Seeded(reports=4 * (days - begins), first=begins, last=days)
    rows = invented_texts(catalog, (first - EPOCH).days, days, _TEXTS_A_DAY, seed, new)
    out.mkdir(parents=True, exist_ok=True)
    lines = list(write_texts(rows))
    (out / "texts.jsonl").write_bytes(b"".join(lines))
    return Written(messages={"texts": len(lines)}, notes=[])


def write_files(out: Path, since: str, until: str, seed: int, interval_s: int) -> Written:
    """Write simulated messages as JSON lines, one file for each simulated feed.

    Raises
    ------
    InputError
        A time is not valid, the end does not lie after the beginning, or nothing can be simulated.
    """
    settings, catalog = catalog_of(None)
    start_ms, end_ms = (moment_ms(text, catalog.city.timezone) for text in (since, until))
    if start_ms is None or end_ms is None or end_ms <= start_ms:
        msg = f"expected an end after the beginning {since}, got {until}"
        raise InputError(msg)
    out.mkdir(parents=True, exist_ok=True)
    written = dict.fromkeys((*SIMULATED, *(feed.name for feed in _matters(catalog))), 0)
    with ExitStack() as files:
        lines = {feed: files.enter_context((out / f"{feed}.jsonl").open("wb")) for feed in written}
        every = simulate(catalog, start_ms, end_ms, seed, interval_s, with_matters=True)
        for feed, message in every:
            lines[feed].write(message.value + b"\n")
            written[feed] += 1
    notes = not_simulated(catalog)
    if not any(written.values()):
        msg = f"nothing was simulated for {settings.city}: {'; '.join(notes) or 'too short a span'}"
        raise InputError(msg)
    return Written(messages=written, notes=notes)
