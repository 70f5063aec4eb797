"""Subscriptions as a city writes them: who is told of which warnings, where, how and until when."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, field_validator

from config.place import Point, Strict
from config.rules import LevelName

TimeOfDay = Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
SubscriptionId = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]
ChannelName = Literal["webhook", "mail", "chat", "cap"]
Language = Literal["zh", "en"]
_FIRST_YEAR, _LAST_YEAR = 1901, 2098  # times of messages, in any time zone


class QuietHours(Strict):
    """A part of each day in which only red is told at once; the rest comes together after it."""

    begin: TimeOfDay  # local time, such as "22:00"
    end: TimeOfDay  # local time; before `begin`: on the next day


class Digest(Strict):
    """All changes of an hour or a day in one message; red comes at once all the same."""

    every: Literal["hour", "day"]  # how often
    at: TimeOfDay = "08:00"  # local time of the daily one; of the hourly one its minute counts


class SubscriptionEntry(Strict):
    """Who is told of which warnings.

    What is left empty does not narrow: a subscription without `areas` is for the whole district.
    """

    id: SubscriptionId  # small letters, digits and hyphens; shown in receipts, so no person's name
    owner: Annotated[str, Field(min_length=1, max_length=100)]  # the post that answers for it
    kinds: tuple[str, ...] = ()  # kinds of rules, such as `limit`
    rules: tuple[str, ...] = ()  # names of rules
    categories: tuple[str, ...] = ()  # classes of cases, or groups of them; of rules over cases
    areas: tuple[str, ...] = ()  # codes of streets, communities or cells, or of the district
    polygon: tuple[Point, ...] = ()  # an outline [lon, lat], beside the areas
    minimum: LevelName = "blue"  # of the highest level that a warning had
    channel: ChannelName  # how it is told
    # webhook: URL; mail: address; chat: NAME of the variable GRIDPULSE_CHAT_<NAME>; cap: nothing
    address: Annotated[str, Field(max_length=500)] = ""
    # webhook: NAME of the variable GRIDPULSE_SIGN_<NAME> with the key of the signature
    secret: Annotated[str, Field(pattern=r"^[A-Z0-9_]{0,64}$")] = ""
    language: Language = "zh"  # of the words
    quiet: QuietHours | None = None  # when not to be disturbed but by red
    digest: Digest | None = None  # changes together instead of one by one
    since: date | None = None  # first day; nothing: from when it was made
    until: date  # last day

    @field_validator("since", "until")
    @classmethod
    def _is_of_an_age(cls, day: date | None) -> date | None:
        """Refuse days that no message can hold."""
        if day is not None and not _FIRST_YEAR <= day.year <= _LAST_YEAR:
            msg = f"expected a year from {_FIRST_YEAR} to {_LAST_YEAR}, got {day.year}"
            raise ValueError(msg)
        return day


class SubscriptionsFile(Strict):
    """`subscriptions.yaml`."""

    source: str  # who decided on them
    subscriptions: tuple[SubscriptionEntry, ...]  # each with an id of its own
