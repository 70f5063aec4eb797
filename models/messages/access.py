"""The audit of access: who logged in or out, who was refused, and when."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from models.messages.bounds import Count, TimeMs
from models.messages.commands import Role
from models.messages.envelope import Message


class AccessEvent(StrEnum):
    """What happened at the door."""

    LOGGED_IN = "logged-in"
    LOGGED_OUT = "logged-out"
    FAILED = "login-failed"  # name or password were wrong, or the account has ended
    LOCKED = "locked-out"  # too many failed: no login is tried for a while
    REFUSED = "provider-refused"  # what the identity provider said was not accepted
    TOKEN = "token-refused"  # a bearer token that is none, or has ended


class AccessEntry(Message, frozen=True, kw_only=True):
    """One thing that happened at the door of the wall.

    Attributes
    ----------
    event : AccessEvent
    user : str
        Name of the account; empty where nobody has it: what was typed may be a password.
    role : Role or None
        Of whoever is in.
    address : str
        Where it came from.
    text : str
        Why, where there is more to say.
    times : int
        How often within the minute: a flood is one entry.
    at_ms : int
        Wall clock, of the first time.
    """

    TAG = "ACCS"
    NAME = "access entry"
    ENCODING = "json"

    event: AccessEvent
    user: Annotated[str, Meta(max_length=64)] = ""
    role: Role | None = None
    address: Annotated[str, Meta(max_length=64)] = ""
    text: Annotated[str, Meta(max_length=200)] = ""
    times: Count = 1
    at_ms: TimeMs
