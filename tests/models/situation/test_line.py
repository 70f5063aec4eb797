"""How far behind the line is: nothing is calm because it is not known."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.messages.line_health import AgentPlace, LineHealth, PartHealth
from models.situation.line import KEPT_MS, QUIET_MS, FeedReach, LineView
from models.situation.line_now import FeedJudged, LineNow
from models.timing.units import DAY_MS, HOUR_MS

WALL_MS = 1_800_000_000_000
READ_MS = 1_397_610_000_000
AGENTS = {
    "detect": AgentPlace(partitions=1),
    "panes": AgentPlace(partitions=2),
    "archive": AgentPlace(partitions=1, is_aside=True),
}
REACH = {"dust": FeedReach(read_ms=READ_MS, pane_s=300)}


def part(
    agent: str, number: int = 0, waiting: int = 0, waited_s: float = 0.0, **judged: int
) -> PartHealth:
    topics = {"panes": waiting} if waiting else {}
    return PartHealth(
        agent=agent, partition=number, waiting=topics, waited_s=waited_s, judged=judged
    )


def report(*parts: PartHealth, worker: str = "one", at_ms: int = WALL_MS) -> LineHealth:
    return LineHealth(worker=worker, published_ms=at_ms, agents=AGENTS, parts=list(parts))


def everything(**changed: PartHealth) -> list[PartHealth]:
    """One worker that holds all, with some parts changed."""
    parts = {
        "detect": part("detect", dust=READ_MS - 300_000),
        "panes0": part("panes", 0),
        "panes1": part("panes", 1),
        "archive": part("archive"),
    }
    return list((parts | changed).values())


def line(
    *reports: LineHealth, now_ms: int = WALL_MS, reach: dict[str, FeedReach] = REACH
) -> LineNow:
    view = LineView()
    for each in reports:
        view.apply(each)
    view.observe(now_ms)
    return view.now(reach, now_ms)


def unassigned(now: LineNow) -> dict[str, int]:
    return {agent.agent: agent.unassigned for agent in now.agents if agent.unassigned}


def test_without_any_report_nothing_is_claimed() -> None:
    assert line() == LineNow()  # a backtest has no workers


def test_all_held_and_nothing_waiting_is_calm() -> None:
    now = line(report(*everything()))
    assert (now.is_behind, now.unassigned, now.partitions, now.waiting) == (False, 0, 3, 0)
    assert now.report_age_s == 0.0


def test_what_waits_is_counted_once_for_each_agent_that_waits_for_it() -> None:
    parts = everything(detect=part("detect", waiting=40), panes1=part("panes", 1, waiting=2))
    now = line(report(*parts))
    assert {agent.agent: agent.waiting for agent in now.agents} == {
        "archive": 0, "detect": 40, "panes": 2,
    }  # fmt: skip
    assert now.waiting == 42


@pytest.mark.parametrize(("waited_s", "is_behind"), [(9.9, False), (10.0, True)])
def test_what_waits_for_ten_seconds_is_behind(waited_s: float, is_behind: bool) -> None:
    parts = everything(panes1=part("panes", 1, waiting=1, waited_s=waited_s))
    assert line(report(*parts)).is_behind is is_behind


def test_an_archive_that_waits_for_its_disk_is_counted_and_holds_nobody_up() -> None:
    now = line(report(*everything(archive=part("archive", waiting=900, waited_s=3600.0))))
    assert (now.waiting, now.is_behind) == (900, False)


def test_a_fast_replay_whose_detection_is_weeks_behind_is_behind_before_ten_seconds() -> None:
    judged_ms = READ_MS - 21 * DAY_MS
    parts = everything(detect=part("detect", waiting=3, waited_s=0.4, dust=judged_ms))
    now = line(report(*parts))
    assert (now.is_behind, now.judged_ms) == (True, judged_ms)
    assert now.judged == [
        FeedJudged(
            feed="dust",
            agent="detect",
            judged_ms=judged_ms,
            behind_s=21 * 86_400.0,
            is_late=True,
        )
    ]


@pytest.mark.parametrize(
    ("behind_ms", "is_behind"), [(HOUR_MS + 300_000, False), (HOUR_MS + 300_001, True)]
)
def test_the_pane_that_fills_and_an_hour_are_no_backlog(behind_ms: int, is_behind: bool) -> None:
    parts = everything(detect=part("detect", waiting=1, dust=READ_MS - behind_ms))
    assert line(report(*parts)).is_behind is is_behind


def test_a_quiet_feed_that_was_judged_long_ago_is_not_behind_where_nothing_waits() -> None:
    now = line(report(*everything(detect=part("detect", dust=READ_MS - 30 * DAY_MS))))
    assert (now.is_behind, now.judged_ms) == (False, 0)


def test_a_feed_is_judged_as_far_as_the_slowest_of_its_agents() -> None:
    quick, slow = READ_MS - 1, READ_MS - DAY_MS
    now = line(report(part("detect", dust=quick), part("panes", 0, waiting=1, dust=slow)))
    assert [(feed.agent, feed.judged_ms) for feed in now.judged] == [("panes", slow)]
    assert now.judged_ms == slow


@pytest.mark.parametrize("unknown", ["archive", "panes"])
def test_an_agent_that_does_not_know_hides_nobody_s_lag(unknown: str) -> None:
    slow_ms = READ_MS - 30 * DAY_MS
    parts = [part("detect", waiting=4000, waited_s=2.0, dust=slow_ms), part(unknown, dust=0)]
    now = line(report(*parts))
    assert now.is_behind
    assert [(one.agent, one.behind_s, one.is_late) for one in now.judged] == [
        ("detect", 30 * 86_400.0, True), (unknown, None, False),
    ]  # fmt: skip


@pytest.mark.parametrize("waiting", [0, 1])
def test_an_agent_that_has_judged_nothing_is_late_while_something_waits_for_it(
    waiting: int,
) -> None:
    known = part("detect", waiting=1, dust=READ_MS)
    now = line(report(known, part("panes", waiting=waiting, dust=0)))
    assert now.is_behind is bool(waiting)
    assert [(one.agent, one.is_late) for one in now.judged] == [
        ("detect", False), ("panes", bool(waiting)),
    ]  # fmt: skip
    nothing = {"dust": FeedReach(read_ms=0, pane_s=300)}
    waits = line(report(part("panes", waiting=waiting, dust=0)), reach=nothing)
    assert (waits.is_behind, waits.judged) == (False, [])


@pytest.mark.parametrize("unknown", [False, True])
def test_the_time_that_is_judged_is_unknown_where_one_agent_does_not_know(unknown: bool) -> None:
    slow_ms = READ_MS - 30 * DAY_MS
    parts = [
        part("detect", waiting=40, dust=slow_ms),
        part("panes", dust=0 if unknown else READ_MS),
    ]
    now = line(report(*parts))
    assert (now.is_behind, now.judged_ms) == (True, 0 if unknown else slow_ms)


@pytest.mark.parametrize("topic", ["signals", "warnings", "panes"])
@pytest.mark.parametrize("waited_s", [9.9, 10.0])
def test_the_time_of_what_is_shown_is_unknown_while_what_was_judged_waits(
    topic: str, waited_s: float
) -> None:
    slow_ms = READ_MS - 30 * DAY_MS
    stuck = PartHealth(agent="panes", partition=0, waiting={topic: 5}, waited_s=waited_s)
    now = line(report(part("detect", waiting=40, dust=slow_ms), stuck))
    is_known = topic == "panes" or waited_s < 10
    assert (now.is_behind, now.judged_ms) == (True, slow_ms if is_known else 0)
    aside = msgspec.structs.replace(stuck, agent="archive")
    assert line(report(part("detect", waiting=40, dust=slow_ms), aside)).judged_ms == slow_ms


def test_a_district_partition_without_a_city_does_not_hold_the_other_back() -> None:
    now = line(report(part("panes", 0, dust=READ_MS - 5), part("panes", 1, dust=0)))
    assert [feed.judged_ms for feed in now.judged] == [READ_MS - 5]


def test_a_feed_without_data_is_not_missed() -> None:
    empty = {"dust": FeedReach(read_ms=-600_000, pane_s=300)}
    assert line(report(*everything()), reach=empty).judged == []


def test_an_agent_that_no_longer_runs_is_missed() -> None:
    now = line(report(*everything()[1:]))
    assert unassigned(now) == {"detect": 1}


def test_a_partition_that_nobody_holds_is_missed() -> None:
    one = report(part("detect"), part("panes", 0), part("archive"))
    assert unassigned(line(one)) == {"panes": 1}
    assert unassigned(line(one, report(part("panes", 1), worker="two"))) == {}


def test_a_partition_beyond_the_count_stands_for_no_other() -> None:
    now = line(report(part("detect"), part("panes", 0), part("panes", 7)))
    assert unassigned(now) == {"archive": 1, "panes": 1}


def reported(view: LineView, now_ms: int, *reports: LineHealth) -> list[str]:
    """Apply what comes at a moment of the reader's clock."""
    for each in reports:
        view.apply(each)
    return view.observe(now_ms)


@pytest.mark.parametrize("ahead_ms", [-3_600_000, 0, 600_000])
@pytest.mark.parametrize(
    ("late_ms", "missed"), [(QUIET_MS, {}), (QUIET_MS + 1, {"detect": 1, "archive": 1})]
)
def test_the_last_report_of_a_worker_that_is_gone_soon_stands_for_nothing(
    late_ms: int, missed: dict[str, int], ahead_ms: int
) -> None:
    view = LineView()
    gone = report(part("detect"), part("archive"), worker="gone", at_ms=WALL_MS + ahead_ms)
    reported(view, WALL_MS, gone)
    alive = report(part("panes", 0), part("panes", 1), at_ms=WALL_MS + late_ms)
    reported(view, WALL_MS + late_ms, alive)
    assert unassigned(view.now(REACH, WALL_MS + late_ms)) == missed


@pytest.mark.parametrize("ahead_ms", [0, 600_000])
def test_a_worker_that_is_gone_is_dropped_after_a_minute(ahead_ms: int) -> None:
    view = LineView()
    assert reported(view, WALL_MS, report(worker="gone", at_ms=WALL_MS + ahead_ms)) == []
    at_ms = WALL_MS + KEPT_MS
    assert reported(view, at_ms, report(at_ms=at_ms)) == []
    assert reported(view, at_ms + 1, report(at_ms=at_ms + 1)) == ["gone"]
    assert set(view.came_ms()) == {"one"}


def test_the_last_worker_of_all_is_missed_and_not_forgotten() -> None:
    view = LineView()
    reported(view, WALL_MS, report(*everything()))
    assert reported(view, WALL_MS + DAY_MS) == []
    assert view.now(REACH, WALL_MS + DAY_MS).unassigned == 3


def test_a_worker_ahead_that_died_blinds_nobody() -> None:
    view = LineView()
    reported(view, WALL_MS, report(worker="gone", at_ms=WALL_MS + 600_000))
    for second in range(3, 201, 3):
        now_ms = WALL_MS + second * 1000
        dropped = reported(view, now_ms, report(*everything(), at_ms=now_ms))
        assert "one" not in dropped
        now = view.now(REACH, now_ms)
        assert (now.is_behind, now.unassigned) == (False, 0)


def test_workers_whose_clocks_are_far_apart_are_all_heard() -> None:
    view = LineView()
    for second in range(0, 90, 3):
        now_ms = WALL_MS + second * 1000
        slow = report(*everything()[:2], worker="slow", at_ms=now_ms - 120_000)
        quick = report(*everything()[2:], worker="quick", at_ms=now_ms + 120_000)
        assert reported(view, now_ms, slow, quick) == []
        assert view.now(REACH, now_ms).unassigned == 0


def test_a_backlog_of_reports_does_not_wake_a_worker_that_died_in_it() -> None:
    view = LineView()
    view.apply(report(part("detect"), worker="gone", at_ms=WALL_MS + 600_000))
    for second in range(0, 15, 3):
        at_ms = WALL_MS - 3_600_000 + second * 1000
        view.apply(report(*everything()[1:], at_ms=at_ms))
    view.observe(WALL_MS)
    now = view.now(REACH, WALL_MS)
    assert (unassigned(now), now.is_behind) == ({"detect": 1}, True)


def test_what_is_restored_is_as_old_as_it_was() -> None:
    view = LineView()
    view.apply(report(*everything()[1:]))
    view.apply(report(part("detect"), worker="gone", at_ms=WALL_MS + 600_000))
    view.resume({"gone": WALL_MS - QUIET_MS - 1, "one": WALL_MS})
    view.observe(WALL_MS + HOUR_MS)
    assert unassigned(view.now(REACH, WALL_MS)) == {"detect": 1}
    assert view.came_ms() == {"gone": WALL_MS - QUIET_MS - 1, "one": WALL_MS}
    later_ms = WALL_MS + HOUR_MS
    gone = reported(view, later_ms + 1, report(*everything(), at_ms=later_ms))
    assert gone == ["gone"]


def test_a_reader_that_moves_to_a_machine_whose_clock_is_behind_hears_all() -> None:
    view = LineView()
    view.apply(report(*everything()[1:], worker="old"))
    view.resume({"old": WALL_MS + HOUR_MS})
    reported(view, WALL_MS, report(*everything()))
    assert view.now(REACH, WALL_MS).unassigned == 0


def test_the_newer_of_two_that_say_they_hold_a_partition_counts() -> None:
    old = report(*everything(), worker="old", at_ms=WALL_MS + 5000)  # its clock is ahead
    new = report(part("detect", waiting=7), worker="new")
    assert {agent.agent: agent.waiting for agent in line(old, new).agents}["detect"] == 7


def test_reports_that_stop_say_nothing_after_ten_seconds() -> None:
    view = LineView()
    view.apply(report(*everything()))
    view.observe(WALL_MS)
    view.observe(WALL_MS + QUIET_MS)
    assert view.now(REACH, WALL_MS + QUIET_MS).unassigned == 0
    view.observe(WALL_MS + QUIET_MS + 1)
    now = view.now(REACH, WALL_MS + QUIET_MS + 1)
    assert (now.unassigned, now.partitions) == (3, 3)
    assert now.judged == []


def test_old_reports_that_still_come_say_that_the_line_is_behind() -> None:
    view = LineView()
    for second in range(3):
        view.apply(report(*everything(), at_ms=WALL_MS - 3_600_000 + second * 3000))
        view.observe(WALL_MS + second * 1000)
    now = view.now(REACH, WALL_MS + 2000)
    assert (now.is_behind, now.unassigned) == (True, 0)
    assert now.report_age_s == 3600 - 6 + 2


PARTS = st.builds(
    part,
    st.sampled_from(sorted(AGENTS)),
    st.integers(0, 2),
    st.integers(0, 50),
    st.floats(0, 60),
    dust=st.integers(0, READ_MS),
)


@given(st.lists(PARTS, min_size=1, max_size=6), st.data())
def test_more_that_waits_is_never_calmer(parts: list[PartHealth], data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(parts) - 1))
    one = parts[at]
    more = msgspec.structs.replace(
        one,
        waiting={"panes": one.waiting.get("panes", 0) + data.draw(st.integers(0, 9))},
        waited_s=one.waited_s + data.draw(st.floats(0, 30)),
        judged={feed: data.draw(st.integers(min(ms, 1), ms)) for feed, ms in one.judged.items()},
    )
    before, after = line(report(*parts)), line(report(*parts[:at], more, *parts[at + 1 :]))
    assert after.waiting >= before.waiting
    assert after.unassigned == before.unassigned
    assert after.is_behind >= before.is_behind


@given(st.lists(PARTS, max_size=6), PARTS)
def test_one_more_part_that_is_held_is_missed_no_more(
    parts: list[PartHealth], more: PartHealth
) -> None:
    if (more.agent, more.partition) in {(one.agent, one.partition) for one in parts}:
        return
    before, after = line(report(*parts)), line(report(*parts, more))
    counts = not AGENTS[more.agent].is_aside and more.partition < AGENTS[more.agent].partitions
    assert after.unassigned == before.unassigned - counts
    assert after.waiting >= before.waiting
