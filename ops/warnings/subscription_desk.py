"""Subscriptions for the wall's API: read from Kafka, tried on the archive, sent.

Reading the topic takes about a second, too long for every list: what was read is kept for a few
seconds. A new version is judged by what stands there now.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from config.catalog import Catalog
from config.errors import GridpulseError, ServerUnavailable
from config.settings import Settings
from config.subscriptions import SubscriptionEntry
from models.messages.subscriptions import Subscription
from models.warnings.subscriptions import Rehearsal
from ops.warnings import subscribing

KEPT_S: Final = 5.0
_TURN_S: Final = 3.0


class SubscriptionDesk:
    """See `dashboards.common.subscription_book.Subscriptions`.

    Parameters
    ----------
    settings : Settings
    catalog : Catalog
    monotonic_s : callable
        Clock of what is kept.
    """

    def __init__(
        self,
        settings: Settings,
        catalog: Catalog,
        monotonic_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings, self._catalog = settings, catalog
        self._monotonic_s = monotonic_s
        self._lock = threading.Lock()
        self._kept: dict[str, Subscription] = {}
        self._why = ""  # the newest reading failed
        self._read_s: float | None = None

    def known(self) -> Mapping[str, Subscription]:
        """Give the newest version of each, read within the last seconds.

        Raises
        ------
        ServerUnavailable
            Kafka did not answer, now or within the last seconds.
        """
        with self._turn():
            if self._read_s is None or self._monotonic_s() - self._read_s >= KEPT_S:
                self._read()
            return self._found()

    def made(self, entry: SubscriptionEntry, known: Subscription | None, by: str) -> Subscription:
        """Make the next version, checked."""
        return subscribing.made(self._settings, self._catalog, entry, known, by)

    def ended(self, known: Subscription, by: str) -> Subscription:
        """Make the version that ends one now."""
        return subscribing.ended(known, by)

    def rehearsed(self, subscription: Subscription) -> Rehearsal:
        """Try one on the last 30 days of the archive."""
        return subscribing.rehearsal(self._settings, self._catalog, subscription)

    def save(self, subscription: Subscription) -> bool:
        """Send a version; False: another than the one before it stands there by now."""
        with self._turn():
            self._read()
            before = self._found().get(subscription.id)
            if subscription.version != (before.version if before else 0) + 1:
                return False
            subscribing.send(self._settings, subscription)
            self._kept = self._kept | {subscription.id: subscription}
            return True

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """One reads or writes at a time; who waits too long must not hold the server's threads."""
        if not self._lock.acquire(timeout=_TURN_S):
            msg = "the subscriptions are being read by others for long; try again"
            raise ServerUnavailable(msg)
        try:
            yield
        finally:
            self._lock.release()

    def _read(self) -> None:
        """Read all; a failure is kept as long as an answer, so that no crowd waits for Kafka."""
        self._why = ""
        try:
            self._kept = subscribing.subscriptions(self._settings, self._catalog)
        except GridpulseError as error:
            self._why = str(error)
        self._read_s = self._monotonic_s()

    def _found(self) -> dict[str, Subscription]:
        if self._why:
            raise ServerUnavailable(self._why)
        return self._kept
