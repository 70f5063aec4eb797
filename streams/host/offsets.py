"""Where to read on after a restore: a decision that loses no record and hides no loss."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Extent:
    """What a topic partition holds.

    Attributes
    ----------
    first, end : int
        Offsets of its records: the half-open interval [first, end).
    topic_id : int
        Identity of the topic; another one when it was deleted and made anew.
    """

    first: int
    end: int
    topic_id: int = 0


@dataclass(frozen=True, slots=True)
class Saved:
    """How far a checkpoint has read a topic partition."""

    offset: int
    topic_id: int = 0


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
        The topic was made anew since the checkpoint: it has another identity, or it ends before
        the checkpoint's offset.
    """

    offset: int
    gone: int = 0
    is_new_topic: bool = False


def resume(saved: Saved | None, extent: Extent) -> Resume:
    """Decide where to read on.

    The offsets that the consumer group committed play no part: without a checkpoint there is no
    state, so the topic is read from its beginning.

    Parameters
    ----------
    saved : Saved or None
        What the checkpoint says; None where it names no offset.
    extent : Extent
        What the topic partition holds now.

    Examples
    --------
    >>> resume(None, Extent(0, 500))
    Resume(offset=0, gone=0, is_new_topic=False)
    >>> resume(Saved(120), Extent(0, 500))
    Resume(offset=120, gone=0, is_new_topic=False)
    >>> resume(Saved(120), Extent(200, 500))
    Resume(offset=200, gone=80, is_new_topic=False)
    >>> resume(Saved(120), Extent(0, 7))
    Resume(offset=0, gone=0, is_new_topic=True)
    >>> resume(Saved(120, topic_id=1), Extent(0, 500, topic_id=2))
    Resume(offset=0, gone=0, is_new_topic=True)
    """
    if saved is None:
        return Resume(extent.first)
    if saved.topic_id != extent.topic_id or saved.offset > extent.end:
        return Resume(extent.first, is_new_topic=True)
    if saved.offset < extent.first:
        return Resume(extent.first, gone=extent.first - saved.offset)
    return Resume(saved.offset)
