"""The past over the wall's server: one moment of the archive, or the times of a day."""

from __future__ import annotations

from datetime import date, datetime

import msgspec
import pytest

from config.errors import ServerUnavailable
from dashboards.common.city_index import CityIndex
from dashboards.moment_routes import times_of
from dashboards.rooms.leadership.live import WallLive, past_of
from models.situation.snapshot import Headline, Snapshot
from models.timing.units import DAY_MS
from tests.dashboards import factory
from tests.dashboards.api.conftest import context_of, server_of
from tests.dashboards.page import words
from tests.dashboards.web import WebClient

NOW = factory.NOW_MS


class KnownMoments:
    """Moments by their time; `fails` says that the archive cannot be read."""

    def __init__(self, *known: Snapshot, fails: bool = False) -> None:
        self._known, self._fails, self.asked = known, fails, 0

    def days(self) -> list[date]:
        return [date(2010, 4, 16)]

    def times(self, day: date) -> list[int]:
        return [each.clock_ms for each in self._known] if day == date(2010, 4, 16) else []

    def at(self, at_ms: int) -> Snapshot | None:
        self.asked += 1
        if self._fails:
            msg = "the archive cannot be read"
            raise ServerUnavailable(msg)
        found = [one for one in self._known if 0 <= at_ms - one.clock_ms <= 900_000]
        return found[-1] if found else None


def test_a_moment_is_shown_whole_and_one_that_was_not_kept_shows_nothing(
    redis_url: str, city_index: CityIndex
) -> None:
    kept = factory.snapshot(city_index.current.grid)
    client = WebClient(server_of(context_of(redis_url, city_index, moments=KnownMoments(kept))))
    told = client.get("/moment/wall?at=2010-04-16T15:06").json()
    assert (told["clock_ms"], told["day"]) == (NOW, "2010-04-16")
    assert "1,291" in told["set"]["headlines.html"] and "map:city" in told["set"]
    unknown = client.get("/moment/wall?at=2010-04-16T15:30").json()
    assert (unknown["clock_ms"], unknown["set"]) == (None, {})
    assert client.get("/moment/times?day=2010-04-16").json()["times"] == [NOW]
    for path, status in (
        ("/moment/wall?at=today", 422),
        ("/moment/times?day=2010-02-30", 422),
        ("/moment/command?at=2010-04-16T15:06", 404),
    ):
        assert client.get(path).status_code == status, path
    failing = context_of(redis_url, city_index, moments=KnownMoments(fails=True))
    answer = WebClient(server_of(failing)).get("/moment/wall?at=2010-04-16T15:06")
    assert (answer.status_code, answer.text) == (503, "the archive cannot be read\n")
    without = WebClient(server_of(context_of(redis_url, city_index)))
    assert without.get("/moment/times").status_code == 404


def test_a_day_has_its_bounds_by_local_time_and_what_was_kept(city_index: CityIndex) -> None:
    kept = factory.snapshot(city_index.current.grid)
    told = times_of(KnownMoments(kept), "2010-04-16", city_index.zone)
    assert told["times"] == [NOW]
    assert told["ends_ms"] - told["begins_ms"] == DAY_MS
    assert datetime.fromtimestamp(told["begins_ms"] / 1000, city_index.zone).hour == 0
    assert times_of(KnownMoments(), "2010-04-17", city_index.zone)["times"] == []
    with pytest.raises(ValueError, match="isoformat"):
        times_of(KnownMoments(), "yesterday", city_index.zone)


def test_numbers_of_the_wall_are_compared_once_a_minute_and_an_archive_that_fails_is_unknown(
    city_index: CityIndex,
) -> None:
    now = factory.snapshot(city_index.current.grid)
    then = msgspec.structs.replace(
        now, clock_ms=NOW - DAY_MS, headlines=[Headline(id="open_cases", value=1400)]
    )
    moments = KnownMoments(then)
    live = WallLive(moments)
    for second in range(3):
        shown = live(msgspec.structs.replace(now, clock_ms=NOW + second * 1000), city_index)
        assert "day ago 1,400" in words(shown["headlines.children"])
    assert moments.asked == 2  # a day and a year ago
    assert past_of(KnownMoments(fails=True), NOW, city_index).yesterday is None
