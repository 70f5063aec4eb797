"""Rules over the same counts share one baseline, and only as long as the counts stay."""

from __future__ import annotations

from datetime import date

from config.catalog import CasesRule, CountRule, DropRule
from models.monitors.case_history import CaseHistory
from models.monitors.counts.baseline import BaselineCache
from models.monitors.counts.groups import Groups
from models.monitors.counts.table import Table
from models.timing.calendar import EPOCH, day_table
from models.timing.holidays import Holidays
from tests.models.monitors.counted_cases import filled, take
from tests.streams.agents.district import dongcheng

NONE = Holidays(day_table("none"))
DAY = (date(2024, 5, 1) - EPOCH).days


def rule_of(kind: type[CasesRule]) -> CasesRule:
    (rule,) = (rule for rule in dongcheng().rules.values() if isinstance(rule, kind))
    return rule


def table_of(history: CaseHistory, rule: CasesRule) -> Table:
    table = Table(Groups(rule))
    table.update(history, history.days)
    return table


def test_rules_over_the_same_groups_get_the_same_baseline() -> None:
    history, fits = filled(dict.fromkeys(range(DAY - 200, DAY), 20)), BaselineCache()
    rises, drops = (table_of(history, rule_of(kind)) for kind in (CountRule, DropRule))
    known = fits.until(DAY, rises, history, NONE)
    assert known is not None
    assert fits.until(DAY, drops, history, NONE) is known
    assert fits.until(DAY - 7, drops, history, NONE) is not known


def test_a_rule_with_groups_of_its_own_gets_its_own() -> None:
    history, fits = filled(dict.fromkeys(range(DAY - 200, DAY), 20)), BaselineCache()
    shared = rule_of(CountRule)
    own = shared.model_copy(update={"groups": {}})
    found = [fits.until(DAY, table_of(history, rule), history, NONE) for rule in (shared, own)]
    groups = [{group for _, group in known.series} for known in found if known is not None]
    assert groups == [{"all", "appearance"}, {"all", "E0102"}]


def test_a_history_that_changed_is_fitted_anew() -> None:
    history, fits = filled(dict.fromkeys(range(DAY - 200, DAY - 60), 20)), BaselineCache()
    table = table_of(history, rule_of(CountRule))
    before = fits.until(DAY, table, history, NONE)
    for day in range(DAY - 60, DAY):
        take(history, day, 20)
    table.update(history, history.days)
    fits.forget()
    after = fits.until(DAY, table, history, NONE)
    assert before is not None
    assert after is not None
    assert before.expected(DAY, NONE).mean[0] < 15 < after.expected(DAY, NONE).mean[0]


def test_little_history_is_no_baseline_for_anyone() -> None:
    history, fits = filled(dict.fromkeys(range(DAY - 20, DAY), 20)), BaselineCache()
    for kind in (CountRule, DropRule):
        assert fits.until(DAY, table_of(history, rule_of(kind)), history, NONE) is None
