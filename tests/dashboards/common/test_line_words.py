"""Why the line is behind, in words: whoever is stuck is named, and nobody else."""

from __future__ import annotations

import msgspec
import pytest

from dashboards.common.line_words import line_words, slowest, unassigned
from models.situation.line_now import AgentNow, FeedJudged, LineNow
from models.situation.snapshot import Snapshot

FILLS = FeedJudged(feed="dust", agent="detect", judged_ms=1, behind_s=840.0)
LATE = FeedJudged(feed="dust", agent="detect", judged_ms=1, behind_s=7200.0, is_late=True)
UNKNOWN = FeedJudged(feed="cases", agent="outbreaks", judged_ms=0, behind_s=None, is_late=True)
DETECT = AgentNow(agent="detect", partitions=1, waiting=3, waited_s=0.2)
WARN = AgentNow(agent="warn", partitions=1, waiting=5000, waited_s=600.0)
ARCHIVE = AgentNow(agent="archive", partitions=1, waiting=9000, waited_s=3600.0, is_aside=True)


def behind(*agents: AgentNow, judged: tuple[FeedJudged, ...] = ()) -> Snapshot:
    waiting = sum(agent.waiting for agent in agents)
    line = LineNow(
        agents=list(agents),
        judged=list(judged),
        waiting=waiting,
        is_behind=True,
        report_age_s=45.0,
    )
    return Snapshot(
        version=1, city="110101", grid="", written_ms=2, clock_ms=2, watermark_ms=2, line=line
    )


@pytest.mark.parametrize(
    ("judged", "said"),
    [
        ((FILLS,), "5,000 records wait (warn 5,000)"),
        ((FILLS, UNKNOWN), "cases not judged yet (outbreaks)"),
        ((LATE, UNKNOWN), "dust judged 2 h behind (detect)"),
    ],
)
def test_late_feeds_are_named_first_then_agents_that_are_stuck(
    judged: tuple[FeedJudged, ...], said: str
) -> None:
    assert slowest(behind(ARCHIVE, DETECT, WARN, judged=judged))["en"] == said


@pytest.mark.parametrize(("waited_s", "is_named"), [(9.9, False), (10.0, True)])
def test_an_agent_is_stuck_after_ten_seconds(waited_s: float, is_named: bool) -> None:
    warn = msgspec.structs.replace(WARN, waited_s=waited_s)
    assert ("warn" in slowest(behind(warn, judged=(FILLS,)))["en"]) is is_named


def test_where_only_the_reports_are_old_that_is_said() -> None:
    said = slowest(behind(ARCHIVE, DETECT, judged=(FILLS,)))
    assert said == {"zh": "处理报告是 45 秒前的", "en": "the reports on it are 45 s old"}


def test_a_replay_whose_last_records_wait_names_for_whom() -> None:
    line = LineNow(agents=[ARCHIVE, DETECT], waiting=9003, report_age_s=2.0)
    snapshot = msgspec.structs.replace(behind(), line=line)
    assert slowest(snapshot)["en"] == "3 records wait (detect 3)"


def test_the_reason_names_no_part_of_the_archive_that_nobody_holds() -> None:
    agents = [msgspec.structs.replace(each, unassigned=1) for each in (ARCHIVE, WARN)]
    snapshot = behind(*agents)
    assert unassigned(snapshot.line)["en"] == "warn 1"
    words = line_words(snapshot)
    assert words is not None
    assert words["en"].startswith("unassigned partitions (warn 1, archive 1), ")


def test_all_that_waits_is_listed_whoever_it_waits_for() -> None:
    words = line_words(behind(ARCHIVE, WARN, judged=(FILLS,)))
    assert words is not None
    assert words["en"] == "14,000 records wait (archive 9,000, warn 5,000)"
