"""A receipt: what became of one try to deliver a warning."""

from __future__ import annotations

from models.messages.bounds import Count, Small, TimeMs
from models.messages.envelope import Message


class Receipt(Message, frozen=True, kw_only=True):
    """Proof that one change of a warning reached, or did not reach, one receiver."""

    TAG = "RCPT"
    NAME = "receipt"
    ENCODING = "json"

    warning: str
    revision: Small
    channel: str  # `webhook`
    receiver: str  # without secrets: scheme, host, port, path
    attempt: Count
    delivered: bool
    status: Count  # HTTP status; 0 where none came
    detail: str
    sent_ms: TimeMs
    answered_ms: TimeMs
    gave_up: bool = False  # the last word: nothing more will be tried
