"""Receipts: what became of each try to deliver a change of a warning."""

from __future__ import annotations

from models.messages.bounds import Count, Small, TimeMs
from models.messages.envelope import Message
from models.messages.warnings import CityWarning


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
    by: str = ""
