"""Excesses, clusters and silences through Apache Kafka are those of a backtest, in any order."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import NamedTuple, TypeVar
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from config import names
from config.catalog import Catalog
from config.loader import load
from config.settings import Settings
from models.feeds.raw import RawMessage
from models.messages.columns import decode
from models.messages.envelope import header_of
from models.messages.signals import ClusterSignal, CountSignal, SignalBase, SilenceSignal
from models.messages.street_summaries import SummaryHeader
from models.timing.days import moment_of
from ops.backtest.backtest import Backtest
from ops.files.raw_lines import RawLines
from ops.files.sources import read_messages
from ops.kafka.apache import Kafka
from tests.flows.dust import Seen
from tests.flows.line import Line, line
from tests.flows.spring import BLOCK_MS, CLUSTER_DAYS, LAST, cluster, outbreak, shuffled, spring
from tests.models.monitors.signals_of import only

pytestmark = [pytest.mark.kafka, pytest.mark.data, pytest.mark.slow, pytest.mark.timeout(600)]

CITIES = Settings().config_dir / "city"
QUIET = ("2016-03-05", "2016-03-25")  # two neighbourhoods and one department
STILL_QUIET = "2016-03-22"
QUIET_PLACES, QUIET_DEPARTMENT = ("Dorchester", "Hyde Park"), "PWDx"
ZONE, OUTBREAK_UNTIL = ZoneInfo("America/New_York"), "2016-04-24"
SAYING = ("cases", "outbreaks", "silence", "closed-loop", "warn")  # what is compared
PAUSE_MS = moment_of((date(2016, 3, 10) - date(1970, 1, 1)).days, 0, ZONE)


class Both(NamedTuple):
    """What Kafka and a backtest say of the same cases."""

    found: Seen
    wanted: Seen


def boston(folder: Path) -> Settings:
    """Boston with rules for beats and departments, whose cases may come two days late."""
    city = folder / "city" / "boston"
    shutil.copytree(CITIES / "boston", city)
    for rule in ("beat-silence", "department-silence"):
        shutil.copy(CITIES / "dongcheng" / "rules" / f"{rule}.yaml", city / "rules")
    feed, mapping = city / "feeds" / "cases.yaml", city / "mappings" / "boston311.yaml"
    patient = f"allowed_lateness_s: {BLOCK_MS // 1000}"
    feed.write_text(feed.read_text().replace("allowed_lateness_s: 600", patient))
    mapping.write_text(mapping.read_text() + "beat: neighborhood\n")
    return Settings(config_dir=folder, city="boston")


def cases_of(data: Path) -> pd.DataFrame:
    """Cases of a spring with a cluster, an outbreak and silences in it."""
    cases = spring(data)
    still_open = ~(cases.closed_dt < LAST)
    cases.loc[still_open, ["closed_dt", "case_status"]] = "", "Open"
    is_quiet = cases.neighborhood.isin(QUIET_PLACES) & cases.open_dt.between(*QUIET)
    stays = cases.closed_dt.between(*QUIET) & (cases.department == QUIET_DEPARTMENT)
    cases.loc[stays, ["closed_dt", "case_status"]] = "", "Open"
    extra = pd.concat([cluster(cases), outbreak(cases)]).assign(closed_dt="", case_status="Open")
    return pd.concat([pd.DataFrame(cases[~is_quiet]), extra])


def messages_of(cases: pd.DataFrame, folder: Path, catalog: Catalog) -> list[RawMessage]:
    """Write cases as a file of raw messages in which departments close, and read it."""
    table, lines = folder / "cases.csv", folder / "cases.jsonl"
    cases.to_csv(table, index=False)
    said = [m.value for m in read_messages(table, catalog.mapping("boston311"))]
    closing = b'"type":"closed"', b'"type":"closed","role":"department"'
    lines.write_bytes(b"\n".join(value.replace(*closing) for value in said))
    return list(RawLines(lines).messages())


@pytest.fixture(scope="module")
def both(
    kafka: Kafka, shared_data: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Both]:
    """The cases in disorder, a third twice, through twice the partitions and a worker killed.

    They come in two goes, with a pause between in which all falls idle.
    """
    folder = tmp_path_factory.mktemp("outbreaks")
    city = boston(folder / "config")
    messages = messages_of(cases_of(shared_data), folder, load(city))
    wanted = Seen()
    Backtest(load(city), city, "cases", wanted, agents=SAYING).run(messages)
    partitions = 2 * city.street_partitions
    with line(
        folder,
        kafka.bootstrap,
        "boston",
        config_dir=city.config_dir,
        street_partitions=partitions,
    ) as started:
        first = [message for message in messages if message.ts_ms < PAUSE_MS]
        goes = (
            (first, 0.0, len(first)),  # killed while the streets read
            (messages[len(first) :], 0.6, applied(wanted)),  # … and while the district judges
        )
        for go, share, count in goes:
            started.publish("cases", shuffled(go))
            await_share(started, wanted, share)
            started.worker.kill(0)
            started.await_all("cases", count)
            started.await_readers()
        assert started.worker.statuses == [-9, -9]
        yield Both(started.ear.seen, wanted)


def await_share(started: Line, wanted: Seen, share: float) -> None:
    """Wait for the first panes, and for a share of all that is found; but not for all of it."""
    seen, whole = started.ear.seen, len(wanted.of(names.SIGNALS))
    started.await_that(
        lambda: bool(seen.of(names.PANES)) and len(seen.of(names.SIGNALS)) >= share * whole,
        lambda: len(seen.of(names.SIGNALS)),
    )
    assert len(seen.of(names.SIGNALS)) < whole


def applied(seen: Seen) -> int:
    """Steps of cases that all streets together have applied."""
    headers = [
        decode(SummaryHeader, v)[0]
        for v in seen.of(names.SUMMARIES)
        if v.startswith(header_of(SummaryHeader))
    ]
    newest = {header.partition: header.applied for header in headers if header.feed == "cases"}
    return sum(newest.values())


def test_kafka_finds_what_a_backtest_finds_in_the_file(both: Both) -> None:
    found, wanted = both.found.told(), both.wanted.told()
    assert found.keys() == wanted.keys()
    assert found == wanted


S = TypeVar("S", bound=SignalBase)
SILENCES = (
    ("streets", "case-silence"),
    ("beats", "beat-silence"),
    ("departments", "department-silence"),
)


def actives(seen: Seen, kind: type[S], rule: str, day: str) -> list[S]:
    """What stood at the end of a local day."""
    at_ms = moment_of((date.fromisoformat(day) - date(1970, 1, 1)).days, 24, ZONE)
    told = only(kind, seen.told()["cases", rule, at_ms].signals)
    return [one for one in told if one.active]


def test_what_was_put_into_the_cases_is_found(both: Both) -> None:
    near = actives(both.found, ClusterSignal, "case-clusters", CLUSTER_DAYS[-1])
    assert any(one.group == "pests" and one.evidence.observed >= 6 for one in near)
    last = actives(both.found, CountSignal, "case-counts", OUTBREAK_UNTIL)
    assert ("840025/all", "regional") in {(a.subject, a.scope) for a in last}


def test_who_was_silenced_is_missed(both: Both) -> None:
    silent = {
        metric: {
            name or one.area.code
            for one in actives(both.found, SilenceSignal, rule, STILL_QUIET)
            for name in one.evidence.named or [""]
        }
        for metric, rule in SILENCES
    }
    assert silent["streets"] == {"840025009", "840025013"}
    assert silent["beats"] == set(QUIET_PLACES)
    assert silent["departments"] == {QUIET_DEPARTMENT}


def test_kafka_warns_of_what_a_backtest_warns_of(both: Both) -> None:
    found = both.found.changes()
    assert len({change.rule for change in found.values()}) >= 5
    assert found == both.wanted.changes()
