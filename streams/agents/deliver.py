"""District agent `deliver`: each change of a warning reaches its receivers, or is seen to have not.

The outbox (`models.warnings.outbox`) decides what is tried when, and is part of the checkpoint. A
try leaves as an effect; its receipt comes back as a record of the topic `receipts`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from config.catalog import Catalog
from config.errors import ConfigError
from config.names import RECEIPTS, WARNINGS
from config.settings import Settings
from models.messages.envelope import encode
from models.messages.receipts import Receipt
from models.messages.warnings import CityWarning
from models.warnings.identity import receiver_name
from models.warnings.outbox import Outbox
from streams.host.processor import AgentSpec, Deliver, Effect, Record, Send


class DeliverProcessor:
    """State of the agent: its outbox.

    Parameters
    ----------
    city : str
        District code: key of the messages.
    receivers : sequence of str
        Names of the receivers; without any, nothing is handed out.
    """

    def __init__(self, city: str, receivers: Sequence[str]) -> None:
        self._city = city.encode()
        self._outbox = Outbox(receivers)

    def apply(self, record: Record) -> Sequence[Effect]:
        """Take a change, or the receipt of a try, into the outbox."""
        message = record.decode()
        if isinstance(message, Receipt):
            self._outbox.answer(message, record.published_ms)
        elif isinstance(message, CityWarning):
            self._outbox.add(message, record.published_ms)
        return ()

    def tick(self, now_ms: int) -> Sequence[Effect]:
        """Hand out what is due, and give up what was tried for a day."""
        attempts, given_up = self._outbox.due(now_ms)
        return [
            *(Deliver(each.warning, each.receiver, each.attempt, self._city) for each in attempts),
            *(Send(RECEIPTS, self._city, encode(last)) for last in given_up),
        ]

    def changes(self) -> Mapping[bytes, bytes | None]:
        """Give the deliveries that changed, and the settled ones."""
        return self._outbox.changes()

    def restore(self, fields: Mapping[bytes, bytes]) -> None:
        """Load all state."""
        self._outbox.restore(fields)


def spec(catalog: Catalog, settings: Settings) -> AgentSpec:
    """Describe the agent.

    Raises
    ------
    ConfigError
        The address of the webhook is not valid.
    """
    receivers = _receivers(settings.webhook_url)
    return AgentSpec(
        "deliver",
        "district",
        (WARNINGS, RECEIPTS),
        lambda _: DeliverProcessor(catalog.city.code, receivers),
        sends=(RECEIPTS,),
    )


def _receivers(url: str) -> list[str]:
    try:
        return [receiver_name(url)] if url else []
    except ValueError as error:
        msg = f"environment: GRIDPULSE_WEBHOOK_URL is not a valid URL: {error}"
        raise ConfigError(msg) from None
