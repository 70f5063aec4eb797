"""All subscriptions of a district as they stand, and which of their receivers are gone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import msgspec

from config.catalog import Catalog
from config.errors import ConfigError
from config.settings import Settings
from models.messages.bounds import EARLIEST_MS, LATEST_MS
from models.messages.subscriptions import Channel, Subscription
from models.messages.warnings import CityWarning
from models.warnings.identity import receiver_name
from models.warnings.routing import Router, send_at_ms
from models.warnings.subscriptions import from_entry

_FIELD: Final = b"subscription/"
_GONE: Final = b"gone"


class Subscribers:
    """Who is told; a subscription's id is the name of its receiver.

    Parameters
    ----------
    router : Router
    own : sequence of Subscription
        Those of the city's file and of the settings; one of the same id that came by the topic
        takes their place.
    """

    def __init__(self, router: Router, own: Sequence[Subscription]) -> None:
        self._router = router
        self._own = {each.id: each for each in own}
        self._added: dict[str, Subscription] = {}
        self._gone: dict[str, int] = {}  # receivers that want nothing more: version
        self._changed: set[bytes] = set()

    def apply(self, subscription: Subscription) -> None:
        """Take a version in; an older one than is known changes nothing."""
        known = self._added.get(subscription.id)
        if known is None or known.version < subscription.version:
            self._added[subscription.id] = subscription
            self._changed.add(_FIELD + subscription.id.encode())

    def remove(self, name: str) -> None:
        """Forget one that came by the topic."""
        if self._added.pop(name, None) is not None:
            self._changed.add(_FIELD + name.encode())

    def get(self, receiver: str) -> Subscription | None:
        """Give the subscription of a receiver."""
        return self._added.get(receiver) or self._own.get(receiver)

    def gone(self, receiver: str) -> None:
        """Note that a receiver wants nothing more, until its subscription is written anew."""
        found = self.get(receiver)
        if found is not None and self._gone.get(receiver) != found.version:
            self._gone[receiver] = found.version
            self._changed.add(_GONE)

    def back(self, receiver: str) -> None:
        """Let a receiver that was gone be told again."""
        if self._gone.pop(receiver, None) is not None:
            self._changed.add(_GONE)

    def of(self, change: CityWarning, published_ms: int) -> Iterator[tuple[str, int]]:
        """Give the receivers of a change, each with the time at which it may be told."""
        every = (self._own | self._added).values()
        zone = self._router.zone
        for each in self._router.receivers(every, change, published_ms):
            if self.serves(each.id):
                yield each.id, send_at_ms(each, change.level, published_ms, zone)

    def serves(self, receiver: str) -> bool:
        """Tell whether a receiver is told anything any more."""
        found = self.get(receiver)
        return (
            found is not None
            and not found.is_ended
            and self._gone.get(receiver, -1) != found.version
        )

    def changes(self) -> dict[bytes, bytes | None]:
        """Give the state fields that changed since the last call; None deletes one."""
        fields: dict[bytes, bytes | None] = {}
        for field in sorted(self._changed):
            if field == _GONE:
                fields[field] = msgspec.msgpack.encode(self._gone)
            else:
                found = self._added.get(field.removeprefix(_FIELD).decode())
                fields[field] = None if found is None else msgspec.msgpack.encode(found)
        self._changed.clear()
        return fields

    def restore(self, fields: Mapping[bytes, bytes]) -> None:
        """Load what `changes` gave."""
        self._gone = msgspec.msgpack.decode(fields.get(_GONE, b"\x80"), type=dict[str, int])
        for field, data in fields.items():
            if field.startswith(_FIELD):
                found = msgspec.msgpack.decode(data, type=Subscription)
                self._added[found.id] = found


def own_subscriptions(catalog: Catalog, settings: Settings) -> Iterator[Subscription]:
    """Give the subscriptions of the city's file, and the one of the settings' webhook.

    Raises
    ------
    ConfigError
        The address of the webhook is not valid.
    """
    zone = Router(catalog).zone
    for entry in catalog.subscriptions:
        if entry.channel != "cap" or settings.cap_dir:
            yield from_entry(entry, zone, EARLIEST_MS)
    if settings.webhook_url:
        try:
            name = receiver_name(settings.webhook_url)
        except ValueError as error:
            msg = f"environment: GRIDPULSE_WEBHOOK_URL is not a valid URL: {error}"
            raise ConfigError(msg) from None
        yield Subscription(
            id=name,
            owner=catalog.city.name["zh"],
            channel=Channel.WEBHOOK,
            address=settings.webhook_url,
            since_ms=EARLIEST_MS,
            until_ms=LATEST_MS,
        )
