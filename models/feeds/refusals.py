"""What a batch refuses, as dead letters: a few of one message each by itself, many as one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from itertools import groupby
from operator import attrgetter
from typing import Any, Final, NamedTuple

from models.feeds.cloud_event import EnvelopeFault
from models.feeds.dead_letter_builder import DeadLetterBuilder, Refused
from models.feeds.decode import Decoded
from models.feeds.raw_batch import RawBatch
from models.feeds.replay_run import LIVE
from models.messages.dead_letters import Reason, Rejected

MOST_LETTERS: Final = 8  # for one raw message
Explain = Callable[[int, Reason], str]  # row and reason → one sentence


class Refusal(NamedTuple):
    """One object that is refused.

    Attributes
    ----------
    record, element : int
        The raw message in its batch, and its object.
    reason : Reason
    row : int
        Its row; -1 where it did not become one, and `detail` says why.
    """

    record: int
    element: int
    reason: Reason
    row: int = -1
    detail: str = ""


def letters(
    refusals: Iterable[Refusal],
    batch: RawBatch,
    decoded: Decoded[Any],
    builder: DeadLetterBuilder,
    explain: Explain,
) -> list[Rejected]:
    """Make the dead letters of a batch, in the order of its records.

    Parameters
    ----------
    refusals : iterable of Refusal
    batch : RawBatch
    decoded : Decoded
        What `batch` decoded to.
    builder : DeadLetterBuilder
    explain : callable
        Says why a row is refused.
    """
    made: list[Rejected] = []
    for record, group in groupby(sorted(refusals), key=attrgetter("record")):
        refused, head = list(group), batch.heads.get(record, LIVE)
        parts = [refused] if len(refused) > MOST_LETTERS else [[one] for one in refused]
        for part in parts:
            about = Refused(
                offset=batch.offsets[record],
                sent_ms=batch.sent_ms[record],
                value=batch.values[record],
                elements=[one.element for one in part],
                is_flat=record in decoded.flat,
                run=head.run,
                attempts=head.attempt,
            )
            made.append(builder.make(about, *_fault(part, explain)))
    return made


def _fault(part: list[Refusal], explain: Explain) -> tuple[EnvelopeFault, dict[str, int]]:
    """Why some objects are refused, and how many by reason where there are several."""
    first = part[0]
    detail = first.detail or explain(first.row, first.reason)
    if len(part) == 1:
        return EnvelopeFault(first.reason, detail), {}
    counts = Counter(one.reason for one in part).most_common()
    by_reason = ", ".join(f"{number} {reason.value}" for reason, number in counts)
    text = f"{len(part)} elements were refused: {by_reason}; element {first.element}: {detail}"
    return EnvelopeFault(counts[0][0], text), {reason.value: n for reason, n in counts}
