"""Subscriptions: what people write is checked, and tried on the past before it is saved."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest
from pydantic import ValidationError

from config.errors import ConfigError, InputError
from config.loader import load
from config.settings import Settings
from config.subscriptions import SubscriptionEntry
from models.messages.envelope import decode, encode
from models.messages.subscriptions import Channel, DigestTime, Quiet, Subscription
from models.messages.warnings import Level, Suppression
from models.timing.units import DAY_MS
from models.warnings.subscriptions import check, from_entry, rehearse
from tests.config.town import write_town
from tests.models.warnings.test_routing import BEIJING, CATALOG, NOW, ROUTER, WARNING, at

WRITTEN: dict[str, Any] = {
    "id": "bureau-desk",
    "owner": "环保局值班室",
    "rules": ["dust-local-excess"],
    "areas": ["110101001", "110101001001"],
    "minimum": "yellow",
    "channel": "webhook",
    "address": "https://desk.example/in",
    "secret": "DESK",
    "quiet": {"begin": "22:00", "end": "07:00"},
    "digest": {"every": "day"},
    "until": date(2030, 1, 31),
}


def made(**more: Any) -> Subscription:
    return from_entry(SubscriptionEntry(**{**WRITTEN, **more}), BEIJING, NOW, by="li")


def test_what_is_written_becomes_a_subscription_that_can_travel() -> None:
    subscription = made()
    assert decode(Subscription, encode(subscription)) == subscription
    assert subscription.minimum is Level.YELLOW
    assert subscription.channel is Channel.WEBHOOK
    assert subscription.quiet == Quiet(begin=1320, end=420)
    assert subscription.digest == DigestTime(every="day", at=480)
    assert (subscription.since_ms, subscription.version, subscription.by) == (NOW, 1, "li")
    assert subscription.until_ms == at("2030-02-01T00:00:00"), "the last day is a whole one"
    assert made(since=date(2029, 5, 1)).since_ms == at("2029-05-01T00:00:00")
    check(subscription, CATALOG, NOW)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"rules": ["dust-lokal"]}, "there is no rule 'dust-lokal'; known are beat-silence"),
        ({"kinds": ["magic"]}, "there is no kind of rule 'magic'; known are case_state"),
        ({"categories": ["9999"]}, "there is no class of cases '9999'"),
        ({"areas": ["110101099"]}, "there is no street '110101099' in Dongcheng District"),
        ({"areas": ["110102"]}, "there is no district '110102'"),
        ({"areas": ["110101001999"]}, "there is no community"),
        ({"areas": ["110101001001999"]}, "there is no cell"),
        ({"areas": ["nowhere"]}, "not a valid area code"),
        ({"polygon": [(116.4, 39.9), (116.5, 39.9)]}, "at least three corners"),
        (
            {"polygon": [(116.4, 39.9), (116.5, 40.0), (116.5, 39.9), (116.4, 40.0)]},
            "sides that do not cross",
        ),
        ({"polygon": [(0, 0), (1, 0), (1, 1)]}, "holds the middle of no cell"),
        ({"kinds": ["counts"]}, "no rule of the city is of these kinds, names and classes"),
        ({"until": date(2023, 11, 14)}, "it has ended: `until` is 2023-11-14"),
        ({"since": date(2031, 1, 1)}, "expected `until` to be no earlier than `since`"),
        ({"quiet": {"begin": "07:00", "end": "07:00"}}, "begin and end at the same time"),
        ({"address": "ftp://desk.example"}, "expected an http or https URL"),
        ({"address": "https://desk.example:99999/"}, "expected an http or https URL"),
        ({"address": "https://u:p@desk.example/"}, "holds a login or a fragment"),
        ({"address": "https://desk.example/\r\nX: y"}, "expected an http or https URL"),
        ({"secret": ""}, "a webhook needs `secret`"),
        ({"channel": "mail"}, "expected one mail address"),
        ({"channel": "mail", "address": "a@b.c, d@e.f"}, "expected one mail address"),
        ({"channel": "mail", "address": "a@b.c\r\nBcc: x@y.z"}, "expected one mail address"),
        ({"channel": "chat", "address": "https://oapi"}, "GRIDPULSE_CHAT_<NAME>"),
        ({"channel": "cap"}, "the CAP feed has no address"),
    ],
)
def test_what_cannot_be_served_is_refused_in_a_sentence(
    wrong: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(InputError, match=r"^subscription bureau-desk: ") as refused:
        check(made(**wrong), CATALOG, NOW)
    assert sentence in str(refused.value)


@pytest.mark.parametrize(
    "wrong",
    [
        {"channel": "pigeon"},
        {"id": "Li Ming"},
        {"minimum": "purple"},
        {"quiet": {"begin": "22:00", "end": "24:00"}},
        {"digest": {"every": "week"}},
        {"until": None},
        {"owner": ""},
        {"colour": "red"},
    ],
)
def test_what_is_no_subscription_is_refused_by_its_model(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        SubscriptionEntry(**{**WRITTEN, **wrong})


def test_every_channel_can_be_asked_for() -> None:
    for more in (
        {"channel": "mail", "address": "desk@example.org"},
        {"channel": "chat", "address": "WECOM_DUTY"},
        {"channel": "cap", "address": ""},
    ):
        check(made(**more), CATALOG, NOW)


def history(count: int, step_ms: int) -> list[Any]:
    return [
        msgspec.structs.replace(
            WARNING, id=f"w{n // 2}", revision=n % 2, updated_ms=NOW - n * step_ms
        )
        for n in range(1, count + 1)
    ]


def test_a_rehearsal_counts_changes_warnings_and_messages() -> None:
    past = history(14, DAY_MS)
    kept_back = msgspec.structs.replace(past[0], id="x", suppressed=Suppression.THROTTLED)
    other = msgspec.structs.replace(past[0], id="y", rule="pm10-limit")
    too_old = msgspec.structs.replace(past[0], id="z", updated_ms=NOW - 31 * DAY_MS)
    found = rehearse(made(digest=None, quiet=None), ROUTER, [*past, kept_back, other, too_old], NOW)
    assert (found.changes, found.warnings, found.messages) == (14, 8, 14)
    assert (found.since_ms, found.until_ms) == (NOW - 30 * DAY_MS, NOW)


def test_a_digest_makes_one_message_of_many() -> None:
    found = rehearse(made(), ROUTER, history(200, 60_000), NOW)
    assert (found.changes, found.messages <= 2) == (200, True)


def test_more_than_ten_thousand_messages_a_month_are_refused() -> None:
    past = history(10_001, 60_000)
    with pytest.raises(InputError, match=r"10,001 messages in 30 days, more than 10,000 a month"):
        rehearse(made(digest=None, quiet=None), ROUTER, past, NOW)
    assert rehearse(made(digest=None, quiet=None), ROUTER, past[:-1], NOW).messages == 10_000


def test_a_citys_file_is_read_and_an_id_may_stand_in_it_once(tmp_path: Path) -> None:
    assert [entry.id for entry in CATALOG.subscriptions] == ["cap-feed"]
    for entry in CATALOG.subscriptions:
        check(from_entry(entry, BEIJING, 0), CATALOG, NOW)
    line = "          - {id: one, owner: Desk, channel: cap, until: 2030-01-01}\n"
    file = "        source: invented\n        subscriptions:\n" + line
    settings = write_town(tmp_path, subscriptions=file)
    assert [entry.id for entry in load(settings).subscriptions] == ["one"]
    with pytest.raises(ConfigError, match=r"subscriptions.yaml:4: .*'one' is the id of another"):
        load(write_town(tmp_path / "two", subscriptions=file + line))
    assert load(Settings(city="boston")).subscriptions == ()
