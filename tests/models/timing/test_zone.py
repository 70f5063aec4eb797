"""Local time as tables against the standard library, at clocks set forward and back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.timing.zone import zone_of

EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - a wall clock
CHANGES = ["2024-03-10T02:00", "2024-11-03T02:00", "2024-03-31T02:00", "2024-10-27T03:00"]


@pytest.mark.parametrize("zone", ["America/New_York", "Europe/Vienna", "Asia/Shanghai"])
@given(change=st.sampled_from(CHANGES), minutes=st.integers(-300, 300))
def test_a_wall_clock_is_read_as_the_standard_library_reads_it(
    zone: str, change: str, minutes: int
) -> None:
    local = datetime.fromisoformat(change) + timedelta(minutes=minutes)
    mine = zone_of(zone).utc(np.array([(local - EPOCH) // timedelta(milliseconds=1)]))
    wanted = local.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    assert int(mine[0]) == round(wanted.timestamp() * 1000)
