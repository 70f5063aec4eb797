"""How far behind the line is that makes of accepted records what is shown and warned of."""

from __future__ import annotations

import msgspec


class AgentNow(msgspec.Struct, frozen=True, kw_only=True):
    """How one agent does, over all its partitions.

    Attributes
    ----------
    partitions, unassigned : int
        How many there are, and of how many no worker says that it holds them.
    waiting : int
        Records that it has not applied.
    waited_s : float
        How long what waits has waited, at least.
    is_aside : bool
        What is shown does not wait for it.
    """

    agent: str
    partitions: int
    unassigned: int = 0
    waiting: int = 0
    waited_s: float = 0.0
    is_aside: bool = False


class FeedJudged(msgspec.Struct, frozen=True, kw_only=True):
    """How far one feed is judged by one agent: the furthest behind, or one that does not know.

    Attributes
    ----------
    judged_ms : int
        Event time; 0 where that agent has judged nothing yet, or does not know how far it is.
    behind_s : float or None
        Event time between that and what could be judged of what was read; None with a `judged_ms`
        of 0.
    is_late : bool
        That is more than the pane that fills and an hour; or it is not known, and records wait for
        the agent.
    """

    feed: str
    agent: str
    judged_ms: int
    behind_s: float | None
    is_late: bool = False


class LineNow(msgspec.Struct, frozen=True, kw_only=True):
    """How the line does, from accepted records to warnings and the snapshot.

    Attributes
    ----------
    agents : list of AgentNow
        All that must run, by name; empty where no worker ever reported (a backtest has none).
    judged : list of FeedJudged
        Every feed that has data and must be judged, in the order of the city: by the slowest of
        the agents that know how far they are, and by each one that does not.
    waiting : int
        Records that wait, once for each agent that waits to apply them.
    is_behind : bool
        What is shown or warned of is older than it will be.
    judged_ms : int
        Where it is behind: event time up to which all feeds are judged; 0 where that is not known,
        or nothing is behind.
    report_age_s : float or None
        Age of the newest report that was applied; None before the first.
    """

    agents: list[AgentNow] = []
    judged: list[FeedJudged] = []
    waiting: int = 0
    is_behind: bool = False
    judged_ms: int = 0
    report_age_s: float | None = None

    @property
    def unassigned(self) -> int:
        """Partitions of which no worker says that it holds them, of agents people wait for."""
        return sum(agent.unassigned for agent in self.agents if not agent.is_aside)

    @property
    def holding_up(self) -> int:
        """Records that wait for agents people wait for."""
        return sum(agent.waiting for agent in self.agents if not agent.is_aside)

    @property
    def partitions(self) -> int:
        """Partitions of all agents that people wait for."""
        return sum(agent.partitions for agent in self.agents if not agent.is_aside)
