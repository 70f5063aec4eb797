"""What doctor says of processes, of the stage and of each feed."""

from __future__ import annotations

import msgspec
import pytest

from config.place import SituationLimits
from models.situation.feed_state import FeedState
from models.situation.line_now import AgentNow, FeedJudged, LineNow
from models.situation.snapshot import FeedNow, Snapshot
from models.situation.stage import StageFacts, city_stage
from ops.processes.findings import (
    CheckOutcome,
    Finding,
    SignOfLife,
    processes,
    situation,
    snapshot_age,
)

NOW_S = 1_800_000_000.0
ALIVE = SignOfLife(process="a", problems={})


def feed(state: FeedState, **changes: object) -> FeedNow:
    base = FeedNow(
        feed="dust",
        title={"zh": "扬尘监测", "en": "Dust"},
        last_event_ms=1,
        expected_interval_s=60,
        rate_per_s=0.0,
        lag_records=0,
        accepted=1,
        rejected=0,
        late=0,
        duplicates=0,
        published_ms=1,
        state=state,
        age_s=780.0,
    )
    return msgspec.structs.replace(base, **changes)


def snapshot(*feeds: FeedNow, written_s: float = NOW_S) -> Snapshot:
    states = {one.feed: one.state for one in feeds}
    facts = StageFacts(open_warnings={}, feeds=states)
    return Snapshot(
        version=7,
        city="110101",
        grid="",
        written_ms=int(written_s * 1000),
        clock_ms=int(written_s * 1000),
        watermark_ms=0,
        feeds=list(feeds),
        stage=city_stage(facts, SituationLimits()),
    )


def of_feed(one: FeedNow, *ingest: SignOfLife) -> Finding:
    _, found = situation(snapshot(one), ingest)
    return found


@pytest.mark.parametrize(
    ("state", "verdict", "said"),
    [
        (FeedState.CURRENT, CheckOutcome.OK, "Dust current (live)"),
        (FeedState.ENDED, CheckOutcome.OK, "Dust: replay ended (live)"),
        (FeedState.LATE, CheckOutcome.WARN, "Dust late by 13 min"),
        (FeedState.STALE, CheckOutcome.FAIL, "STALE: Dust silent for 13 min"),
        (FeedState.NEVER, CheckOutcome.WARN, "Dust never received"),
        (FeedState.UNHEARD, CheckOutcome.FAIL, "Dust: ingest does not report"),
    ],
)
def test_a_feed_is_judged_by_its_state_and_what_to_do_is_said(
    state: FeedState, verdict: CheckOutcome, said: str
) -> None:
    found = of_feed(feed(state))
    assert (found.check, found.verdict, found.detail) == ("feed dust", verdict, said)
    assert bool(found.mend) == (verdict is not CheckOutcome.OK)


def test_an_optional_feed_that_was_never_heard_is_well() -> None:
    found = of_feed(feed(FeedState.NEVER, is_optional=True))
    assert (found.verdict, found.mend) == (CheckOutcome.OK, "")
    assert found.detail == "Dust never received (optional)"
    assert of_feed(feed(FeedState.STALE, is_optional=True)).verdict is CheckOutcome.FAIL


def test_odd_sources_of_a_feed_are_named_with_what_to_do() -> None:
    odd = feed(
        FeedState.CURRENT,
        departed={"a": 594_000},
        departed_sources=1,
        unregistered={"b": 4},
        unregistered_sources=1,
        beyond={"series": 12},
    )
    _, _, *found = situation(snapshot(odd), [])
    assert [(each.check, each.verdict, each.detail) for each in found] == [
        ("sources of dust", CheckOutcome.WARN, "clock astray 1: a 10 min ahead"),
        ("sources of dust", CheckOutcome.OK, "unregistered 1: b"),
        ("sources of dust", CheckOutcome.WARN, "past a bound: 12 readings of cells"),
    ]
    assert [bool(each.mend) for each in found] == [True, False, True]


def test_ingest_is_told_to_be_started_only_when_its_heartbeat_is_missing() -> None:
    assert "gridpulse ingest" in of_feed(feed(FeedState.UNHEARD)).mend
    alive = of_feed(feed(FeedState.UNHEARD), ALIVE)
    assert alive.verdict is CheckOutcome.WARN
    assert "gridpulse ingest" not in alive.mend
    assert "ingest is alive" in alive.detail


def test_catching_up_says_its_speed_and_the_time_left() -> None:
    found = of_feed(feed(FeedState.CATCHING_UP, read_per_s=12_000.0, left_s=40.0))
    assert found.verdict is CheckOutcome.WARN
    assert found.detail == "catching up: Dust 12,000 records/s, about 40 s left"


def test_a_replay_that_was_broken_off_is_said_as_such() -> None:
    found = of_feed(feed(FeedState.STALE, is_broken_off=True))
    assert (found.verdict, found.detail) == (CheckOutcome.WARN, "Dust: replay broken off")


def test_the_stage_is_worth_a_look_when_the_city_is_not_seen() -> None:
    stage, *_ = situation(snapshot(feed(FeedState.STALE)), ())
    assert (stage.verdict, stage.detail) == (CheckOutcome.WARN, "No data: none of 1 feeds has data")
    stage, *_ = situation(snapshot(feed(FeedState.CURRENT)), ())
    assert (stage.verdict, stage.detail) == (CheckOutcome.OK, "Normal")


def test_the_line_is_judged_by_what_nobody_holds_then_by_what_waits() -> None:
    def found(line: LineNow) -> list[Finding]:
        seen = msgspec.structs.replace(snapshot(feed(FeedState.CURRENT)), line=line)
        return [one for one in situation(seen, ()) if one.check == "line"]

    assert found(LineNow()) == []
    agents = [AgentNow(agent="detect", partitions=1, waiting=5, waited_s=30.0)]
    (well,) = found(LineNow(agents=[AgentNow(agent="detect", partitions=1)]))
    assert (well.verdict, well.detail) == (CheckOutcome.OK, "nothing waits")
    judged = [FeedJudged(feed="dust", agent="detect", judged_ms=1, behind_s=7200.0, is_late=True)]
    (behind,) = found(LineNow(agents=agents, judged=judged, waiting=5, is_behind=True))
    assert behind.verdict is CheckOutcome.WARN
    assert behind.detail == (
        "catching up: 5 records wait (detect 5), Dust judged 2 h behind (detect)"
    )
    (missed,) = found(LineNow(agents=[AgentNow(agent="panes", partitions=4, unassigned=2)]))
    assert missed.verdict is CheckOutcome.FAIL
    assert missed.detail == "unassigned partitions (panes 2)"


def test_processes_without_a_heartbeat_are_to_be_started() -> None:
    (found,) = processes("workers", "worker", [])
    assert found.verdict is CheckOutcome.FAIL
    assert "`gridpulse worker`" in found.mend


@pytest.mark.parametrize(
    ("lag", "pace", "said"),
    [
        (480_000, 12_000.0, "480,000 records wait, 12,000 records/s, about 40 s left"),
        (100, 0.0, "100 records wait, 0 records/s, time left unknown"),
        (120_000, 12_000.0, ""),  # ten seconds of work
        (0, 0.0, ""),
    ],
)
def test_a_backlog_has_its_speed_and_the_time_left(lag: int, pace: float, said: str) -> None:
    heartbeat = SignOfLife(process="a", lag_records=lag, records_s=pace, problems={})
    assert heartbeat.backlog() == said
    found = list(processes("ingest", "ingest", [ALIVE, heartbeat]))
    assert found[0].detail == "2 alive"
    assert [one.detail for one in found[1:]] == ([f"catching up: {said}"] if said else [])


def test_a_lag_that_nobody_knows_is_not_taken_for_none() -> None:
    heartbeat = SignOfLife(process="a", lag_records=None, problems={})
    alive, unknown = processes("workers", "worker", [ALIVE, heartbeat])
    assert alive.verdict is CheckOutcome.OK
    assert (unknown.verdict, unknown.detail) == (CheckOutcome.WARN, "what waits is not known")


def test_a_process_that_is_not_ready_says_why() -> None:
    heartbeat = SignOfLife(process="a", problems={"panes/3": "its tick fails"})
    (found,) = processes("workers", "worker", [heartbeat])
    assert (found.verdict, found.detail) == (
        CheckOutcome.WARN,
        "alive, and not ready: panes/3: its tick fails",
    )


@pytest.mark.parametrize(("age_s", "verdict"), [(5.0, CheckOutcome.OK), (6.0, CheckOutcome.FAIL)])
def test_an_old_snapshot_fails(age_s: float, verdict: CheckOutcome) -> None:
    written = snapshot(feed(FeedState.CURRENT), written_s=NOW_S - age_s)
    assert snapshot_age(written, NOW_S).verdict is verdict
    assert snapshot_age(None, NOW_S).verdict is CheckOutcome.FAIL
