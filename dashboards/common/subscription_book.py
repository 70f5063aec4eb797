"""What the API asks of subscriptions; who starts the server brings it along."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from config.subscriptions import SubscriptionEntry
from models.messages.subscriptions import Subscription
from models.warnings.subscriptions import Rehearsal


class Subscriptions(Protocol):
    """Reads, tries and saves subscriptions. Each may raise `config.errors.GridpulseError`."""

    def known(self) -> Mapping[str, Subscription]:
        """Give the newest version of each, by id, those that ended too."""
        ...

    def made(self, entry: SubscriptionEntry, known: Subscription | None, by: str) -> Subscription:
        """Make the next version of one; raises InputError where it cannot be served."""
        ...

    def ended(self, known: Subscription, by: str) -> Subscription:
        """Make the version that ends one now."""
        ...

    def rehearsed(self, subscription: Subscription) -> Rehearsal:
        """Try one on the past; raises InputError where it would be sent too much."""
        ...

    def save(self, subscription: Subscription) -> bool:
        """Save a version; False: another than the one before it stands there by now."""
        ...
