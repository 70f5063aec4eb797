"""A subscription: who is told of which warnings, where, how and until when."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from models.messages.bounds import Small, TimeMs
from models.messages.envelope import Message
from models.messages.warnings import Level

MinuteOfDay = Annotated[int, Meta(ge=0, lt=1440)]
Degrees = Annotated[float, Meta(ge=-180, le=180)]
SubscriptionId = Annotated[str, Meta(pattern="^[a-z0-9][a-z0-9-]{0,62}$")]
_Address = Annotated[str, Meta(max_length=500)]


class Channel(StrEnum):
    """How a receiver is told."""

    WEBHOOK = "webhook"
    MAIL = "mail"
    CHAT = "chat"
    CAP = "cap"


class Quiet(msgspec.Struct, frozen=True, kw_only=True):
    """Minutes of the local day between which only red is told at once."""

    begin: MinuteOfDay
    end: MinuteOfDay


class DigestTime(msgspec.Struct, frozen=True, kw_only=True):
    """When changes are told together: each hour or each day at a minute of it."""

    every: Literal["hour", "day"]
    at: MinuteOfDay


class Subscription(Message, frozen=True, kw_only=True):
    """One subscription; the newest version of an id counts.

    Attributes
    ----------
    id : str
        Names the receiver in receipts.
    version : int
        1 when new; greater with each change.
    owner : str
        The post that answers for it.
    kinds, rules, categories, areas : list of str
        What it is for; empty: everything.
    polygon : list of (float, float)
        An outline [lon, lat], beside the areas.
    minimum : Level
        Of the highest level that a warning had.
    channel : Channel
    address : str
        Webhook: URL; mail: address; chat: name of an environment variable without its prefix.
    secret : str
        Webhook: name of the environment variable with its key, without its prefix.
    language : {"zh", "en"}
    quiet : Quiet or None
    digest : DigestTime or None
    since_ms, until_ms : int
        Wall clock: it takes what is published from the one until before the other.
    is_ended : bool
        Somebody ended it: what is still on its way is let go.
    by : str
        Who wrote this version; empty where it stands in the city's file.
    """

    TAG = "SUBS"
    NAME = "subscription"
    ENCODING = "json"

    id: SubscriptionId
    version: Small = 1
    owner: Annotated[str, Meta(min_length=1, max_length=100)]
    kinds: list[str] = []
    rules: list[str] = []
    categories: list[str] = []
    areas: list[str] = []
    polygon: list[tuple[Degrees, Degrees]] = []
    minimum: Level = Level.BLUE
    channel: Channel
    address: _Address = ""
    secret: str = ""
    language: Literal["zh", "en"] = "zh"
    quiet: Quiet | None = None
    digest: DigestTime | None = None
    since_ms: TimeMs
    until_ms: TimeMs
    is_ended: bool = False
    by: Annotated[str, Meta(max_length=64)] = ""
