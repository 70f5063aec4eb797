"""How far one partition of an agent has read each of its topics, and how long records lay there."""

from __future__ import annotations

from collections.abc import Mapping

from streams.host.fields import OFFSET, format_saved, parse_saved, unprefixed
from streams.host.offsets import Extent, Resume, Saved, resume
from streams.host.processor import Record


class ReadPositions:
    """Positions in the topics of one partition.

    Attributes
    ----------
    next : dict of str to int
        Next offset to read of each topic.
    lay_ms : dict of str to int
        How long the record applied last had lain in each topic, by the wall clock; of topics of
        which one was applied.
    applied_ms : dict of str to int
        When that was.
    """

    def __init__(self) -> None:
        self.next: dict[str, int] = {}
        self.lay_ms: dict[str, int] = {}
        self.applied_ms: dict[str, int] = {}
        self._saved: dict[str, int] = {}
        self._topic_ids: dict[str, int] = {}

    def restore(
        self, fields: Mapping[bytes, bytes], extents: Mapping[str, Extent]
    ) -> dict[str, Resume]:
        """Find where to read on in each topic from the fields of a checkpoint."""
        saved = {k.decode(): parse_saved(v) for k, v in unprefixed(fields, OFFSET).items()}
        found: dict[str, Resume] = {}
        for topic, extent in extents.items():
            start = found[topic] = resume(saved.get(topic), extent)
            self._topic_ids[topic] = extent.topic_id
            self.next[topic] = start.offset
            is_known = topic in saved and not start.is_new_topic
            self._saved[topic] = saved[topic].offset if is_known else -1
        return found

    def advance(self, record: Record, now_ms: int) -> None:
        """Note that a record was applied."""
        self.next[record.topic] = record.offset + 1
        self.lay_ms[record.topic] = max(now_ms - record.published_ms, 0)
        self.applied_ms[record.topic] = now_ms

    def changes(self) -> dict[bytes, bytes | None]:
        """Give the fields of the offsets that moved since the last save."""
        return {
            OFFSET + topic.encode(): format_saved(Saved(offset, self._topic_ids[topic]))
            for topic, offset in self.next.items()
            if offset != self._saved[topic]
        }

    def note_saved(self) -> None:
        """Take what `changes` gave as saved."""
        self._saved = dict(self.next)
