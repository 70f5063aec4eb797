"""Puts together what workers say of the line: what waits for whom, and how far feeds are judged.

Nothing is calm because it is not known. An agent that no longer runs, and a partition that nobody
holds, are missed: each worker says which agents must run. A feed is judged as far as the slowest of
those that must judge it. Reports that are old themselves say that the line is behind.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

import msgspec

from models.messages.line_health import AgentPlace, LineHealth, PartHealth
from models.situation.line_now import AgentNow, FeedJudged, LineNow
from models.timing.read_pace import BEHIND_MS
from models.timing.units import HOUR_MS

QUIET_MS: Final = 10_000  # a worker reports every 3 s
KEPT_MS: Final = 60_000  # the last report of a worker that is gone, beside newer ones
_SLACK_MS: Final = HOUR_MS  # event time that a judgement may be behind, beside the pane that fills


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
    """Newest report of each worker."""

    def __init__(self) -> None:
        self._newest: dict[str, LineHealth] = {}
        self._advanced: tuple[int, int] | None = None  # newest report, wall clock of its coming

    def apply(self, report: LineHealth) -> list[str]:
        """Replace the older report of the same worker.

        Returns
        -------
        list of str
            Workers whose last report is dropped: they are gone, and others report.
        """
        self._newest[report.worker] = report
        oldest_ms = self._published_ms() - KEPT_MS
        gone = [name for name, each in self._newest.items() if each.published_ms < oldest_ms]
        for name in gone:
            del self._newest[name]
        return gone

    def observe(self, now_ms: int) -> None:
        """Note by the wall clock whether reports still come; the first moment counts as one."""
        published_ms = self._published_ms()
        if self._advanced is None or published_ms != self._advanced[0]:
            self._advanced = published_ms, now_ms

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
        newest_ms = self._published_ms()
        is_silent = self._advanced is not None and now_ms - self._advanced[1] > QUIET_MS
        heard = {} if is_silent else self._parts(newest_ms - QUIET_MS)
        agents = [
            _agent_now(name, place, [part for key, part in heard.items() if key[0] == name])
            for name, place in sorted(self._places().items())
        ]
        judged = list(_judged(heard.values(), reach))
        counted = [agent for agent in agents if not agent.is_aside]
        late = [feed for feed in judged if _is_late(feed, reach[feed.feed])]
        is_behind = (
            any(agent.waiting and agent.waited_s * 1000 >= BEHIND_MS for agent in counted)
            or (bool(late) and any(agent.waiting for agent in counted))
            or (not is_silent and now_ms - newest_ms > QUIET_MS)
        )
        return LineNow(
            agents=agents,
            judged=judged,
            waiting=sum(agent.waiting for agent in agents),
            is_behind=is_behind,
            judged_ms=_judged_ms(judged, reach) if is_behind else 0,
            report_age_s=max(now_ms - newest_ms, 0) / 1000,
        )

    def _published_ms(self) -> int:
        return max((report.published_ms for report in self._newest.values()), default=0)

    def _places(self) -> Mapping[str, AgentPlace]:
        """Give the agents that must run, by the newest report: an application may have changed."""
        return max(self._newest.values(), key=lambda report: report.published_ms).agents

    def _parts(self, since_ms: int) -> dict[tuple[str, int], PartHealth]:
        """Give what is held, by the newest of those who say so; older reports say nothing."""
        reports = sorted(self._newest.values(), key=lambda report: report.published_ms)
        return {
            (part.agent, part.partition): part
            for report in reports
            if report.published_ms >= since_ms
            for part in report.parts
        }


def _agent_now(name: str, place: AgentPlace, parts: Iterable[PartHealth]) -> AgentNow:
    held = [part for part in parts if part.partition < place.partitions]
    return AgentNow(
        agent=name,
        partitions=place.partitions,
        unheard=place.partitions - len(held),
        waiting=sum(sum(part.waiting.values()) for part in held),
        waited_s=max((part.waited_s for part in held), default=0.0),
        is_aside=place.is_aside,
    )


def _judged(parts: Iterable[PartHealth], reach: Mapping[str, FeedReach]) -> Iterator[FeedJudged]:
    """Give how far each feed with data is judged: the minimum over those who must."""
    # A partition of a district that another one holds has judged nothing, and has nothing to.
    furthest: dict[tuple[str, str], int] = {}
    for part in parts:
        for feed, judged_ms in part.judged.items():
            key = feed, part.agent
            furthest[key] = max(furthest.get(key, 0), judged_ms)
    for feed, could in reach.items():
        by_agent = {agent: ms for (name, agent), ms in furthest.items() if name == feed}
        if not by_agent or could.read_ms <= 0:
            continue
        agent, judged_ms = min(by_agent.items(), key=lambda item: (item[1], item[0]))
        behind_s = max(could.read_ms - judged_ms, 0) / 1000 if judged_ms else None
        yield FeedJudged(feed=feed, agent=agent, judged_ms=judged_ms, behind_s=behind_s)


def _is_late(feed: FeedJudged, could: FeedReach) -> bool:
    """Tell whether a feed is judged less far than it could be, beside the pane that fills."""
    return feed.behind_s is not None and feed.behind_s * 1000 > could.pane_s * 1000 + _SLACK_MS


def _judged_ms(judged: Iterable[FeedJudged], reach: Mapping[str, FeedReach]) -> int:
    """Give the event time up to which the feeds are judged that have more; 0 where none has."""
    return min(
        (
            feed.judged_ms
            for feed in judged
            if feed.behind_s is not None and feed.behind_s > reach[feed.feed].pane_s
        ),
        default=0,
    )
