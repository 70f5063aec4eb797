"""What every way of telling a receiver offers: one try a call, and what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from models.messages.subscriptions import Subscription
from models.messages.warnings import CityWarning

DEADLINE_S: Final = 10.0  # of a whole try, whatever the receiver does


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of a try.

    Attributes
    ----------
    status : int
        Of HTTP or SMTP; 0 where none came.
    detail : str
        A short reason without secrets.
    retry_after_s : int
        The receiver asks for a pause.
    is_final : bool
        No further try can do better.
    is_gone : bool
        The receiver wants nothing more.
    answer : bytes
        The beginning of what a webhook answered.
    """

    delivered: bool
    status: int = 0
    detail: str = ""
    retry_after_s: int = 0
    is_final: bool = False
    is_gone: bool = False
    answer: bytes = b""


class ChannelSink(Protocol):
    """One channel: webhook, mail, chat, CAP."""

    async def send(self, to: Subscription, changes: Sequence[CityWarning]) -> Outcome:
        """Try once to tell a receiver of one or more changes."""
        ...

    async def close(self) -> None:
        """Close the connections."""
        ...
