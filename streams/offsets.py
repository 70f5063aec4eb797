"""Where to read on after a restore: a decision that loses no record and hides no loss."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Extent:
    """Which records a topic partition holds: offsets in the half-open interval [first, end)."""

    first: int
    end: int


@dataclass(frozen=True, slots=True)
class Resume:
    """Where to read on.

    Attributes
    ----------
    offset : int
        Next record to read.
    gone : int
        Records between the checkpoint and `offset` that retention has deleted.
    is_new_topic : bool
        The topic was made anew since the checkpoint: it ends before the checkpoint's offset.
    """

    offset: int
    gone: int = 0
    is_new_topic: bool = False


def resume(saved: int | None, extent: Extent) -> Resume:
    """Decide where to read on.

    The offsets that the consumer group committed play no part: without a checkpoint there is no
    state, so the topic is read from its beginning.

    Parameters
    ----------
    saved : int or None
        Next offset by the checkpoint; None where it holds none.
    extent : Extent
        What the topic partition holds now.

    Examples
    --------
    >>> resume(None, Extent(0, 500))
    Resume(offset=0, gone=0, is_new_topic=False)
    >>> resume(120, Extent(0, 500))
    Resume(offset=120, gone=0, is_new_topic=False)
    >>> resume(120, Extent(200, 500))
    Resume(offset=200, gone=80, is_new_topic=False)
    >>> resume(120, Extent(0, 7))
    Resume(offset=0, gone=0, is_new_topic=True)
    """
    if saved is None:
        return Resume(extent.first)
    if saved > extent.end:
        return Resume(extent.first, is_new_topic=True)
    if saved < extent.first:
        return Resume(extent.first, gone=extent.first - saved)
    return Resume(saved)
