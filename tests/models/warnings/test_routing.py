"""Who is told of a change of a warning, and when."""

from __future__ import annotations

from datetime import datetime
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.catalog import Catalog
from config.loader import load
from config.settings import Settings
from models.messages.subscriptions import Channel, DigestTime, Quiet, Subscription
from models.messages.warnings import CityWarning, Level, WarningChange
from models.warnings.routing import Router, cells_within, send_at_ms

CATALOG: Catalog = load(Settings())
ROUTER = Router(CATALOG)
BEIJING = ZoneInfo("Asia/Shanghai")
NEW_YORK = ZoneInfo("America/New_York")
NOW = 1_700_000_000_000
STREET, CELL = "110101001", "110101001001001"
SUBSCRIPTION = Subscription(
    id="desk",
    owner="Duty desk",
    channel=Channel.MAIL,
    address="desk@example.org",
    since_ms=NOW,
    until_ms=NOW + 1000,
)
WARNING = CityWarning(
    id="w",
    revision=0,
    rule="dust-local-excess",
    change=WarningChange.RAISED,
    level=Level.ORANGE,
    feed="dust",
    metric="coarse",
    area=STREET,
    cells=[CELL],
    raised_ms=1,
    updated_ms=1,
)


def asking(**more: Any) -> Subscription:
    return msgspec.structs.replace(SUBSCRIPTION, **more)


def told(subscription: Subscription, **more: Any) -> bool:
    return ROUTER.is_for(subscription, msgspec.structs.replace(WARNING, **more))


@pytest.mark.parametrize(
    ("asked", "is_told"),
    [
        ({}, True),
        ({"rules": ["dust-local-excess"]}, True),
        ({"rules": ["pm10-limit"]}, False),
        ({"kinds": ["readings", "limit"]}, True),
        ({"kinds": ["limit"]}, False),
        ({"minimum": Level.ORANGE}, True),
        ({"minimum": Level.RED}, False),
        ({"areas": ["110101"]}, True),
        ({"areas": [STREET]}, True),
        ({"areas": ["110101001001"]}, True),
        ({"areas": [CELL]}, True),
        ({"areas": ["110101002", CELL]}, True),
        ({"areas": ["110101002"]}, False),
        ({"areas": ["110101001002"]}, False),
        ({"areas": ["110101001001002"]}, False),
        ({"categories": ["0301"]}, False),  # a rule over readings has no classes
    ],
)
def test_what_is_asked_for_decides(asked: dict[str, Any], is_told: bool) -> None:
    assert told(asking(**asked)) is is_told


def test_a_warning_of_a_rule_that_is_no_more_has_no_kind() -> None:
    assert told(asking(), rule="gone")
    assert not told(asking(kinds=["readings"]), rule="gone")


def test_whoever_heard_of_a_high_level_hears_of_its_fall() -> None:
    asked = asking(minimum=Level.ORANGE)
    assert told(asked, level=Level.BLUE, peak_level=Level.ORANGE)
    assert not told(asked, level=Level.BLUE, peak_level=Level.YELLOW)


@pytest.mark.parametrize("area", ["110101001", "110101001001", "110101001001001", "110101"])
def test_a_warning_without_cells_may_be_about_any_place_in_its_area(area: str) -> None:
    assert told(asking(areas=[area]), cells=[])
    assert told(asking(areas=[area]), area="110101", cells=[])
    assert told(asking(areas=[area]), area="110101002", cells=[]) is (area == "110101")


def test_a_polygon_holds_the_cells_whose_middle_it_holds() -> None:
    ring = [(116.40, 39.90), (116.41, 39.90), (116.41, 39.91), (116.40, 39.91)]
    cells = cells_within(CATALOG, ring)
    assert 60 <= len(cells) <= 110  # 0.95 km² in cells of a hectare, twice where streets changed
    inside, outside = min(cells), "110101010001001"
    assert outside not in cells
    asked = asking(polygon=ring)
    assert told(asked, cells=[inside])
    assert not told(asked, area="110101010", cells=[outside])
    assert told(asked, area=inside[:9], cells=[])
    moved = asking(polygon=[(116.41, 39.95), (116.42, 39.95), (116.42, 39.96)])
    assert not told(moved, cells=[inside]), "a new version is looked at anew"


def test_classes_of_cases_are_those_of_the_evidence() -> None:
    rule = CATALOG.rules["case-counts"]
    group = next(iter(rule.grouped))
    category = rule.grouped[group].categories[0]
    for wanted, is_told in ((group, True), (category, True), ("none", False)):
        assert told(asking(categories=[wanted]), rule="case-counts") is is_told


@pytest.mark.parametrize(
    ("published_ms", "count"), [(NOW - 1, 0), (NOW, 1), (NOW + 999, 1), (NOW + 1000, 0)]
)
def test_a_subscription_has_its_time(published_ms: int, count: int) -> None:
    assert len(list(ROUTER.receivers([SUBSCRIPTION], WARNING, published_ms))) == count


def at(text: str, zone: ZoneInfo = BEIJING) -> int:
    return round(datetime.fromisoformat(text).replace(tzinfo=zone).timestamp() * 1000)


NIGHT = Quiet(begin=22 * 60, end=7 * 60)
NOON = Quiet(begin=12 * 60, end=13 * 60)


@pytest.mark.parametrize(
    ("quiet", "moment", "sent"),
    [
        (NIGHT, "2026-03-01T21:59:59", "2026-03-01T21:59:59"),
        (NIGHT, "2026-03-01T22:00:00", "2026-03-02T07:00:00"),
        (NIGHT, "2026-03-02T00:30:00", "2026-03-02T07:00:00"),
        (NIGHT, "2026-03-02T06:59:59", "2026-03-02T07:00:00"),
        (NIGHT, "2026-03-02T07:00:00", "2026-03-02T07:00:00"),
        (NOON, "2026-03-02T12:20:00", "2026-03-02T13:00:00"),
        (NOON, "2026-03-02T13:00:00", "2026-03-02T13:00:00"),
    ],
)
def test_quiet_hours_end_at_their_end(quiet: Quiet, moment: str, sent: str) -> None:
    asked = asking(quiet=quiet)
    assert send_at_ms(asked, Level.ORANGE, at(moment), BEIJING) == at(sent)
    assert send_at_ms(asked, Level.RED, at(moment), BEIJING) == at(moment)


@pytest.mark.parametrize(
    ("digest", "moment", "sent"),
    [
        (DigestTime(every="hour", at=0), "2026-03-01T21:30:00", "2026-03-01T22:00:00"),
        (DigestTime(every="hour", at=0), "2026-03-01T22:00:00", "2026-03-01T23:00:00"),
        (DigestTime(every="hour", at=45), "2026-03-01T21:30:00", "2026-03-01T21:45:00"),
        (DigestTime(every="day", at=480), "2026-03-01T07:59:00", "2026-03-01T08:00:00"),
        (DigestTime(every="day", at=480), "2026-03-01T08:00:00", "2026-03-02T08:00:00"),
    ],
)
def test_a_digest_goes_out_at_its_time(digest: DigestTime, moment: str, sent: str) -> None:
    asked = asking(digest=digest)
    assert send_at_ms(asked, Level.BLUE, at(moment), BEIJING) == at(sent)
    assert send_at_ms(asked, Level.RED, at(moment), BEIJING) == at(moment)


def test_a_digest_in_quiet_hours_waits_for_their_end() -> None:
    asked = asking(digest=DigestTime(every="day", at=23 * 60), quiet=NIGHT)
    sent = send_at_ms(asked, Level.BLUE, at("2026-03-01T12:00:00"), BEIJING)
    assert sent == at("2026-03-02T07:00:00")


def test_an_hour_that_the_clock_leaves_out_or_repeats_loses_nothing() -> None:
    night = asking(quiet=Quiet(begin=0, end=150))  # until 02:30, which is not there on 8 March
    sent = send_at_ms(night, Level.BLUE, at("2026-03-08T01:00:00", NEW_YORK), NEW_YORK)
    assert sent == at("2026-03-08T03:30:00", NEW_YORK)
    hourly = asking(digest=DigestTime(every="hour", at=0))
    start_ms = at("2026-11-01T00:30:00", NEW_YORK)
    times = [send_at_ms(hourly, Level.BLUE, start_ms, NEW_YORK)]
    for _ in range(3):
        times.append(send_at_ms(hourly, Level.BLUE, times[-1], NEW_YORK))
    assert [b - a for a, b in pairwise(times)] == [3_600_000] * 3


@given(
    begin=st.integers(0, 1439),
    end=st.integers(0, 1439),
    every=st.sampled_from(["hour", "day", None]),
    minute=st.integers(0, 1439),
    at_ms=st.integers(NOW, NOW + 400 * 86_400_000),
    zone=st.sampled_from([BEIJING, NEW_YORK, ZoneInfo("UTC")]),
)
def test_nothing_waits_longer_than_two_days_and_nothing_goes_out_before_it_came(
    begin: int, end: int, every: Any, minute: int, at_ms: int, zone: ZoneInfo
) -> None:
    digest = DigestTime(every=every, at=minute) if every else None
    asked = asking(quiet=Quiet(begin=begin, end=end), digest=digest)
    sent_ms = send_at_ms(asked, Level.YELLOW, at_ms, zone)
    assert at_ms <= sent_ms <= at_ms + 49 * 3_600_000
    quiet_only = asking(quiet=Quiet(begin=begin, end=end))
    again = send_at_ms(quiet_only, Level.YELLOW, sent_ms, zone)
    assert again == sent_ms, "what goes out goes out outside of the quiet hours"
