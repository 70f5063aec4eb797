"""A caller: who asks, as what, from which session or token, and what that lets them see and do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from models.messages.commands import Role


class Scope(StrEnum):
    """What a token is for; a session has all that its role has."""

    READ = "read"
    COMMAND = "command"  # ask for changes of warnings
    REPORT = "report"  # report cases


ROLES: Final = (Role.VIEWER, Role.OPERATOR, Role.BUREAU, Role.COMMANDER, Role.ADMIN)
_SCOPES: Final[dict[Role, frozenset[Scope]]] = {
    Role.VIEWER: frozenset({Scope.READ}),
    **dict.fromkeys(ROLES[1:], frozenset(Scope)),
}
_KNOW_PEOPLE: Final = frozenset({Role.OPERATOR, Role.COMMANDER, Role.ADMIN})


@dataclass(frozen=True, kw_only=True)
class Caller:
    """Who asks.

    Attributes
    ----------
    name : str
        Goes into the audit as the actor.
    role : Role
    areas : frozenset of str
        Codes of the areas that are theirs; empty: the whole city.
    departments : frozenset of str
        Codes of the departments that are theirs; empty: all.
    scopes : frozenset of Scope
        Of the token; of a session all.
    session : str
        Name of the session; empty where there is none.
    is_open : bool
        Nobody logged in: this server has no users and is asked from its own machine.
    """

    name: str
    role: Role
    areas: frozenset[str] = frozenset()
    departments: frozenset[str] = frozenset()
    scopes: frozenset[Scope] = frozenset(Scope)
    session: str = ""
    is_open: bool = False

    def may(self, scope: Scope) -> bool:
        """Tell whether role and token both allow it."""
        return scope in self.scopes and scope in _SCOPES[self.role]

    @property
    def within(self) -> frozenset[str] | None:
        """The areas they are bound to; None: none."""
        return self.areas or None

    @property
    def knows_people(self) -> bool:
        """Whether they may see who reported, handled or decided: names and numbers of people."""
        return self.role in _KNOW_PEOPLE
