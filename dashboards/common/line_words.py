"""How far behind the line is, in words: for wall and `doctor`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from config.catalog import Text
from dashboards.common.messages import message, same
from dashboards.common.wording import duration, listed, number
from models.situation.line import QUIET_MS
from models.situation.line_now import AgentNow, FeedJudged, LineNow
from models.situation.snapshot import Snapshot
from models.timing.read_pace import BEHIND_MS

MOST: Final = 3  # agents and feeds that are named


def line_words(snapshot: Snapshot) -> Text | None:
    """Say what nobody holds, what waits for whom and what is judged late; None for nothing."""
    parts = [*_unassigned(snapshot.line), *_waiting(snapshot.line.agents), *_late(snapshot, MOST)]
    return listed(parts) if parts else None


def unassigned(line: LineNow) -> Text:
    """Name the agents that people wait for and that have partitions which nobody holds."""
    return _held_by_nobody(agent for agent in line.agents if not agent.is_aside)


def slowest(snapshot: Snapshot) -> Text:
    """Say in few words why the line is behind: what is late, who is stuck, or that reports are."""
    line = snapshot.line
    counted = [agent for agent in line.agents if not agent.is_aside]
    parts = [
        *_late(snapshot, 1),
        *_waiting([agent for agent in counted if agent.waited_s * 1000 >= BEHIND_MS]),
        *_old(line),
        *_waiting(counted),
        message("line.nothing"),
    ]
    return parts[0]


def line_state(line: LineNow) -> str:
    """Give the key of the message on the state of the line."""
    if line.unassigned:
        return "line.state.unassigned"
    return "line.state.behind" if line.is_behind else "line.state.current"


def _unassigned(line: LineNow) -> Iterator[Text]:
    if any(agent.unassigned for agent in line.agents):
        yield message("line.unassigned", agents=_held_by_nobody(line.agents))


def _held_by_nobody(agents: Iterable[AgentNow]) -> Text:
    return _agents([agent for agent in agents if agent.unassigned], "unassigned")


def _waiting(agents: list[AgentNow]) -> Iterator[Text]:
    if waiting := [agent for agent in agents if agent.waiting]:
        total = number(sum(agent.waiting for agent in waiting))
        yield message("line.waiting", n=total, agents=_agents(waiting, "waiting"))


def _old(line: LineNow) -> Iterator[Text]:
    if (line.report_age_s or 0) * 1000 > QUIET_MS:
        yield message("line.old", age=duration(line.report_age_s))


def _late(snapshot: Snapshot, most: int) -> Iterator[Text]:
    titles = {feed.feed: feed.title for feed in snapshot.feeds}
    for feed in _slowest(snapshot.line)[:most]:
        title = titles.get(feed.feed, same(feed.feed))
        if feed.behind_s is None:
            yield message("line.unjudged", feed=title, agent=feed.agent)
        else:
            yield message("line.late", feed=title, agent=feed.agent, time=duration(feed.behind_s))


def _slowest(line: LineNow) -> list[FeedJudged]:
    """Give the feeds that are judged late, the latest first; none where the line is not behind."""
    if not line.is_behind:
        return []
    late = [feed for feed in line.judged if feed.is_late]
    return sorted(late, key=lambda feed: (feed.behind_s is None, -(feed.behind_s or 0)))


def _agents(agents: list[AgentNow], field: str) -> Text:
    """Name the agents with most of something; the rest is in the sum."""
    counts = sorted(((getattr(agent, field), agent.agent) for agent in agents), reverse=True)
    named = listed([same(f"{name} {number(count)}") for count, name in counts[:MOST]])
    return named if len(counts) <= MOST else message("health.and_more", names=named)
