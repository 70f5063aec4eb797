"""What the archive says of whole areas, kept for a minute: many look, and each look reads weeks."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable
from datetime import date
from threading import Lock
from typing import Final, Generic, TypeVar

from config.catalog import Catalog
from config.errors import GridpulseError, ServerUnavailable
from config.settings import Settings
from models.cases.dossiers import Dossier
from models.situation.index import AreaSituation
from ops.analysis.dossiers import CasesToGroup, open_cases
from ops.analysis.situation_index import situation_of

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")
_KEPT_S: Final = 60.0
_MOST: Final = 32  # answers
_PATIENCE_S: Final = 20.0  # of who waits for another's question


class ArchiveOverview:
    """See `dashboards.common.overview.Overview`.

    Parameters
    ----------
    settings : Settings
        `archive_dir`.
    catalog : Catalog
    """

    def __init__(self, settings: Settings, catalog: Catalog) -> None:
        self._situations = Remembered[tuple[str, date], list[AreaSituation]](
            lambda asked: situation_of(settings, catalog, *asked)
        )
        self._open = Remembered[None, CasesToGroup](lambda _: open_cases(settings, catalog))

    def situation(self, level: str, day: date) -> list[AreaSituation]:
        """Give the index of all areas of a level."""
        return self._situations.of((level, day))

    def dossiers(self, within_days: int) -> list[Dossier]:
        """Give the dossiers of open cases."""
        return self._open.of(None).dossiers(within_days)


class Remembered(Generic[K, T]):
    """Answers that are kept for a minute, also that there is none; one is looked for at a time.

    Parameters
    ----------
    find : callable
        Question → answer; raises `GridpulseError`.
    now_s : callable
        A clock that is never set back.
    """

    def __init__(self, find: Callable[[K], T], now_s: Callable[[], float] = time.monotonic) -> None:
        self._find, self._now_s = find, now_s
        self._kept: dict[K, tuple[float, T | GridpulseError]] = {}
        self._finding = Lock()

    def of(self, question: K) -> T:
        """Give the answer of the last minute, or a new one.

        Raises
        ------
        GridpulseError
            As `find`; or others have asked so much that this question had no turn.
        """
        if not self._finding.acquire(timeout=_PATIENCE_S):
            msg = "the archive is being read for others; ask again in a minute"
            raise ServerUnavailable(msg)
        try:
            known = self._kept.get(question)
            if known is None or self._now_s() - known[0] > _KEPT_S:
                known = self._keep(question, self._found(question))
        finally:
            self._finding.release()
        if isinstance(known[1], GridpulseError):
            raise known[1]
        return known[1]

    def _found(self, question: K) -> T | GridpulseError:
        try:
            return self._find(question)
        except GridpulseError as error:
            return error

    def _keep(self, question: K, answer: T | GridpulseError) -> tuple[float, T | GridpulseError]:
        self._kept.pop(question, None)
        self._kept[question] = self._now_s(), answer
        while len(self._kept) > _MOST:
            self._kept.pop(next(iter(self._kept)))  # the oldest
        return self._kept[question]
