"""What became of the submissions of one day, and what is to be done next: pure decisions."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

import msgspec

from models.warnings.tries import wait_ms


class Sent(msgspec.Struct, kw_only=True):
    """One revision of a day's figures.

    Attributes
    ----------
    digest : str
        Of its content (`models.platform.submission.digest_of`).
    made_ms : int
        Epoch milliseconds.
    tries, failures : int
        How often it was posted, and how often in a row in vain.
    tried_ms, next_ms : int
        When it was posted last, and the first moment at which it is posted again; 0 is none.
    status, detail : int, str
        Of the last answer.
    receipt : str
        What the platform answered with: its receipt, or that it took the body.
    received_ms : int
        When the receipt came; 0 before.
    is_refused : bool
        The platform does not want these figures as they are: only other figures, or a person, try
        again.
    """

    digest: str
    made_ms: int
    tries: int = 0
    failures: int = 0
    tried_ms: int = 0
    next_ms: int = 0
    status: int = 0
    detail: str = ""
    receipt: str = ""
    received_ms: int = 0
    is_refused: bool = False


class DayOutbox(msgspec.Struct, kw_only=True):
    """All revisions of one day, the first one first."""

    feed: str
    day: str
    revisions: list[Sent] = []

    @property
    def newest(self) -> Sent | None:
        """The revision that stands."""
        return self.revisions[-1] if self.revisions else None

    @property
    def taken(self) -> int | None:
        """Number of the newest revision that the platform took."""
        numbers = [n for n, each in enumerate(self.revisions) if each.received_ms]
        return max(numbers, default=None)


class Reason(StrEnum):
    """Why something is sent, or nothing."""

    FIRST = "first"
    CORRECTION = "correction"  # figures changed since the platform took the last ones
    REPLACED = "replaced"  # figures changed before it took any
    RETRY = "retry"
    AGAIN = "again"  # a person asked for it
    EARLY = "early"  # the hour of sending has not come
    TAKEN = "taken"  # the platform has these figures
    WAITING = "waiting"  # for the next try
    REFUSED = "refused"
    WRITTEN = "written"  # the city names no address: it is a file only
    OLD = "old"  # too long ago to be corrected


class Decision(NamedTuple):
    """What is to be done with a day."""

    reason: Reason
    is_sent: bool
    is_new: bool  # a further revision is made first


def decide(
    outbox: DayOutbox,
    digest: str,
    now_ms: int,
    *,
    due_ms: int,
    last_ms: int,
    is_forced: bool = False,
) -> Decision:
    """Decide what to do with a day whose figures are now those of a digest.

    Parameters
    ----------
    outbox : DayOutbox
    digest : str
    now_ms : int
        Wall clock, epoch milliseconds.
    due_ms, last_ms : int
        From when on the day is sent, and until when it is corrected or tried again.
    is_forced : bool
        A person asks for it now: neither hour, wait nor receipt holds it up.

    Examples
    --------
    >>> decide(DayOutbox(feed="f", day="2009-03-01"), "d", 5, due_ms=4, last_ms=9)
    Decision(reason=<Reason.FIRST: 'first'>, is_sent=True, is_new=True)
    """
    newest = outbox.newest
    if newest is None:
        may = is_forced or due_ms <= now_ms <= last_ms
        why = Reason.FIRST if may else Reason.EARLY if now_ms < due_ms else Reason.OLD
        return Decision(why, may, may)
    if not is_forced and now_ms > last_ms:
        return Decision(Reason.TAKEN if newest.received_ms else Reason.OLD, False, False)
    if newest.digest != digest:
        why = Reason.CORRECTION if newest.received_ms else Reason.REPLACED
        return Decision(why, True, True)
    why = Reason.AGAIN if is_forced else _unchanged(newest, now_ms)
    return Decision(why, why in {Reason.AGAIN, Reason.RETRY}, False)


def _unchanged(newest: Sent, now_ms: int) -> Reason:
    """Say how a revision stands whose figures are still those of the day."""
    if newest.received_ms:
        return Reason.TAKEN
    if newest.is_refused:
        return Reason.REFUSED
    return Reason.WAITING if now_ms < newest.next_ms else Reason.RETRY


class Answer(NamedTuple):
    """What came of a try: HTTP status (0: none came), detail, receipt, and the pause asked for."""

    status: int
    detail: str
    receipt: str = ""
    retry_after_s: int = 0


def apply_answer(sent: Sent, answer: Answer, now_ms: int) -> None:
    """Note what came of a try; a later failure never takes a receipt back.

    Of what a platform refuses, only what may be better later is tried again: no answer, 408, 425,
    429 and all from 500 on.
    """
    sent.tries += 1
    sent.tried_ms, sent.status, sent.detail = now_ms, answer.status, answer.detail
    if 200 <= answer.status < 300:
        sent.receipt = sent.receipt or answer.receipt
        sent.received_ms = sent.received_ms or now_ms
        sent.failures = sent.next_ms = 0
        sent.is_refused = False
        return
    sent.failures += 1
    may_heal = not 100 <= answer.status < 500 or answer.status in {408, 425, 429}
    sent.is_refused = not may_heal and not sent.received_ms
    sent.next_ms = now_ms + wait_ms(sent.failures, answer.retry_after_s) if may_heal else 0
