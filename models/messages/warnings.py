"""A warning: what people are told, from raised to cleared."""

from __future__ import annotations

from enum import IntEnum, StrEnum

import msgspec

from models.messages.bounds import Number, Small, TimeMs
from models.messages.commands import CloseCause, Role
from models.messages.envelope import Message
from models.messages.signals import Scope, Signal


class Level(IntEnum):
    """Four levels of the Emergency Response Law: 蓝 < 黄 < 橙 < 红."""

    BLUE = 1
    YELLOW = 2
    ORANGE = 3
    RED = 4


class WarningChange(StrEnum):
    """What happened to a warning, and therefore why this message was sent."""

    RAISED = "raised"
    LEVEL_UP = "level-up"
    LEVEL_DOWN = "level-down"
    UPDATED = "updated"  # new cells or newer evidence at the same level
    CLEARED = "cleared"
    ACKNOWLEDGED = "acknowledged"
    UNACKNOWLEDGED = "unacknowledged"
    ASSIGNED = "assigned"
    COMMENTED = "commented"
    ACCEPTED = "accepted"  # the suggestion
    REJECTED = "rejected"
    SHELVED = "shelved"
    SUPPRESSED = "suppressed"  # by a person, since it follows from another
    OUT_OF_SERVICE = "out-of-service"
    UNSHELVED = "unshelved"
    ESCALATED = "escalated"
    CLOSED = "closed"
    REOPENED = "reopened"


class Reason(StrEnum):
    """Why the life of a warning took the step it took."""

    SUSTAINED = "sustained"  # at or over a level for as many panes as the rule asks
    HIGHER = "higher"  # a cell of it reached a higher level
    LOWER = "lower"  # all cells of it fell under the release of its level
    JOINED = "joined"  # further cells became part of it
    NORMAL = "normal"  # under the lowest release for as many panes as the rule asks
    NO_DATA = "no-data"  # no cell had a value for too long: over, but not known to be well
    UNSTEADY = "unsteady"  # it came again soon after it was cleared: the same warning, open again
    ENDED = "ended"  # the replay that it came from is over: nothing more will be known
    RELEASED = "released"  # it was suppressed, and the reason has ended
    COMMAND = "command"  # somebody asked for it
    EXPIRED = "expired"  # the time is over for which it was kept from view
    SUPERSEDED = "superseded"  # a newer warning of the same rule and place took its place
    OUT_OF_FORCE = "out-of-force"  # its rule no longer applies: its dates, hours or mode are over
    UNANSWERED = "unanswered"  # nobody on duty acknowledged it in time


class Suppression(StrEnum):
    """Why a warning is kept back from people for now; it is counted all the same."""

    NONE = ""
    THROTTLED = "throttled"  # its owner has more than can be answered
    INHIBITED = "inhibited"  # it follows from another open warning, `inhibited_by`
    MAINTENANCE = "maintenance"  # announced work disturbs it: the window `inhibited_by`


class LifeState(StrEnum):
    """The states of ANSI/ISA-18.2-2016, by their names there."""

    NORMAL = "normal"
    UNACKNOWLEDGED = "unacknowledged"
    ACKNOWLEDGED = "acknowledged"
    RETURNED = "returned-to-normal-unacknowledged"
    LATCHED = "latched"
    SHELVED = "shelved"
    SUPPRESSED = "suppressed-by-design"
    OUT_OF_SERVICE = "out-of-service"


class Verdict(StrEnum):
    """What became of the suggestion."""

    NONE = ""
    ACCEPTED = "accepted"
    REJECTED = "rejected"


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """By whom or for whom something stands, as a role, and since when (wall clock)."""

    role: Role
    since_ms: TimeMs


class Shelving(msgspec.Struct, frozen=True, kw_only=True):
    """A person keeps a warning from view for a time.

    Attributes
    ----------
    state : LifeState
        `shelved`, `suppressed-by-design` or `out-of-service`.
    role, since_ms, until_ms
        As what it was done, and from when to when (wall clock).
    covers : Level
        The highest level it holds for: what rises above comes up.
    by : str
        Id of the warning from which it follows, where that is why.
    """

    state: LifeState
    role: Role
    since_ms: TimeMs
    until_ms: TimeMs
    covers: Level
    by: str = ""


class Wait(msgspec.Struct, frozen=True, kw_only=True):
    """It waits for somebody on duty to acknowledge it.

    Attributes
    ----------
    duty : str
        Post of the roster with which it waits; empty where the roster has none then.
    since_ms, until_ms : int
        Wall clock; `until_ms` is 0 where it goes to nobody after that.
    """

    duty: str
    since_ms: TimeMs
    until_ms: TimeMs = 0


class PlannedStep(msgspec.Struct, frozen=True, kw_only=True):
    """A step of a response plan: what, by whom, whom to call, and within how many minutes."""

    do: dict[str, str]
    by: dict[str, str]
    contact: dict[str, str]
    within_min: Small


class MatchedPlan(msgspec.Struct, frozen=True, kw_only=True):
    """The response plan (预案) of a rule, in the edition of the day.

    Attributes
    ----------
    name : str
        Of its file.
    title, source : dict of str to str
        Name of the plan, and where the edition comes from.
    has_colour : bool
        Whether the edition has the level of the warning.
    steps : list of PlannedStep
        For that level.
    """

    name: str
    title: dict[str, str]
    source: dict[str, str]
    has_colour: bool
    steps: list[PlannedStep] = []


class Life(msgspec.Struct, frozen=True, kw_only=True):
    """What people did with a warning; who they are stands in the audit alone.

    Attributes
    ----------
    acknowledged, assigned : Mark or None
    shelving : Shelving or None
    tier : int
        Level of duty that has it: 0 operator, 1 shift leader, 2 commander.
    round : int
        How often it came back to the operator since nobody acknowledged it.
    waits : Wait or None
        With whom it waits to be acknowledged, in a city with a duty roster.
    verdict : Verdict
    closed : CloseCause or None
        Of a warning that was closed.
    """

    acknowledged: Mark | None = None
    assigned: Mark | None = None
    shelving: Shelving | None = None
    tier: Small = 0
    round: Small = 0
    waits: Wait | None = None
    verdict: Verdict = Verdict.NONE
    closed: CloseCause | None = None


class CityWarning(Message, frozen=True, kw_only=True):
    """State of one warning after one change.

    Attributes
    ----------
    id : str
        Deterministic: from rule, area and the event time of its first signal.
    revision : int
        0 when raised; (id, revision) names a change, so a repeat is seen as one.
    rule : str
        Name of the rule in `config/city/<city>/rules/`.
    reason : Reason
        Why `change` happened.
    scope : str
        `local` (one street) or `regional` (the whole district departs from its own normal).
    area : str
        Street code, 9 digits; the district's 6 digits where the scope is regional.
    cells : list of str
        Cells that are or were part of it.
    severity : float
        By chance alone its place sees the like once in so many days, of the worst evidence; 0
        where chance has no part in it: an absolute limit, a configured interval.
    is_least : bool
        The history supports no more than the severity; what is seen may be rarer.
    raised_ms, updated_ms, cleared_ms : int
        Event time; `cleared_ms` is 0 while open.
    is_unsteady : bool
        It came and went: it is told once, and stays open until it has been quiet for long.
    explanation : dict of str to str
        One paragraph a language, keys `zh` and `en`.
    facts : dict of str to str
        What was seen and what was expected, in a sentence a language.
    suppressed : Suppression
        Why it is kept back from people for now; false where it is not.
    inhibited_by : str
        Id of the open warning that it follows from, or name of the maintenance window.
    state : LifeState
        Of its life; follows from all the rest.
    life : Life
        What people did with it.
    latches : bool
        It stays until somebody closes it, though it has returned to normal.
    suggestion, owner : str
        What to do and who, from the rule.
    priority : str
        In which order to answer warnings of one level: high, medium, low.
    cause, consequence : dict of str to str
        What usually brings it about, and what follows if nobody acts.
    response_minutes : int
        Within which somebody should have acted.
    plan : MatchedPlan or None
        What the rule's response plan says for the level.
    evidence : list of Signal
        The worst first, at most five.
    ingested_ms : int
        Wall clock at which ingest received the newest reading behind this change.
    """

    TAG = "WARN"
    NAME = "warning"
    ENCODING = "json"

    id: str
    revision: Small
    rule: str
    change: WarningChange
    reason: Reason = Reason.SUSTAINED
    scope: str = Scope.LOCAL
    level: Level
    feed: str
    metric: str
    area: str
    cells: list[str]
    severity: Number = 0.0
    is_least: bool = False
    raised_ms: TimeMs
    updated_ms: TimeMs
    cleared_ms: TimeMs = 0
    is_unsteady: bool = False
    peak_level: Level = Level.BLUE
    explanation: dict[str, str] = {}
    facts: dict[str, str] = {}
    suppressed: Suppression = Suppression.NONE
    inhibited_by: str = ""
    state: LifeState = LifeState.UNACKNOWLEDGED
    life: Life = Life()
    latches: bool = False
    suggestion: dict[str, str] = {}
    owner: dict[str, str] = {}
    priority: str = "medium"
    cause: dict[str, str] = {}
    consequence: dict[str, str] = {}
    response_minutes: Small = 0
    plan: MatchedPlan | None = None
    evidence: list[Signal] = []
    ingested_ms: TimeMs = 0
