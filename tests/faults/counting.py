"""A worker with a processor that only counts, so that every loss and every repeat shows.

Run as `python -m tests.faults.counting`: a real worker process, with the settings of its
environment.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

from config import names
from config.settings import Settings
from streams.host.processor import AgentSpec, Effect, Record, Send


class Counting:
    """Adds up the decimal numbers it is given; what is none makes it raise half-way.

    `die` ends the process, and while it holds the key `tick` its ticks fail.
    """

    def __init__(self, partition: int) -> None:
        self.partition = partition
        self.totals: dict[bytes, int] = {}
        self._changed: set[bytes] = set()

    def apply(self, record: Record) -> Sequence[Effect]:
        key, _, number = record.value.partition(b"=")
        if number == b"die":
            os._exit(9)
        self.totals[key] = self.totals.get(key, 0) + 1_000_000  # half done, if what follows fails
        total = self.totals[key] = self.totals[key] - 1_000_000 + int(number)
        self._changed.add(key)
        return [Send(names.PANES, b"110101", b"%s=%d" % (key, total))]

    def tick(self, now_ms: int) -> Sequence[Effect]:
        if b"tick" in self.totals:
            raise OverflowError(now_ms)
        return ()

    def changes(self) -> Mapping[bytes, bytes | None]:
        changed, self._changed = self._changed, set()
        return {key: b"%d" % self.totals[key] for key in changed}

    def restore(self, fields: Mapping[bytes, bytes]) -> None:
        self.totals = {key: int(value) for key, value in fields.items()}


SPEC = AgentSpec("counting", "street", (names.FRAMES, names.CASE_EVENTS), Counting)


if __name__ == "__main__":
    from config.loader import load
    from ops.processes.worker import run

    settings = Settings.from_env()
    run(settings, load(settings), [SPEC])
