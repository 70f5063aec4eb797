"""What a page asks of dead letters; whoever starts the server brings what answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from models.messages.dead_letters import Rejected


@dataclass(frozen=True, kw_only=True)
class LetterPage:
    """Dead letters as they stand.

    Attributes
    ----------
    total : int
    reasons : mapping of str to int
        How many of each reason.
    newest : sequence of Rejected
        The newest first.
    """

    total: int = 0
    reasons: Mapping[str, int] = field(default_factory=dict)
    newest: Sequence[Rejected] = ()


@dataclass(frozen=True, kw_only=True)
class Resent:
    """What became of a retry: sent again, sent before, and what cannot be or was refused again."""

    sent: int
    before: int
    rest: int


class DeadLetters(Protocol):
    """Reads dead letters and sends them again."""

    def page(self) -> LetterPage:
        """Give how they stand; at most some seconds old.

        Raises
        ------
        GridpulseError
            Kafka did not answer.
        """
        ...

    def retry(self, reason: str | None) -> Resent:
        """Send those of a reason again to their raw topics, each once; None: all.

        Raises
        ------
        GridpulseError
            Kafka or Redis did not answer.
        """
        ...
