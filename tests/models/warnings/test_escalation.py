"""Who is on duty, and how what nobody acknowledges goes from level to level."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from config.loader import load
from config.roster import DutyShift, Roster
from config.settings import Settings
from models.messages.commands import Acknowledge, Escalate, Shelve, Unacknowledge
from models.messages.warnings import Level, LifeState, Reason, Suppression, WarningChange
from models.timing.calendar import day_table
from models.timing.units import MINUTE_MS
from models.warnings.escalation import DutyRoster, duty_roster
from models.warnings.life.record import WarningRecord
from models.warnings.life.step import Ask, RuleCondition, Timer, due_ms, step
from models.warnings.life.table import WarningTable
from tests.models.warnings.life.life_things import (
    DUTY,
    NOW_MS,
    STREET,
    command,
    saved,
    warning,
)

BEIJING = ZoneInfo("Asia/Shanghai")


def at(text: str, zone: ZoneInfo = BEIJING, fold: int = 0) -> int:
    return round(datetime.fromisoformat(text).replace(tzinfo=zone, fold=fold).timestamp() * 1000)


def shipped() -> DutyRoster:
    roster = duty_roster(load(Settings()))
    assert roster is not None
    return roster


def post_at(roster: DutyRoster, tier: int, at_ms: int) -> str:
    duty = roster.on_duty(tier, at_ms)
    assert duty is not None
    return duty.post


@pytest.mark.parametrize(
    ("text", "operator", "leader"),
    [
        ("2024-10-11 10:00", "desk-day", "leader-workday"),  # a Friday
        ("2024-10-12 10:00", "desk-day", "leader-workday"),  # a Saturday worked in exchange, 调休
        ("2024-10-13 10:00", "desk-day", "leader-duty"),  # a Sunday
        ("2024-10-01 10:00", "desk-day", "leader-duty"),  # National Day, a Tuesday
        ("2024-10-01 08:29", "desk-night", "leader-duty"),  # the night that began on the 30th
        ("2024-10-08 08:30", "desk-day", "leader-workday"),  # the first working day
        ("2024-10-08 18:00", "desk-night", "leader-duty"),
        ("2024-10-09 00:00", "desk-night", "leader-duty"),
    ],
)
def test_duty_follows_shifts_holidays_and_days_worked_in_exchange(
    text: str, operator: str, leader: str
) -> None:
    assert post_at(shipped(), 0, at(text)) == operator
    assert post_at(shipped(), 1, at(text)) == leader


def test_a_stand_in_has_duty_from_the_first_day_until_the_day_of_return() -> None:
    found = [
        post_at(shipped(), 2, at(text))
        for text in ("2026-09-30 23:59", "2026-10-01 00:00", "2026-10-03 23:59", "2026-10-04 00:00")
    ]
    assert found == ["commander", "commander-deputy", "commander-deputy", "commander"]


def test_what_a_city_decided_of_a_day_counts() -> None:
    roster = shipped()
    days = day_table("china", {date(2024, 10, 11): False})
    changed = DutyRoster(roster.roster, roster.zone, days)
    assert post_at(changed, 1, at("2024-10-11 10:00")) == "leader-duty"


def test_before_the_roster_begins_nobody_is_named_and_time_runs_all_the_same() -> None:
    roster = shipped()
    assert roster.on_duty(0, at("2010-06-30 12:00")) is None
    assert roster.on_duty(0, -(2**45)) is None
    wait = roster.wait(0, 0, Level.RED, at("2010-06-30 12:00"))
    assert (wait.duty, wait.until_ms - wait.since_ms) == ("", 5 * MINUTE_MS)


def test_the_night_has_times_of_its_own() -> None:
    for text, minutes in (("2024-10-11 10:00", 60), ("2024-10-11 20:00", 120)):
        wait = shipped().wait(0, 0, Level.BLUE, at(text))
        assert wait.until_ms - wait.since_ms == minutes * MINUTE_MS


@pytest.mark.parametrize("day", [date(2024, 3, 10), date(2024, 11, 3)])
def test_every_minute_of_a_night_on_which_clocks_change_has_somebody(day: date) -> None:
    """New York sets its clocks forward and back in these nights; Beijing did from 1986 to 1991."""
    roster = DutyRoster(shipped().roster, ZoneInfo("America/New_York"), day_table("none"))
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=roster.zone) - timedelta(days=1)
    start = noon.astimezone(UTC)
    shifts = [
        post_at(roster, 0, round((start + timedelta(minutes=n)).timestamp() * 1000))
        for n in range(24 * 60)
    ]
    length = {3: 13.5, 11: 15.5}[day.month]  # of a night from 18:00 to 08:30
    assert shifts.count("desk-night") == length * 60


def test_waiting_is_in_minutes_that_pass_and_not_on_the_clock_of_the_wall() -> None:
    zone = ZoneInfo("America/New_York")
    roster = DutyRoster(DUTY.roster, zone, day_table("none"))
    now_ms = at("2024-11-03 01:50", zone)  # the clock goes back at 02:00
    wait = roster.wait(0, 0, Level.YELLOW, now_ms)
    assert wait.until_ms == now_ms + 30 * MINUTE_MS
    assert wait.until_ms == at("2024-11-03 01:20", zone, fold=1)


def raised(level: Level = Level.YELLOW) -> WarningRecord:
    record = step(None, RuleCondition(warning(level=level), NOW_MS), DUTY).record
    assert record is not None
    return record


def timed(record: WarningRecord, minutes: float) -> WarningRecord:
    after = step(record, Timer(NOW_MS + round(minutes * MINUTE_MS)), DUTY).record
    assert after is not None
    return after


def test_a_warning_goes_up_and_round_and_stays_at_the_top_in_the_end() -> None:
    record, path = raised(), []
    for n in range(1, 9):
        assert saved(record) == record
        record = timed(record, 30 * n)
        path.append((record.warning.life.tier, record.warning.life.round, record.warning.revision))
    assert path == [
        (1, 0, 1),
        (2, 0, 2),
        (0, 1, 3),
        (1, 1, 4),
        (2, 1, 5),
        (2, 1, 5),
        (2, 1, 5),
        (2, 1, 5),
    ]
    assert record.warning.state is LifeState.UNACKNOWLEDGED
    assert due_ms(record) is None


def test_an_escalation_is_a_revision_that_says_to_whom_and_its_audit_says_who_did_it() -> None:
    (change,) = step(raised(), Timer(NOW_MS + 31 * MINUTE_MS), DUTY).changes
    one, entry = change.warning, change.entry
    assert (one.change, one.reason) == (WarningChange.ESCALATED, Reason.UNANSWERED)
    assert one.life.waits is not None
    assert one.life.waits.duty == "leader"
    assert (entry.actor, entry.role.value, entry.duty) == ("timer", "system", "leader")
    assert entry.at_ms == NOW_MS + 31 * MINUTE_MS  # when it was handed on
    # Whoever has it next gets the whole time, however late the clock was looked at.
    assert one.life.waits.until_ms == entry.at_ms + 30 * MINUTE_MS


def test_one_millisecond_before_its_time_nothing_goes_higher() -> None:
    record = raised()
    assert step(record, Timer(NOW_MS + 30 * MINUTE_MS - 1), DUTY).changes == ()
    assert step(record, Timer(NOW_MS + 30 * MINUTE_MS), DUTY).changes != ()


@pytest.mark.parametrize("seen", [Acknowledge(), Shelve(minutes=5)])
def test_what_somebody_answers_or_keeps_from_view_does_not_go_higher(
    seen: Acknowledge | Shelve,
) -> None:
    record = step(raised(), Ask(command(seen, 0), NOW_MS), DUTY).record
    assert record is not None
    assert record.warning.life.waits is None
    assert timed(record, 4).warning.life.tier == 0


def test_what_is_seen_and_let_go_again_waits_anew_with_whoever_had_it() -> None:
    record = timed(raised(), 30)
    for action in (Acknowledge(), Unacknowledge()):
        now_ms = NOW_MS + 40 * MINUTE_MS
        after = step(record, Ask(command(action, record.warning.revision), now_ms), DUTY).record
        assert after is not None
        record = after
    assert record.warning.life.tier == 1
    assert record.warning.life.waits is not None
    assert record.warning.life.waits.since_ms == NOW_MS + 40 * MINUTE_MS


def test_a_rise_never_gives_more_time() -> None:
    up = warning(WarningChange.LEVEL_UP, Level.ORANGE)
    early = step(raised(), RuleCondition(up, NOW_MS + 2 * MINUTE_MS), DUTY).record
    late = step(raised(), RuleCondition(up, NOW_MS + 25 * MINUTE_MS), DUTY).record
    assert early is not None
    assert late is not None
    assert due_ms(early) == NOW_MS + 17 * MINUTE_MS
    assert due_ms(late) == NOW_MS + 30 * MINUTE_MS
    grown = step(late, RuleCondition(warning(WarningChange.UPDATED), NOW_MS + 28 * MINUTE_MS), DUTY)
    assert grown.record is not None
    assert due_ms(grown.record) == NOW_MS + 30 * MINUTE_MS


def test_what_comes_again_begins_with_the_operator() -> None:
    record = timed(raised(), 30)
    for each in (warning(WarningChange.CLEARED), warning()):
        after = step(record, RuleCondition(each, NOW_MS + 40 * MINUTE_MS), DUTY).record
        assert after is not None
        record = after
    assert (record.warning.life.tier, record.warning.life.round) == (0, 0)


def test_what_is_over_or_kept_back_by_the_system_waits_for_nobody() -> None:
    over = step(raised(), RuleCondition(warning(WarningChange.CLEARED), NOW_MS), DUTY).record
    hidden = step(
        None, RuleCondition(warning(suppressed=Suppression.THROTTLED), NOW_MS), DUTY
    ).record
    for record in (over, hidden):
        assert record is not None
        assert due_ms(record) is None


def test_a_command_escalates_to_the_same_levels() -> None:
    record = step(raised(), Ask(command(Escalate(), 0), NOW_MS), DUTY).record
    assert record is not None
    assert record.warning.life.waits is not None
    assert record.warning.life.waits.duty == "leader"


def test_without_a_roster_or_a_clock_nothing_goes_higher() -> None:
    for roster, now_ms in ((None, NOW_MS), (DUTY, 0)):
        record = step(None, RuleCondition(warning(level=Level.RED), now_ms), roster).record
        assert record is not None
        assert due_ms(record) is None
        assert step(record, Timer(NOW_MS * 2), roster).changes == ()


def test_a_table_hands_on_only_what_is_due_also_after_a_save() -> None:
    table = WarningTable(DUTY)
    list(table.signalled([warning()], NOW_MS))
    record = table.get(STREET)
    assert record is not None
    again = WarningTable(DUTY)
    again.put(STREET, saved(record))
    for each in (table, again):
        assert list(each.elapsed(NOW_MS + 29 * MINUTE_MS)) == []
        (change,) = each.elapsed(NOW_MS + 30 * MINUTE_MS)
        assert change.warning.life.tier == 1
        assert list(each.elapsed(NOW_MS + 30 * MINUTE_MS)) == []


def test_hours_are_those_of_the_first_post_that_has_them() -> None:
    roster = DUTY.roster.model_copy(update={"shifts": {"always": DutyShift(hours="08:30-08:30")}})
    assert isinstance(roster, Roster)
    assert post_at(DutyRoster(roster, BEIJING, day_table("none")), 0, NOW_MS) == "operator"
