"""How far behind the agents of one worker are, as the worker sees it."""

from __future__ import annotations

import msgspec

from models.messages.bounds import Count, Number, PartitionNumber, Partitions, TimeMs
from models.messages.envelope import Message


class AgentPlace(msgspec.Struct, frozen=True, kw_only=True):
    """An agent that must run somewhere.

    Attributes
    ----------
    partitions : int
        How many it has, over all workers.
    is_aside : bool
        What people see does not wait for it.
    """

    partitions: Partitions
    is_aside: bool = False


class PartHealth(msgspec.Struct, frozen=True, kw_only=True):
    """One partition of an agent.

    Attributes
    ----------
    waiting : dict of str to int
        Records of each topic that it has not applied; topics of which none waits are left out.
    waited_s : float
        How long what waits has waited, at least: as long as the record applied last had lain in
        its topic, or as nothing was applied although something waits; 0 where nothing waits.
    judged : dict of str to int
        Event time up to which it has judged each feed that it must judge; 0 for not at all yet.
    """

    agent: str
    partition: PartitionNumber
    waiting: dict[str, Count] = {}
    waited_s: Number = 0.0
    judged: dict[str, TimeMs] = {}


class LineHealth(Message, frozen=True, kw_only=True):
    """What one worker says of all that it holds, every few seconds.

    The newest of a worker replaces the older. What no worker names is held by nobody.

    Attributes
    ----------
    worker : str
    published_ms : int
        Wall clock.
    agents : dict of str to AgentPlace
        All agents that must run, those of other workers too.
    parts : list of PartHealth
        What this worker holds.
    """

    TAG = "LINE"
    NAME = "line health"

    worker: str
    published_ms: TimeMs
    agents: dict[str, AgentPlace]
    parts: list[PartHealth]
