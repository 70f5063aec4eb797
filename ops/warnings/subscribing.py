"""Subscriptions for the command line: all there are, new versions, what the past would bring."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec

from config import names
from config.catalog import Catalog
from config.documents import read_document
from config.errors import ConfigError, InputError
from config.settings import Settings
from config.subscriptions import SubscriptionEntry
from models.messages.envelope import MalformedMessage, encode
from models.messages.subscriptions import Channel, Subscription
from models.messages.topics import decode
from models.messages.warnings import CityWarning
from models.timing.units import DAY_MS
from models.warnings.reachable import ReachableHosts, server_of
from models.warnings.routing import Router
from models.warnings.subscribers import own_subscriptions
from models.warnings.subscriptions import REHEARSED_DAYS, Rehearsal, check, from_entry, rehearse
from ops.analysis.archive import connect
from ops.kafka.publish_model import ModelMessage, publish
from ops.kafka.topic_reader import read_values

_COLUMNS: Final = (
    "id, revision, rule, change, reason, scope, level, peak_level, feed, metric, area, "
    "raised_ms, updated_ms, cleared_ms, details, ingested_ms"
)


def subscriptions(settings: Settings, catalog: Catalog) -> dict[str, Subscription]:
    """Give the newest version of each subscription, by id; those of the city's file come first.

    Raises
    ------
    ServerUnavailable
        Kafka did not answer, or has no such topic.
    """
    found = {each.id: each for each in own_subscriptions(catalog, settings)}
    for value in read_values(settings, names.SUBSCRIPTIONS):
        try:
            message = decode(names.SUBSCRIPTIONS, value)
        except MalformedMessage:
            continue  # the agent sets it aside
        if isinstance(message, Subscription):
            known = found.get(message.id)
            if known is None or known.version <= message.version:
                found[message.id] = message
    return found


def read_entry(file: Path) -> SubscriptionEntry:
    """Read a subscription from a YAML file; raises ConfigError with the line to mend."""
    return read_document(file).parse(SubscriptionEntry)


def made(
    settings: Settings,
    catalog: Catalog,
    entry: SubscriptionEntry,
    known: Subscription | None,
    by: str,
) -> Subscription:
    """Make the next version of a subscription, checked.

    Raises
    ------
    InputError
        It cannot be served; the sentence says why.
    """
    now_ms = round(time.time() * 1000)
    version = known.version + 1 if known else 1
    zone = ZoneInfo(catalog.city.timezone)
    subscription = from_entry(entry, zone, now_ms, version=version, by=by)
    check(subscription, catalog, now_ms)
    check_host(subscription, settings)
    return subscription


def check_host(subscription: Subscription, settings: Settings) -> None:
    """Make sure that a webhook leads to a host that is listed.

    Raises
    ------
    InputError
        It does not.
    """
    if subscription.channel is not Channel.WEBHOOK:
        return
    try:
        hosts = ReachableHosts.parse(settings.webhook_hosts, settings.webhook_url)
    except ValueError as error:
        msg = f"environment: GRIDPULSE_WEBHOOK_HOSTS is not valid: {error}"
        raise ConfigError(msg) from None
    server = server_of(subscription.address)
    if server is None or not hosts.lists(*server):
        msg = (
            f"subscription {subscription.id}: the host of {subscription.address} is not listed in "
            "GRIDPULSE_WEBHOOK_HOSTS"
        )
        raise InputError(msg)


def send(settings: Settings, subscription: Subscription) -> None:
    """Publish a version, a copy in each partition.

    Raises
    ------
    ServerUnavailable
        Kafka did not take it.
    """
    key, value = subscription.id.encode(), encode(subscription)
    numbers = range(settings.district_partitions)
    copies = [ModelMessage(key=key, value=value, partition=number) for number in numbers]
    publish(copies, names.SUBSCRIPTIONS, settings)


def ended(subscription: Subscription, by: str) -> Subscription:
    """Give the version that ends a subscription now."""
    now_ms = round(time.time() * 1000)
    return msgspec.structs.replace(
        subscription,
        version=subscription.version + 1,
        until_ms=min(subscription.until_ms, now_ms),
        is_ended=True,
        by=by,
    )


def rehearsal(settings: Settings, catalog: Catalog, subscription: Subscription) -> Rehearsal:
    """Try a subscription on the last 30 days of the archive, which may end in the past.

    Raises
    ------
    InputError
        It would have been sent too much.
    """
    connection = connect(settings.archive_dir)
    newest = connection.execute("SELECT max(updated_ms) FROM warnings").fetchone()[0]
    now_ms = round(time.time() * 1000)
    is_of_the_past = newest is not None and newest < now_ms - REHEARSED_DAYS * DAY_MS
    until_ms = int(newest) + 1 if is_of_the_past else now_ms
    return rehearse(subscription, Router(catalog), _archived(connection, until_ms), until_ms)


def _archived(connection: Any, until_ms: int) -> Iterator[CityWarning]:
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM warnings WHERE updated_ms >= ? AND updated_ms < ?",
        [until_ms - REHEARSED_DAYS * DAY_MS, until_ms],
    )
    fields = [each[0] for each in rows.description]
    while row := rows.fetchone():
        values = dict(zip(fields, row, strict=True))
        details = msgspec.json.decode(values.pop("details"))
        known = {name: value for name, value in values.items() if value is not None}
        yield msgspec.convert(known | details, type=CityWarning)
