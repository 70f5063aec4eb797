"""The mode in which the district is run: one at a time, switched by a commander."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class Mode(StrEnum):
    """How the district is run (四位一体): rules, clocks, priorities and roster follow it."""

    NORMAL = "normal"  # 平时
    EVENT = "event"  # 重大活动保障
    EMERGENCY = "emergency"  # 应急


MODE_NAMES: Final = {
    Mode.NORMAL: {"zh": "平时", "en": "normal"},
    Mode.EVENT: {"zh": "重大活动", "en": "major event"},
    Mode.EMERGENCY: {"zh": "应急", "en": "emergency"},
}
