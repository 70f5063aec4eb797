"""What a check of `gridpulse doctor` found, and the checks that judge values without a server."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from dashboards.common.line_words import line_words
from dashboards.common.messages import message, pick
from dashboards.common.source_words import beyond_words, departed_words, unregistered_words
from dashboards.common.stage_words import feed_words, reason_words, stage_word
from models.situation.feed_state import FeedState
from models.situation.snapshot import FeedNow, Snapshot
from models.situation.stage import Stage

_SNAPSHOT_S: Final = 5.0  # the worker writes one a second
_NAMED: Final = 5  # sources
_BEHIND_S: Final = 10.0  # work that takes longer is a backlog


class CheckOutcome(StrEnum):
    """How a check ended."""

    OK = "ok"
    WARN = "warn"  # works, but look at it
    FAIL = "fail"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What one check found.

    Attributes
    ----------
    check : str
        Name of the check.
    verdict : CheckOutcome
    detail : str
        What was seen.
    mend : str
        What to do; empty where all is well.
    """

    check: str
    verdict: CheckOutcome
    detail: str
    mend: str = ""


@dataclass(frozen=True, kw_only=True)
class SignOfLife:
    """Newest sign of life of a process, from Redis.

    Attributes
    ----------
    lag_records : int or None
        Records that it has not read yet; None where it could not ask.
    records_s : float
        Records it reads a second.
    problems : mapping of str to str
        Conditions of readiness that are not met, with why.
    """

    process: str
    lag_records: int | None = 0
    records_s: float = 0.0
    problems: Mapping[str, str]

    def backlog(self) -> str:
        """Say what waits, how fast it is read and how long that takes; empty for no backlog."""
        if not self.lag_records:
            return ""
        left_s = self.lag_records / self.records_s if self.records_s else None
        if left_s is not None and left_s <= _BEHIND_S:
            return ""
        left = "time left unknown" if left_s is None else f"about {left_s:,.0f} s left"
        return f"{self.lag_records:,} records wait, {self.records_s:,.0f} records/s, {left}"


def ok(check: str, detail: str) -> Finding:
    """Give a finding where all is well."""
    return Finding(check=check, verdict=CheckOutcome.OK, detail=detail)


def warn(check: str, detail: str, *, mend: str) -> Finding:
    """Give a finding of what works and should be looked at."""
    return Finding(check=check, verdict=CheckOutcome.WARN, detail=detail, mend=mend)


def fail(check: str, detail: str, *, mend: str) -> Finding:
    """Give a finding of what does not work."""
    return Finding(check=check, verdict=CheckOutcome.FAIL, detail=detail, mend=mend)


def processes(check: str, command: str, heartbeats: Sequence[SignOfLife]) -> Iterator[Finding]:
    """Judge the signs of life of all processes that one command starts."""
    if not heartbeats:
        mend = f"start one with `gridpulse {command}` and read its log"
        yield fail(check, "no process has sent a heartbeat for 10 s", mend=mend)
        return
    problems = [
        f"{name}: {why}" for heartbeat in heartbeats for name, why in heartbeat.problems.items()
    ]
    if problems:
        mend = "read its log; `/ready` of the process says the same"
        yield warn(check, f"alive, and not ready: {'; '.join(problems)}", mend=mend)
    else:
        yield ok(check, f"{len(heartbeats)} alive")
    if any(heartbeat.lag_records is None for heartbeat in heartbeats):
        yield warn(check, "what waits is not known", mend="check that Kafka answers")
    if behind := [text for heartbeat in heartbeats if (text := heartbeat.backlog())]:
        mend = "wait; where the time left grows, start more processes of this kind"
        yield warn(f"{check} backlog", f"catching up: {'; '.join(behind)}", mend=mend)


def snapshot_age(snapshot: Snapshot | None, now_s: float) -> Finding:
    """Judge whether the worker writes snapshots."""
    mend = "see the worker's log; the wall shows STALE until it writes again"
    if snapshot is None:
        return fail("snapshot", "none was ever written", mend=mend)
    age_s = now_s - snapshot.written_ms / 1000
    if age_s > _SNAPSHOT_S:
        detail = f"the newest is {age_s:.0f} s old; what it says of feeds is as old"
        return fail("snapshot", detail, mend=mend)
    return ok("snapshot", f"version {snapshot.version}, {age_s:.1f} s old")


def situation(snapshot: Snapshot, ingest: Sequence[SignOfLife]) -> Iterator[Finding]:
    """Judge the stage of the city and each feed, as the snapshot has them.

    Parameters
    ----------
    ingest : sequence of Heartbeat
        Where one is alive, a feed without reports is not a fault of ingest.
    """
    yield _stage(snapshot)
    yield from _line(snapshot)
    for feed in snapshot.feeds:
        yield _feed(feed, is_ingest_alive=bool(ingest))
        yield from _sources(feed)


def _stage(snapshot: Snapshot) -> Finding:
    """Judge the stage: anything short of data is worth a look, a warning is the system's work."""
    stage, reasons = snapshot.stage.stage, snapshot.stage.reasons
    blind = [reason for reason in reasons if Stage.REPLAY_ENDED < reason.stage < Stage.BLUE]
    word = pick(stage_word(stage), "en")
    if not blind:
        return ok("stage", word)
    why = "; ".join(pick(reason_words(reason, snapshot), "en") for reason in blind)
    return warn("stage", f"{word}: {why}", mend="see the feeds below, and docs/stage.md")


def _line(snapshot: Snapshot) -> Iterator[Finding]:
    """Judge how far behind what was read the agents are; nothing where none ever reported."""
    line = snapshot.line
    if not line.agents:
        return
    words = pick(line_words(snapshot) or message("line.nothing"), "en")
    if line.unassigned:
        mend = "start workers; `/ready` of each says what it holds and what fails"
        yield fail("line", words, mend=mend)
    elif line.is_behind:
        mend = "wait; where it grows, start more workers or read their logs"
        yield warn("line", f"catching up: {words}", mend=mend)
    else:
        yield ok("line", words)


def _feed(  # one line for each state
    feed: FeedNow, *, is_ingest_alive: bool
) -> Finding:
    """Judge one feed."""
    check, detail = f"feed {feed.feed}", pick(feed_words(feed), "en")
    sender = f"check who sends to raw.{feed.feed}, and `gridpulse dead-letters show`"
    if feed.is_broken_off and feed.state is FeedState.STALE:
        mend = "run the replay again to its end, or send live records"
        return warn(check, detail, mend=mend)
    match feed.state:
        case FeedState.STALE:
            return fail(check, f"STALE: {detail}", mend=sender)
        case FeedState.LATE | FeedState.NEVER if feed.is_awaited:
            return warn(check, detail, mend=sender)
        case FeedState.CATCHING_UP:
            return warn(check, f"catching up: {detail}", mend="wait until it has caught up")
        case FeedState.UNHEARD:
            return _unreported(check, detail, is_ingest_alive=is_ingest_alive)
        case FeedState.CURRENT | FeedState.ENDED | FeedState.LATE | FeedState.NEVER:
            return ok(check, f"{detail} ({feed.mode if feed.is_awaited else 'optional'})")


def _sources(feed: FeedNow) -> Iterator[Finding]:
    """Judge the sources of a feed: clocks astray, unregistered sensors, bounds that are passed."""
    check = f"sources of {feed.feed}"
    if (text := departed_words(feed, _NAMED)) is not None:
        yield warn(check, pick(text, "en"), mend="set their clocks (NTP)")
    if (text := unregistered_words(feed, _NAMED)) is not None:
        yield ok(check, pick(text, "en"))
    if (text := beyond_words(feed)) is not None:
        mend = "look who sends them; raise the bound of the feed if they are real"
        yield warn(check, pick(text, "en"), mend=mend)


def _unreported(check: str, detail: str, *, is_ingest_alive: bool) -> Finding:
    """Judge a feed on which no report arrives: ingest is gone, or the worker is held up."""
    if not is_ingest_alive:
        return fail(check, detail, mend="start ingest with `gridpulse ingest`")
    text = "ingest is alive, but the worker applies none of its reports"
    return warn(check, text, mend="see the worker's log and its backlog")
