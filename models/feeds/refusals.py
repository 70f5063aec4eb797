"""What a batch refuses, as dead letters: a few of one message each by itself, many as one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from itertools import groupby
from operator import attrgetter
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.feeds.checked import Checked
from models.feeds.cloud_event import EnvelopeFault
from models.feeds.dead_letter_builder import (
    LARGEST_MESSAGE,
    DeadLetterBuilder,
    Refused,
    too_large,
)
from models.feeds.decode import Broken, Decoded
from models.feeds.raw_batch import RawBatch
from models.feeds.replay_run import LIVE
from models.feeds.seen import Repeats
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


def refusals_of(
    batch: RawBatch, decoded: Decoded[Any], checked: Checked[Any], repeats: Repeats
) -> list[Refusal]:
    """List what is not a row, the rows that failed a check, and those whose id was taken."""
    found = [_broken(batch, each) for each in decoded.broken]
    faults = checked.faults
    found += [_of_row(decoded, row, faults.reason(row)) for row in faults.bad_rows]
    return found + [_of_row(decoded, row, Reason.ID_TAKEN) for row in repeats.taken]


def late_of(decoded: Decoded[Any], late: NDArray[np.bool_]) -> list[Refusal]:
    """List the late rows, given their mask."""
    return [_of_row(decoded, row, Reason.LATE) for row in np.flatnonzero(late).tolist()]


def _of_row(decoded: Decoded[Any], row: int, reason: Reason) -> Refusal:
    return Refusal(decoded.records[row], decoded.elements[row], reason, row)


def _broken(batch: RawBatch, found: Broken) -> Refusal:
    """Why a message, or an object of it, is not a row."""
    value = batch.values[found.record]
    fault = too_large(value) if len(value) > LARGEST_MESSAGE else found.fault
    return Refusal(found.record, found.element, fault.reason, detail=fault.detail)


def letters(
    refusals: Iterable[Refusal],
    batch: RawBatch,
    builder: DeadLetterBuilder,
    explain: Explain,
) -> list[Rejected]:
    """Make the dead letters of a batch, in the order of its records.

    Parameters
    ----------
    refusals : iterable of Refusal
    batch : RawBatch
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
