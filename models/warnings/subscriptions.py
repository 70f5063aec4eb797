"""Subscriptions: made from what people write, checked, and tried against the past."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta, tzinfo
from typing import Final
from urllib.parse import urlsplit

import msgspec
from shapely.geometry import Polygon

from config.catalog import Catalog
from config.errors import InputError
from config.kinds import known_rule_kinds
from config.subscriptions import Digest, QuietHours, SubscriptionEntry
from models.grid import codes
from models.grid.codes import AreaKind
from models.messages.subscriptions import Channel, DigestTime, Quiet, Subscription
from models.messages.warnings import CityWarning, Level
from models.timing.units import DAY_MS
from models.warnings.life.states import is_told
from models.warnings.routing import Router, send_at_ms

REHEARSED_DAYS: Final = 30
MOST_A_MONTH: Final = 10_000  # messages that one receiver could still be sent
_MAIL: Final = re.compile(r"[^@\s,;<>\"]{1,64}@[A-Za-z0-9.-]{1,190}")
_NAME: Final = re.compile(r"[A-Z0-9_]{1,64}")


class Rehearsal(msgspec.Struct, frozen=True, kw_only=True):
    """What a subscription would have received.

    Attributes
    ----------
    since_ms, until_ms : int
        Of the warnings it was tried on.
    changes, warnings, messages : int
        Changes of warnings, of how many warnings, in how many messages.
    """

    since_ms: int
    until_ms: int
    changes: int
    warnings: int
    messages: int


def from_entry(
    entry: SubscriptionEntry, zone: tzinfo, now_ms: int, *, version: int = 1, by: str = ""
) -> Subscription:
    """Make a subscription of what somebody wrote; days are local ones.

    Parameters
    ----------
    now_ms : int
        Where it names no first day, it begins then.
    """
    since_ms = now_ms if entry.since is None else _midnight_ms(entry.since, zone)
    return Subscription(
        id=entry.id,
        version=version,
        owner=entry.owner,
        kinds=list(entry.kinds),
        rules=list(entry.rules),
        categories=list(entry.categories),
        areas=list(entry.areas),
        polygon=list(entry.polygon),
        minimum=Level[entry.minimum.upper()],
        channel=Channel(entry.channel),
        address=entry.address,
        secret=entry.secret,
        language=entry.language,
        quiet=_quiet(entry.quiet),
        digest=_digest(entry.digest),
        since_ms=since_ms,
        until_ms=_midnight_ms(entry.until + timedelta(days=1), zone),
        by=by,
    )


def check(subscription: Subscription, catalog: Catalog, now_ms: int) -> None:
    """Make sure that a subscription can be served.

    Raises
    ------
    InputError
        What it names does not exist, it could never receive anything, or it has ended; one sentence
        that says what to mend.
    """
    wrong = next(_problems(subscription, catalog, now_ms), None)
    if wrong is not None:
        msg = f"subscription {subscription.id}: {wrong}"
        raise InputError(msg)


def rehearse(
    subscription: Subscription,
    router: Router,
    past: Iterable[CityWarning],
    until_ms: int,
    days: int = REHEARSED_DAYS,
) -> Rehearsal:
    """Try a subscription on the changes of the days before a moment, by their event time.

    Raises
    ------
    InputError
        It would have been sent more than `MOST_A_MONTH` messages in a month.
    """
    since_ms = until_ms - days * DAY_MS
    found = [
        change
        for change in past
        if since_ms <= change.updated_ms < until_ms
        and is_told(change)
        and router.is_for(subscription, change)
    ]
    sent = {_message(subscription, change, router.zone) for change in found}
    if len(sent) * REHEARSED_DAYS > MOST_A_MONTH * days:
        msg = (
            f"subscription {subscription.id}: it would have been sent {len(sent):,} messages in "
            f"{days} days, more than {MOST_A_MONTH:,} a month; narrow it, or ask for a digest"
        )
        raise InputError(msg)
    return Rehearsal(
        since_ms=since_ms,
        until_ms=until_ms,
        changes=len(found),
        warnings=len({change.id for change in found}),
        messages=len(sent),
    )


def _message(subscription: Subscription, change: CityWarning, zone: tzinfo) -> object:
    """Name the message that a change would have come with: those kept back share one."""
    at_ms = send_at_ms(subscription, change.level, change.updated_ms, zone)
    return (change.id, change.revision) if at_ms == change.updated_ms else at_ms


def _problems(subscription: Subscription, catalog: Catalog, now_ms: int) -> Iterator[str]:
    yield from _unknown("rule", subscription.rules, catalog.rules)
    yield from _unknown("kind of rule", subscription.kinds, known_rule_kinds())
    yield from _unknown("class of cases", subscription.categories, _classes(catalog))
    yield from _wrong_areas(subscription.areas, catalog)
    router = Router(catalog)
    if subscription.polygon:
        yield from _wrong_polygon(subscription, router)
    if not router.selected_rules(subscription):
        yield "no rule of the city is of these kinds, names and classes together"
    if subscription.until_ms <= now_ms:
        yield f"it has ended: `until` is {_day(subscription.until_ms - 1, router.zone)}"
    if subscription.until_ms <= subscription.since_ms:
        yield "expected `until` to be no earlier than `since`"
    if subscription.quiet is not None and subscription.quiet.begin == subscription.quiet.end:
        yield "the quiet hours begin and end at the same time; leave `quiet` out, or mend them"
    yield from _wrong_address(subscription)


def _unknown(what: str, given: Iterable[str], known: Iterable[str]) -> Iterator[str]:
    names = sorted(known)
    for name in given:
        if name not in names:
            shown = ", ".join(names[:30]) + (", …" if len(names) > 30 else "")
            yield f"there is no {what} {name!r}; known are {shown or 'none'}"


def _classes(catalog: Catalog) -> set[str]:
    return {
        name for feed in catalog.feeds.values() for name in (*feed.categories, *feed.groups)
    } | {name for rule in catalog.rules.values() for name in rule.grouped}


def _wrong_areas(areas: Sequence[str], catalog: Catalog) -> Iterator[str]:
    """Find codes that the city does not have at any date."""
    streets = {street.code for street in catalog.streets}
    for area in areas:
        try:
            kind = codes.kind_of(area)
        except ValueError as error:
            yield str(error)
            continue
        if kind is AreaKind.DISTRICT:
            known = area == catalog.city.code
        else:
            known = codes.street_code(area) in streets
        if known and kind in (AreaKind.COMMUNITY, AreaKind.CELL):
            known = _is_in_grid(area, catalog)
        if not known:
            yield f"there is no {kind} {area!r} in {catalog.city.name['en']}"


def _is_in_grid(area: str, catalog: Catalog) -> bool:
    days = {street.valid_from for street in catalog.streets}
    return any(
        f"{code:0{codes.CELL_DIGITS}d}".startswith(area)
        for day in days
        for code in catalog.grid_at(day).codes
    )


def _wrong_polygon(subscription: Subscription, router: Router) -> Iterator[str]:
    ring = subscription.polygon
    if len(ring) < 3 or not Polygon(ring).is_valid:
        yield "its polygon should have at least three corners, and sides that do not cross"
    elif not router.cells_of(subscription):
        yield "its polygon holds the middle of no cell of the city; points are [lon, lat]"


def _wrong_address(subscription: Subscription) -> Iterator[str]:
    address = subscription.address
    match subscription.channel:
        case Channel.WEBHOOK:
            yield from _wrong_url(address)
            if not _NAME.fullmatch(subscription.secret):
                yield "a webhook needs `secret`: NAME of the variable GRIDPULSE_SIGN_<NAME>"
        case Channel.MAIL if not _MAIL.fullmatch(address):
            yield f"expected one mail address, got {address!r}"
        case Channel.CHAT if not _NAME.fullmatch(address):
            yield (
                "a chat is named by the variable that holds its URL: write NAME for "
                f"GRIDPULSE_CHAT_<NAME>, got {address!r}"
            )
        case Channel.CAP if address:
            yield "the CAP feed has no address: leave it out"


def _wrong_url(address: str) -> Iterator[str]:
    try:
        parts = urlsplit(address)
        is_url = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_url = False
    if not is_url or not address.isprintable() or " " in address:
        yield f"expected an http or https URL, got {address!r}"
    elif "@" in parts.netloc or parts.fragment:
        yield "its URL holds a login or a fragment: a webhook is known by its signature"


def _quiet(written: QuietHours | None) -> Quiet | None:
    return (
        None if written is None else Quiet(begin=_minute(written.begin), end=_minute(written.end))
    )


def _digest(written: Digest | None) -> DigestTime | None:
    return None if written is None else DigestTime(every=written.every, at=_minute(written.at))


def _minute(time: str) -> int:
    hours, minutes = time.split(":")
    return int(hours) * 60 + int(minutes)


def _midnight_ms(day: date, zone: tzinfo) -> int:
    return round(datetime(day.year, day.month, day.day, tzinfo=zone).timestamp() * 1000)


def _day(at_ms: int, zone: tzinfo) -> str:
    return datetime.fromtimestamp(at_ms / 1000, zone).date().isoformat()
