"""How far all partitions have come."""

from __future__ import annotations

from models.district.horizon import Horizon
from models.feeds.frame import IDLE


def test_nothing_is_known_until_each_partition_has_spoken() -> None:
    horizon = Horizon()
    horizon.hear(0, 2, 100, 100)
    assert horizon.value_ms == 0
    horizon.hear(1, 2, 60, 60)
    assert horizon.value_ms == 60


def test_it_goes_forward_only_except_from_idle_back_to_a_time() -> None:
    horizon = Horizon()
    horizon.hear(0, 1, 100, 100)
    horizon.hear(0, 1, 50, 50)
    assert horizon.value_ms == 100
    horizon.hear(0, 1, IDLE, 120)
    assert horizon.value_ms == 120
    horizon.hear(0, 1, 130, 130)
    assert horizon.value_ms == 130


def test_an_idle_partition_holds_nobody_up() -> None:
    horizon = Horizon()
    horizon.hear(0, 2, IDLE, 10)
    horizon.hear(1, 2, 70, 70)
    assert horizon.value_ms == 70
