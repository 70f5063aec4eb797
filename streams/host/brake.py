"""A brake on dead letters: refusing record after record is a bad deployment, not bad records.

It looks at runs without a single accepted record. Honest records end a run, so that hostile ones
among them never stop a partition; and where none was accepted since the start of the process, a
shorter run is enough: then it is the new deployment.
"""

from __future__ import annotations

from typing import Final

SINCE_START: Final = 200  # refused in a row, of a topic that gave nothing acceptable yet
LATER: Final = 5000  # refused in a row, of a topic that did


class Brake:
    """Runs of refused records of the topics of one partition.

    Parameters
    ----------
    since_start, later : int
        Longest runs that are let pass, before and after the first accepted record.
    """

    def __init__(self, since_start: int = SINCE_START, later: int = LATER) -> None:
        self._since_start = since_start
        self._later = later
        self._runs: dict[str, int] = {}
        self._accepted: set[str] = set()
        self.reason: str | None = None

    def note(self, topic: str, refusal: str | None) -> None:
        """Take note of a record; `refusal` says why it was refused, None: it was accepted.

        Afterwards `reason` is a sentence where nothing more should be taken.
        """
        if refusal is None:
            self._runs[topic] = 0
            self._accepted.add(topic)
            return
        run = self._runs[topic] = self._runs.get(topic, 0) + 1
        if run >= (self._later if topic in self._accepted else self._since_start):
            self.reason = (
                f"{run} records of {topic} in a row were refused and none accepted, the last "
                f"because: {refusal[:300]}; nothing more is set aside until the process is "
                "started again with what mends it (docs/operations.md, Dead letters)"
            )
