"""A silent feed explains the silence of its parts, and fewer cases, for as long as it lasts."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest

from config.catalog import DropRule, Rule, SilenceRule
from config.maintenance import Maintenance, MaintenanceWindow
from config.place import AlarmBudget
from models.messages.warnings import CityWarning, Level, Reason, Suppression, WarningChange
from models.rules.contract import kind_of
from models.timing.units import HOUR_MS
from models.warnings.inhibition import Cause, Causes, kept_back
from models.warnings.throttle import AlarmThrottle, KeptBack, throttle
from tests.models.warnings.life.life_things import STREET
from tests.models.warnings.life.life_things import warning as life_warning
from tests.models.warnings.test_lifecycle import drop_rule
from tests.models.warnings.test_rule_state import ABOVE, NORMAL, run
from tests.models.warnings.warning_things import LIMIT, RULE

RAISED, CLEARED = run(*ABOVE, *NORMAL)[1]


def silence_rule(metric: str, feed: str = "cases") -> SilenceRule:
    fields: dict[str, Any] = {"kind": "silence", "detector": "silence", "metric": metric}
    return SilenceRule(**(RULE.model_dump() | fields | {"name": metric, "feed": feed}))


WHOLE = silence_rule("feed")
PARTS = [silence_rule(metric) for metric in ("sensors", "streets", "beats", "departments")]
DROPS: DropRule = drop_rule().model_copy(update={"feed": "cases"})


def test_only_the_silence_of_a_whole_feed_is_a_cause() -> None:
    assert kind_of(WHOLE).is_cause(WHOLE)
    assert not any(kind_of(rule).is_cause(rule) for rule in (*PARTS, DROPS, RULE, LIMIT))


def test_silent_parts_and_missing_cases_follow_from_it_and_nothing_else_does() -> None:
    assert all(kind_of(rule).follows_cause(rule) for rule in (*PARTS, DROPS))
    assert not any(kind_of(rule).follows_cause(rule) for rule in (WHOLE, RULE, LIMIT))


@pytest.mark.parametrize("rule", [*PARTS, DROPS])
def test_what_follows_is_inhibited_while_its_cause_lasts_and_to_the_pane_of_its_end(
    rule: Rule,
) -> None:
    causes = Causes().updated(WHOLE, [RAISED])
    assert causes.of(rule, 10**15) == RAISED.id
    ended = causes.updated(WHOLE, [CLEARED])
    end_ms = CLEARED.cleared_ms
    assert [ended.of(rule, at_ms) for at_ms in (0, end_ms, end_ms + 1)] == [
        CLEARED.id,
        CLEARED.id,
        "",
    ]
    assert Causes().of(rule, 5) == ""


def test_what_does_not_follow_is_never_inhibited() -> None:
    causes = Causes(by_feed={feed: Cause(warning="w") for feed in ("cases", "dust")})
    for rule in (WHOLE, RULE, LIMIT):
        assert causes.of(rule, 5) == ""
    assert causes.of(silence_rule("sensors", feed="hazard"), 5) == ""


def test_the_newest_change_of_a_feed_s_silence_counts_for_that_feed_alone() -> None:
    other = silence_rule("feed", feed="dust")
    causes = Causes().updated(WHOLE, [RAISED, CLEARED]).updated(other, [named("later")])
    assert causes.by_feed == {
        "cases": Cause(warning=CLEARED.id, ended_ms=CLEARED.cleared_ms),
        "dust": Cause(warning="later"),
    }
    saved = msgspec.msgpack.decode(msgspec.msgpack.encode(causes), type=Causes)
    assert saved == causes


def test_changes_of_other_rules_and_no_changes_leave_all_as_it_is() -> None:
    causes = Causes().updated(WHOLE, [RAISED])
    for rule in (*PARTS, DROPS, RULE):
        assert causes.updated(rule, [named("other")]) is causes
    assert causes.updated(WHOLE, []) is causes


def named(name: str) -> CityWarning:
    return msgspec.structs.replace(RAISED, id=name)


WORK = Maintenance.model_validate(
    {
        "windows": {
            "mains": {
                "title": {"zh": "换管", "en": "mains renewed"},
                "begins": "2024-03-04T08:00",
                "ends": "2024-03-04T10:00",
                "feeds": ("dust",),
                "areas": ("110101001",),
            }
        }
    }
)
ZONE = ZoneInfo("Asia/Shanghai")
EIGHT_MS = 1_709_510_400_000  # 2024-03-04 08:00 in Shanghai


def kept(at_ms: int, *warnings: CityWarning) -> dict[str, KeptBack]:
    return kept_back(RULE, warnings, WORK, ZONE, at_ms)


def one(name: str, area: str = STREET, level: Level = Level.YELLOW) -> CityWarning:
    return msgspec.structs.replace(life_warning(level=level, name=name), area=area)


def test_announced_work_keeps_back_what_it_disturbs_while_it_lasts_but_red() -> None:
    mine, other, red = one("mine"), one("other", "110101002"), one("red", level=Level.RED)
    expected = {"mine": (Suppression.MAINTENANCE, "maintenance/mains")}
    for at_ms, found in (
        (EIGHT_MS - 1, {}),
        (EIGHT_MS, expected),
        (EIGHT_MS + 2 * HOUR_MS - 1, expected),
        (EIGHT_MS + 2 * HOUR_MS, {}),
    ):
        assert kept(at_ms, mine, other, red) == found


def test_a_regional_warning_in_view_inhibits_local_ones_of_no_higher_level() -> None:
    region = one("region", "110101", Level.YELLOW)
    local, worse = one("local"), one("worse", "110101002", Level.ORANGE)
    assert kept(0, region, local, worse) == {"local": (Suppression.INHIBITED, "region")}
    hidden = msgspec.structs.replace(region, suppressed=Suppression.THROTTLED)
    over = msgspec.structs.replace(region, cleared_ms=5)
    for gone in (hidden, over):
        assert kept(0, gone, local, worse) == {}


def test_what_was_kept_back_comes_up_when_its_reason_ends_and_it_stands() -> None:
    budget = AlarmBudget(per_hour=6, burst=10)
    held = {"mine": KeptBack(Suppression.MAINTENANCE, "maintenance/mains")}
    state, (first,) = throttle(AlarmThrottle(), {}, [one("mine")], 1, budget, kept=held)
    assert (first.suppressed, first.inhibited_by) == held["mine"]
    standing = {"mine": first}
    assert throttle(state, standing, [], 2, budget, kept=held)[1] == []
    _, (up,) = throttle(state, standing, [], 3, budget)
    assert (up.suppressed, up.inhibited_by) == (Suppression.NONE, "")
    assert (up.change, up.reason) == (WarningChange.RAISED, Reason.RELEASED)


def test_work_that_disturbs_everything_or_ends_before_it_begins_is_refused() -> None:
    window = WORK.windows["mains"].model_dump()
    with pytest.raises(ValueError, match="not everything"):
        MaintenanceWindow.model_validate({**window, "feeds": (), "areas": ()})
    with pytest.raises(ValueError, match="ends after begins"):
        MaintenanceWindow.model_validate({**window, "ends": window["begins"]})
