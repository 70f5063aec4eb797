"""Receipts: what became of each try to deliver a change of a warning."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from models.messages.bounds import Count, Small, TimeMs
from models.messages.envelope import Message
from models.messages.warnings import CityWarning


class FailedTry(msgspec.Struct, frozen=True, kw_only=True):
    """One try that did not reach its receiver.

    Attributes
    ----------
    attempt : int
        Its number: 1 is the first; one that a crash cut off has a number and no receipt.
    status : int
        Of HTTP or SMTP; 0 where none came.
    detail : str
        Why, without secrets.
    sent_ms, answered_ms : int
        Wall clock.
    """

    attempt: Count
    status: Count
    detail: str
    sent_ms: TimeMs
    answered_ms: TimeMs


class Receipt(Message, frozen=True, kw_only=True):
    """Proof that one change of a warning reached, or did not reach, one receiver."""

    TAG = "RCPT"
    NAME = "receipt"
    ENCODING = "json"

    warning: str
    revision: Small
    channel: str  # `webhook`, `mail`, `chat`, `cap`; empty where no try was made
    receiver: str  # id of the subscription, or the URL of the settings without its secrets
    attempt: Count
    delivered: bool
    status: Count  # of HTTP or SMTP; 0 where none came
    detail: str
    sent_ms: TimeMs
    answered_ms: TimeMs
    gave_up: bool = False  # the last word: nothing more will be tried
    retry_after_s: Count = 0  # the receiver asks for a pause
    is_gone: bool = False  # the receiver wants nothing more: HTTP 410
    earlier: list[FailedTry] = []  # the tries before it, the oldest first

    @property
    def as_try(self) -> FailedTry:
        """What the next receipt of the delivery says of this one."""
        return FailedTry(
            attempt=self.attempt,
            status=self.status,
            detail=self.detail,
            sent_ms=self.sent_ms,
            answered_ms=self.answered_ms,
        )


class DeliverAgain(Message, frozen=True, kw_only=True):
    """A request to deliver a change that was given up, or to try a receiver again that was gone.

    Attributes
    ----------
    warning : CityWarning
        The change.
    receiver : str
    by : str
        Who asks.
    """

    TAG = "AGAN"
    NAME = "order to deliver again"
    ENCODING = "json"

    warning: CityWarning
    receiver: str
    by: Annotated[str, Meta(max_length=64)] = ""
