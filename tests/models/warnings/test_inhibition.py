"""A silent feed explains the silence of its parts, and fewer cases, for as long as it lasts."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from config.catalog import DropRule, Rule, SilenceRule
from models.messages.warnings import CityWarning
from models.rules.contract import kind_of
from models.warnings.inhibition import Cause, Causes
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
