"""Local time as tables against the standard library, at clocks set forward and back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.timing.units import DAY_MS
from models.timing.zone import zone_of


@pytest.fixture(autouse=True)
def made_anew() -> None:
    """Make each table in the test that asks for it."""
    zone_of.cache_clear()


EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - a wall clock
CHANGES = ["2024-03-10T02:00", "2024-11-03T02:00", "2024-03-31T02:00", "2024-10-27T03:00"]


@pytest.mark.parametrize("zone", ["America/New_York", "Europe/Vienna", "Asia/Shanghai"])
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(change=st.sampled_from(CHANGES), minutes=st.integers(-300, 300))
def test_a_wall_clock_is_read_as_the_standard_library_reads_it(
    zone: str, change: str, minutes: int
) -> None:
    local = datetime.fromisoformat(change) + timedelta(minutes=minutes)
    mine = zone_of(zone).utc(np.array([(local - EPOCH) // timedelta(milliseconds=1)]))
    wanted = local.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    assert int(mine[0]) == round(wanted.timestamp() * 1000)


ZONES = ["America/New_York", "Europe/Vienna", "Asia/Shanghai", "Australia/Lord_Howe", "UTC"]
# Around every change of a clock, and anywhere between.
CHANGES_MS = sorted(
    {int(ms) for zone in ZONES for ms in zone_of(zone).since_ms[1:]}
    | {round(datetime(year, 1, 1, tzinfo=UTC).timestamp() * 1000) for year in (1949, 1970, 2099)}
)
INSTANTS = st.one_of(
    st.integers(CHANGES_MS[0], CHANGES_MS[-1]),
    st.builds(int.__add__, st.sampled_from(CHANGES_MS), st.integers(-3, 3)),
)


@pytest.mark.parametrize("zone", ZONES)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(instant=INSTANTS)
def test_an_instant_is_read_as_the_standard_library_reads_it(zone: str, instant: int) -> None:
    since_epoch = timedelta(milliseconds=instant)
    local = (datetime(1970, 1, 1, tzinfo=UTC) + since_epoch).astimezone(ZoneInfo(zone))
    wanted = (local.replace(tzinfo=None) - EPOCH) // timedelta(milliseconds=1)
    table, instants = zone_of(zone), np.array([instant])
    assert int(table.local(instants)[0]) == wanted
    assert table.day_at(instant) == int(table.day(instants)[0]) == wanted // DAY_MS


def test_a_table_holds_the_changes_of_its_years_to_the_minute() -> None:
    table = zone_of("America/New_York")
    assert len(table.since_ms) == 1 + 2 * len(range(1949, 2100))
    (at,) = np.flatnonzero(table.since_ms == ms("2024-03-10T07:00:00+00:00"))
    assert (table.offset_ms[at - 1], table.offset_ms[at]) == (-5 * 3_600_000, -4 * 3_600_000)
    assert len(zone_of("UTC").since_ms) == 1
    assert zone_of("UTC") is zone_of("UTC")


def ms(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1000)
