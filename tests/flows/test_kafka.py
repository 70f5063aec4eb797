"""The whole line on Apache Kafka with real data: what pandas computes, and what a backtest says."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from config import names
from models.messages import envelope
from models.messages.columns import decode
from models.messages.judged_panes import JudgedHeader
from models.messages.receipts import Receipt
from models.messages.warnings import Reason, WarningChange
from ops.backtest.backtest import Backtest
from ops.files.sources import read_messages
from ops.kafka.apache import Kafka
from ops.processes.receiver import Receiver
from tests.flows.dust import STATIONS, Seen, at_ms, expected_panes, hours, raised, readings, written
from tests.flows.line import Line, line

pytestmark = [pytest.mark.kafka, pytest.mark.data, pytest.mark.timeout(900)]

UNTOUCHED = "2014-02-01", "2014-04-16"  # of Dongsi
SPRING = "2014-03-01", "2014-04-18"  # of its neighbours
EXCESS_FROM, EXCESS_HOURS, EXCESS = "2014-04-16 09:00", 8, 400.0
DONGSI = "110101006"
SECRET = "of the loopback receiver"


class Dust(NamedTuple):
    """Eleven weeks of one station, seven of its neighbours, an excess at its end."""

    line: Line
    receiver: Receiver
    backtest: Backtest
    said: Seen


@pytest.fixture(scope="module")
def dust(
    kafka: Kafka, shared_data: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Dust]:
    folder = tmp_path_factory.mktemp("dust")
    frames = {station: hours(shared_data, station, *SPRING) for station in STATIONS}
    dongsi = hours(shared_data, "Dongsi", UNTOUCHED[0], SPRING[1])
    frames["Dongsi"] = raised(dongsi, EXCESS_FROM, EXCESS_HOURS, EXCESS)
    stations = written(folder / "stations", frames)
    with (
        Receiver(SECRET) as receiver,
        line(
            folder,
            kafka.bootstrap,
            "dongcheng",
            webhook_url=receiver.url,
            webhook_secret=SECRET,
        ) as started,
    ):
        started.replay("dust", stations, "--mapping", "prsa")
        said = Seen()  # the worker works while the backtest does
        backtest = Backtest(started.catalog, started.settings, "dust", said)
        backtest.run(read_messages(stations, started.catalog.mapping("prsa")))
        started.await_all("dust", sum(map(readings, frames.values())))
        started.await_readers()
        yield Dust(started, receiver, backtest, said)


def test_weeks_of_dongsi_give_exactly_the_panes_of_pandas(dust: Dust, shared_data: Path) -> None:
    until_ms = at_ms(UNTOUCHED[1])
    panes = dust.line.ear.seen.panes()
    (cell,) = {cell for _, start, cell, _ in panes if start < at_ms(SPRING[0])}
    found = {key: row for key, row in panes.items() if key[1] < until_ms and key[2] == cell}
    assert found == expected_panes(hours(shared_data, "Dongsi", *UNTOUCHED), cell)


def test_a_backtest_gives_the_panes_of_kafka(dust: Dust) -> None:
    assert dust.line.ear.seen.panes() == dust.said.panes()


def test_a_backtest_gives_the_signals_of_kafka(dust: Dust) -> None:
    found, wanted = dust.line.ear.seen.told(), dust.said.told()
    for rule in ("", "dust-silence"):
        batches = [batch for key, batch in found.items() if key[:2] == ("dust", rule)]
        assert any(one.active for batch in batches for one in batch.signals)
    assert found == wanted


def judged(seen: Seen) -> dict[tuple[str, int], dict[str, Any]]:
    """Observed and expected values by metric and pane."""
    messages = (
        decode(JudgedHeader, v)
        for v in seen.of(names.SIGNALS)
        if v.startswith(envelope.header_of(JudgedHeader))
    )
    return {
        (header.metric, header.start_ms): {name: c.tolist() for name, c in columns.items()}
        for header, columns in messages
    }


def test_a_backtest_expects_what_kafka_expects(dust: Dust) -> None:
    found, wanted = judged(dust.line.ear.seen), judged(dust.said)
    assert found.keys() == wanted.keys()
    assert repr(found) == repr(wanted)  # NaN is equal to itself here


def test_a_backtest_gives_the_warnings_of_kafka(dust: Dust) -> None:
    assert dust.line.ear.seen.changes() == dust.said.changes()


def test_the_excess_is_one_explained_warning_that_reaches_its_receiver_and_clears(
    dust: Dust,
) -> None:
    day = at_ms(EXCESS_FROM[:10])
    life = [
        warning
        for _, warning in sorted(dust.line.ear.seen.changes().items())
        if warning.area == DONGSI and day <= warning.raised_ms < day + 86_400_000
        if warning.reason is not Reason.SUPERSEDED  # by a warning of a later day
    ]
    assert len({warning.id for warning in life}) == 1
    assert [life[0].change, life[-1].change] == [WarningChange.RAISED, WarningChange.CLEARED]
    assert life[0].scope == "local"
    assert "coarse" in life[0].explanation["en"].lower()

    delivered = {(warning.id, warning.revision) for warning in dust.receiver.warnings}
    receipts = {
        (receipt.warning, receipt.revision)
        for receipt in (envelope.decode(Receipt, v) for v in dust.line.ear.seen.of(names.RECEIPTS))
        if receipt.delivered
    }
    assert {(warning.id, warning.revision) for warning in life} <= delivered == receipts
    assert dust.receiver.refused == 0


def test_the_snapshot_says_what_the_topics_say(dust: Dust) -> None:
    assert dust.backtest.snapshot is not None
    wanted = {
        name: value
        for name, value in dust.backtest.snapshot.figures.items()
        if name.startswith(("readings", "cases", "cells", "panes", "lag"))
    }
    raised_ids = {w.id for w in dust.line.ear.seen.warnings()}
    wanted |= {"warnings_opened": len(raised_ids), "deliveries": len(dust.receiver.warnings)}
    assert dust.line.await_figures(wanted) == wanted
