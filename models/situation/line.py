"""Puts together what workers say of the line: what waits for whom, and how far feeds are judged.

Nothing is calm because it is not known. An agent that no longer runs, and a partition that nobody
holds, are unassigned: each worker says which agents must run. A feed is judged as far as the
slowest of those that must judge it. Reports that are old themselves say that the line is behind.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from typing import Final

import msgspec

from config.names import SIGNALS, WARNINGS
from models.messages.line_health import AgentPlace, LineHealth, PartHealth
from models.situation.line_now import AgentNow, FeedJudged, LineNow
from models.timing.read_pace import BEHIND_MS
from models.timing.units import HOUR_MS

QUIET_MS: Final = 10_000  # a worker reports every 3 s
KEPT_MS: Final = 60_000  # the last report of a worker that is gone, beside newer ones
_SLACK_MS: Final = HOUR_MS  # event time that a judgement may be behind, beside the pane that fills

_JUDGED: Final = frozenset({SIGNALS, WARNINGS})  # topics of what comes after judging


class FeedReach(msgspec.Struct, frozen=True, kw_only=True):
    """How far a feed could be judged.

    Attributes
    ----------
    read_ms : int
        Event time up to which it is read, less what may still come late; 0 without data.
    pane_s : int
        What happened in a pane is judged when the pane is over.
    """

    read_ms: int
    pane_s: int


class LineView:
    """Newest report of each worker.

    Clocks of workers differ, so the age of a report is never taken from its own time: it is counted
    by the clock of the reader, and by what others said since, which holds in a backlog too.
    """

    def __init__(self) -> None:
        self._newest: dict[str, LineHealth] = {}  # in the order of arrival
        self._came_ms: dict[str, int] = {}  # wall clock of the reader
        self._beside: dict[str, dict[str, int]] = {}  # the time of each other one by then
        self._unnoted: set[str] = set()  # workers of which the next moment counts as arrival
        self._advanced_ms: int | None = None  # the newest arrival, or the first moment

    def apply(self, report: LineHealth) -> None:
        """Replace the older report of the same worker."""
        self._newest.pop(report.worker, None)
        self._newest[report.worker] = report
        for beside in self._beside.values():
            beside.setdefault(report.worker, report.published_ms)
        self._beside[report.worker] = {
            worker: each.published_ms for worker, each in self._newest.items()
        }
        self._unnoted.add(report.worker)

    def came_ms(self) -> dict[str, int]:
        """Give when the report of each worker came: what `resume` takes."""
        return dict(self._came_ms)

    def resume(self, came_ms: Mapping[str, int]) -> None:
        """Take all reports applied so far as restored: they came when they first did."""
        came = {
            worker: came_ms.get(worker, each.published_ms) for worker, each in self._newest.items()
        }
        self._newest = {
            worker: self._newest[worker] for worker in sorted(came, key=came.__getitem__)
        }
        self._came_ms, self._beside = came, {worker: {} for worker in came}
        self._unnoted.clear()

    def observe(self, now_ms: int) -> list[str]:
        """Note by the wall clock which reports came; the first moment counts as a sign of life.

        Returns
        -------
        list of str
            Workers whose last report is dropped: they are gone, and others report.
        """
        if self._unnoted or self._advanced_ms is None:
            self._advanced_ms = now_ms
        self._came_ms |= dict.fromkeys(self._unnoted, now_ms)
        self._unnoted.clear()
        # What another machine noted, or this one before its clock was set back, is not to come.
        self._advanced_ms = min(self._advanced_ms, now_ms)
        self._came_ms = {worker: min(ms, now_ms) for worker, ms in self._came_ms.items()}
        gone = [worker for worker in self._newest if self._age_ms(worker) > KEPT_MS]
        for worker in gone:
            del self._newest[worker], self._came_ms[worker], self._beside[worker]
        return gone

    def now(self, reach: Mapping[str, FeedReach], now_ms: int) -> LineNow:
        """Say how the line does; call `observe` first.

        Parameters
        ----------
        reach : mapping of str to FeedReach
            All feeds.
        now_ms : int
            Wall clock.
        """
        if not self._newest:
            return LineNow()
        is_silent = self._advanced_ms is not None and now_ms - self._advanced_ms > QUIET_MS
        current = [self._newest[name] for name in self._newest if self._age_ms(name) <= QUIET_MS]
        newest_ms = max(report.published_ms for report in current)
        heard = {} if is_silent else _parts(current)
        agents = [
            _agent_now(name, place, [part for key, part in heard.items() if key[0] == name])
            for name, place in sorted(current[-1].agents.items())
        ]
        counted = [agent for agent in agents if not agent.is_aside]
        awaited = {agent.agent for agent in counted if agent.waiting}
        judged = list(_judged(heard.values(), reach, awaited))
        aside = {agent.agent for agent in agents if agent.is_aside}
        held = [part for part in heard.values() if part.agent not in aside]
        is_behind = (
            any(agent.waiting and agent.waited_s * 1000 >= BEHIND_MS for agent in counted)
            or (bool(awaited) and any(feed.is_late for feed in judged))
            or (not is_silent and now_ms - newest_ms > QUIET_MS)
        )
        return LineNow(
            agents=agents,
            judged=judged,
            waiting=sum(agent.waiting for agent in agents),
            is_behind=is_behind,
            judged_ms=_judged_ms(judged, reach, held) if is_behind else 0,
            report_age_s=max(now_ms - newest_ms, 0) / 1000,
        )

    def _age_ms(self, worker: str) -> int:
        """Give how long a worker has said nothing while others did.

        By the wall clock of arrival; and by the clock of each other one, for a backlog of reports
        comes all at once.
        """
        newest_ms = max(self._came_ms.values(), default=0)
        said_since = (
            self._newest[other].published_ms - published_ms
            for other, published_ms in self._beside[worker].items()
            if other in self._newest
        )
        return max(newest_ms - self._came_ms.get(worker, newest_ms), *said_since, 0)


def _parts(reports: Iterable[LineHealth]) -> dict[tuple[str, int], PartHealth]:
    """Give what is held, by the last of those who say so."""
    return {(part.agent, part.partition): part for report in reports for part in report.parts}


def _agent_now(name: str, place: AgentPlace, parts: Iterable[PartHealth]) -> AgentNow:
    held = [part for part in parts if part.partition < place.partitions]
    return AgentNow(
        agent=name,
        partitions=place.partitions,
        unassigned=place.partitions - len(held),
        waiting=sum(sum(part.waiting.values()) for part in held),
        waited_s=max((part.waited_s for part in held), default=0.0),
        is_aside=place.is_aside,
    )


def _judged(
    parts: Iterable[PartHealth], reach: Mapping[str, FeedReach], awaited: Container[str]
) -> Iterator[FeedJudged]:
    """Give how far each feed with data is judged: by the slowest agent, and by who cannot tell.

    One that cannot tell must not hide how late another one is.
    """
    # A partition of a district that another one holds has judged nothing, and has nothing to.
    furthest: dict[tuple[str, str], int] = {}
    for part in parts:
        for feed, judged_ms in part.judged.items():
            key = feed, part.agent
            furthest[key] = max(furthest.get(key, 0), judged_ms)
    for feed, could in reach.items():
        if could.read_ms <= 0:
            continue
        by_agent = sorted((ms, agent) for (name, agent), ms in furthest.items() if name == feed)
        for judged_ms, agent in [one for one in by_agent if one[0]][:1]:
            behind_ms = max(could.read_ms - judged_ms, 0)
            yield FeedJudged(
                feed=feed,
                agent=agent,
                judged_ms=judged_ms,
                behind_s=behind_ms / 1000,
                is_late=behind_ms > could.pane_s * 1000 + _SLACK_MS,
            )
        for agent in [agent for judged_ms, agent in by_agent if not judged_ms]:
            is_late = agent in awaited
            yield FeedJudged(feed=feed, agent=agent, judged_ms=0, behind_s=None, is_late=is_late)


def _judged_ms(
    judged: Iterable[FeedJudged], reach: Mapping[str, FeedReach], parts: Iterable[PartHealth]
) -> int:
    """Give the event time up to which the feeds are judged that have more; 0 where unknown."""
    if any(feed.behind_s is None for feed in judged) or any(map(_is_stuck_behind, parts)):
        return 0
    return min(
        (
            feed.judged_ms
            for feed in judged
            if feed.behind_s is not None and feed.behind_s > reach[feed.feed].pane_s
        ),
        default=0,
    )


def _is_stuck_behind(part: PartHealth) -> bool:
    """Tell whether what is judged waits: nobody says of which event time what people see is."""
    return part.waited_s * 1000 >= BEHIND_MS and not _JUDGED.isdisjoint(part.waiting)
