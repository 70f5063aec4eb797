"""A heartbeat: it goes the way of a warning once a minute, so that its absence can be noticed."""

from __future__ import annotations

from typing import ClassVar

from models.messages.bounds import TimeMs
from models.messages.envelope import Encoding, Message


class Heartbeat(Message, frozen=True, kw_only=True):
    """Ingest lives, and what it says comes through to the warnings.

    The agent `silence` makes one of the health of a feed and sends it with the signals, the agent
    `warn` hands it on to the topic `watchdog`, as it does warnings.

    Attributes
    ----------
    feed : str
        Whose health it was made of.
    begun_ms : int
        Wall clock of ingest: how old a heartbeat is says how far behind the line is.
    """

    TAG = "BEAT"
    NAME = "heartbeat"
    ENCODING: ClassVar[Encoding] = "json"

    feed: str
    begun_ms: TimeMs
