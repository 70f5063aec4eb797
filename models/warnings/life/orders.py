"""What each command does to a warning, and when it is refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from models.messages import commands as ask
from models.messages.bounds import LATEST_MS
from models.messages.command_results import Refusal
from models.messages.commands import AnyAction, CloseCause, Command, Role
from models.messages.warnings import (
    CityWarning,
    Level,
    LifeState,
    Mark,
    Reason,
    Shelving,
    Verdict,
    WarningChange,
)
from models.timing.units import MINUTE_MS
from models.warnings.life import words
from models.warnings.life.record import WarningRecord, back_in_view, lived
from models.warnings.life.words import Text

MOST_SHELVED_MIN: Final = 8 * 60
MOST_OUT_OF_SERVICE_MIN: Final = 30 * 24 * 60
MOST_TIER: Final = len(words.TIERS) - 1

_STANDING: Final = frozenset({LifeState.UNACKNOWLEDGED, LifeState.ACKNOWLEDGED})
_KEPT: Final = frozenset({LifeState.SHELVED, LifeState.SUPPRESSED, LifeState.OUT_OF_SERVICE})
_ANY: Final = frozenset(LifeState)
_LEADERS: Final = frozenset({Role.COMMANDER, Role.ADMIN})
_NOBODY: Final = frozenset({Role.VIEWER, Role.SYSTEM})
_WORKERS: Final = frozenset(Role) - _NOBODY


@dataclass(frozen=True, slots=True)
class OrderRefused:
    """Why a command is not carried out."""

    refusal: Refusal
    text: Text


def obeyed(
    record: WarningRecord | None, command: Command, now_ms: int
) -> CityWarning | OrderRefused:
    """Carry out a command on a warning.

    Parameters
    ----------
    record : WarningRecord or None
        The newest warning of the place; None where there is none.
    command : Command
    now_ms : int
        Wall clock.

    Returns
    -------
    CityWarning
        With its new change, reason and life; its revision is still the old one.
    Refused
        The first reason found: unknown, without a right, not the newest revision, closed, not in
        this state, a part of the command is missing or out of bounds.
    """
    if record is None or record.warning.id != command.warning:
        return OrderRefused(Refusal.UNKNOWN, words.unknown(command.warning))
    warning, action = record.warning, command.action
    rule = ORDERS[type(action)]
    if command.role not in rule.roles:
        return OrderRefused(Refusal.FORBIDDEN, words.forbidden(command.role, action))
    if command.revision != warning.revision:
        return OrderRefused(Refusal.STALE, words.stale(command.revision, record))
    if warning.life.closed and not isinstance(action, ask.Reopen):
        return OrderRefused(Refusal.IMPOSSIBLE, words.closed(warning.life.closed))
    if warning.state not in rule.states:
        return OrderRefused(Refusal.IMPOSSIBLE, words.not_in(warning.state, action))
    return rule.follow(_Asked(warning, command, now_ms), action)


@dataclass(frozen=True, slots=True)
class _Asked:
    """One command that may be followed in the state the warning is in."""

    warning: CityWarning
    command: Command
    now_ms: int

    def done(self, change: WarningChange, **life: Any) -> CityWarning:
        """Give the warning with its life changed in some fields."""
        return lived(self.warning, change, Reason.COMMAND, **life)

    @property
    def mark(self) -> Mark:
        """Who asks, and since when."""
        return Mark(role=self.command.role, since_ms=self.now_ms)

    @property
    def wordless(self) -> OrderRefused | None:
        """The refusal of a command that needs a text and has none."""
        return None if self.command.text.strip() else invalid(words.no_words())


Followed = CityWarning | OrderRefused


def invalid(text: Text) -> OrderRefused:
    """Refuse a command of which a part is missing or out of bounds."""
    return OrderRefused(Refusal.INVALID, text)


def impossible(text: Text) -> OrderRefused:
    """Refuse a command that does not fit how the warning is."""
    return OrderRefused(Refusal.IMPOSSIBLE, text)


def _acknowledge(asked: _Asked, _: ask.Acknowledge) -> Followed:
    if asked.warning.life.acknowledged:  # latched, and seen already
        return impossible(words.acknowledged())
    return asked.done(WarningChange.ACKNOWLEDGED, acknowledged=asked.mark)


def _unacknowledge(asked: _Asked, _: ask.Unacknowledge) -> Followed:
    return asked.done(WarningChange.UNACKNOWLEDGED, acknowledged=None)


def _assign(asked: _Asked, action: ask.Assign) -> Followed:
    if action.to in _NOBODY:
        return invalid(words.nobody(action.to))
    mark = Mark(role=action.to, since_ms=asked.now_ms)
    return asked.done(WarningChange.ASSIGNED, assigned=mark)


def _comment(asked: _Asked, _: ask.Comment) -> Followed:
    return asked.wordless or asked.done(WarningChange.COMMENTED)


def _accept(asked: _Asked, _: ask.Accept) -> Followed:
    return asked.done(WarningChange.ACCEPTED, verdict=Verdict.ACCEPTED)


def _reject(asked: _Asked, _: ask.Reject) -> Followed:
    return asked.wordless or asked.done(WarningChange.REJECTED, verdict=Verdict.REJECTED)


def _escalate(asked: _Asked, _: ask.Escalate) -> Followed:
    tier = asked.warning.life.tier + 1
    if tier > MOST_TIER:
        return impossible(words.top())
    return asked.done(WarningChange.ESCALATED, tier=tier, acknowledged=None)


def _close(asked: _Asked, action: ask.Close) -> Followed:
    warning = asked.warning
    if not warning.cleared_ms:
        return impossible(words.still_standing())
    if warning.suppressed:
        return impossible(words.never_shown())
    if action.cause is CloseCause.SUPERSEDED:
        return invalid(words.no_cause())
    known = warning.life.acknowledged or asked.mark
    return asked.done(WarningChange.CLOSED, closed=action.cause, acknowledged=known, shelving=None)


def _reopen(asked: _Asked, _: ask.Reopen) -> Followed:
    if not asked.warning.life.closed:
        return impossible(words.not_closed())
    return asked.done(WarningChange.REOPENED, closed=None, acknowledged=None)


def _unshelve(asked: _Asked, _: ask.Unshelve) -> Followed:
    if asked.warning.life.shelving is None:
        return impossible(words.by_design())
    return back_in_view(asked.warning, Reason.COMMAND)


def _keep(asked: _Asked, action: ask.Shelve | ask.Suppress | ask.OutOfService) -> Followed:
    """Keep a warning from view until an end."""
    how, by = _KEEPS[type(action)], getattr(action, "by", None)
    end_ms = asked.now_ms + action.minutes * MINUTE_MS
    if not 0 < action.minutes <= how.most_min or end_ms > LATEST_MS:
        return invalid(words.no_end(how.most_min))
    covers = _covers(asked, how)
    if asked.warning.level > covers:
        return impossible(words.too_red())
    if by in ("", asked.warning.id):
        return invalid(words.no_cause_named())
    shelving = Shelving(
        state=how.state,
        role=asked.command.role,
        since_ms=asked.now_ms,
        until_ms=end_ms,
        covers=covers,
        by=by or "",
    )
    return asked.wordless or asked.done(how.change, shelving=shelving)


def _covers(asked: _Asked, how: _Keep) -> Level:
    """Give the highest level that may be kept from view: shelved, no more than it is now."""
    if how.state is not LifeState.OUT_OF_SERVICE:
        return min(asked.warning.level, Level.ORANGE)
    return Level.RED if asked.command.role in _LEADERS else Level.ORANGE


@dataclass(frozen=True, kw_only=True, slots=True)
class _Keep:
    """One way in which a person keeps a warning from view."""

    state: LifeState
    change: WarningChange
    most_min: int


_KEEPS: Final[dict[type[AnyAction], _Keep]] = {
    ask.Shelve: _Keep(
        state=LifeState.SHELVED, change=WarningChange.SHELVED, most_min=MOST_SHELVED_MIN
    ),
    ask.Suppress: _Keep(
        state=LifeState.SUPPRESSED, change=WarningChange.SUPPRESSED, most_min=MOST_SHELVED_MIN
    ),
    ask.OutOfService: _Keep(
        state=LifeState.OUT_OF_SERVICE,
        change=WarningChange.OUT_OF_SERVICE,
        most_min=MOST_OUT_OF_SERVICE_MIN,
    ),
}


@dataclass(frozen=True, slots=True)
class _Rule:
    """In which states a command can be followed, how, and who may ask for it."""

    states: frozenset[LifeState]
    follow: Callable[[_Asked, Any], Followed]
    roles: frozenset[Role] = _WORKERS


_SEEN: Final = frozenset({LifeState.UNACKNOWLEDGED, LifeState.RETURNED, LifeState.LATCHED})
ORDERS: Final[dict[type[AnyAction], _Rule]] = {
    ask.Acknowledge: _Rule(_SEEN, _acknowledge),
    ask.Unacknowledge: _Rule(frozenset({LifeState.ACKNOWLEDGED}), _unacknowledge),
    ask.Assign: _Rule(_ANY - {LifeState.NORMAL}, _assign),
    ask.Comment: _Rule(_ANY, _comment),
    ask.Accept: _Rule(_ANY, _accept),
    ask.Reject: _Rule(_ANY, _reject),
    ask.Shelve: _Rule(_STANDING, _keep),
    ask.Suppress: _Rule(_STANDING, _keep, _LEADERS),
    ask.OutOfService: _Rule(_STANDING | {LifeState.SHELVED}, _keep),
    ask.Unshelve: _Rule(_KEPT, _unshelve),
    ask.Escalate: _Rule(_STANDING, _escalate),
    ask.Close: _Rule(_ANY, _close),
    ask.Reopen: _Rule(frozenset({LifeState.NORMAL}), _reopen),
}
