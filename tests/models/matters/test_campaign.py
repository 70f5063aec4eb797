"""Campaigns: coverage with its denominator, pace, states that became worse, and the recheck."""

from __future__ import annotations

import json
from datetime import date
from math import ceil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from config.errors import ConfigError
from config.loader import load
from models.feeds.kinds.campaign.book import CampaignBook
from models.feeds.kinds.campaign.config import CampaignFeed
from models.feeds.raw import RawMessage
from models.matters.sampling import days_to_finish, error_share, recheck_size
from models.messages.matters import MatterRecord
from ops.simulation.matters import matter_messages
from ops.simulation.matters.days import Span
from tests.config.town import write_town
from tests.models.matters.line import ZONE, at, dongcheng, run, sent

CELL = "110101001001001"
DAY_MS = 86_400_000


def visit(relic: str, state: str, ts: str, **more: str) -> dict[str, str]:
    return {"object": relic, "type": "visited", "state": state, "ts": ts, "cell": CELL, **more}


def planned(*relics: str, ts: str = "2009-01-01T00:10") -> list[dict[str, str]]:
    return [
        {"object": r, "type": "planned", "state": "intact", "ts": ts, "cell": CELL} for r in relics
    ]


def test_the_liquor_campaign_ends_with_the_numbers_of_the_report() -> None:
    """2,873 visited, 2,576 registered: 89.66 %."""
    feed = dongcheng().feeds["liquor"]
    span = Span(start_ms=at("2007-04-01T00:00"), end_ms=at("2007-07-01T00:00"), seed=2, zone=ZONE)
    messages = list(matter_messages(feed, dongcheng(), span))
    found = run("liquor", messages)
    assert found.dead == []
    goal, coverage = found.row("goal"), found.row("coverage")
    assert (goal.numerator, goal.denominator) == (2576, 2873)
    assert goal.value == pytest.approx(89.66, abs=0.005)
    assert (coverage.numerator, coverage.denominator) == (2873, 2873)
    streets = [row for row in found.matter.rows if (row.by, row.code) == ("street", "covered")]
    assert len(streets) == 10
    assert sum(row.value or 0 for row in streets) == 2873
    assert found.value("recheck_size") == found.value("rechecked") == 58
    assert found.value("behind") == 0
    half = run("liquor", [m for m in messages if m.ts_ms < at("2007-05-16T00:00")])
    assert half.value("plan_share") == 50
    pace = half.row("finish_days")
    assert pace.value is not None and pace.low is not None and pace.high is not None
    assert pace.low < pace.value < pace.high < 50


def test_a_relic_that_became_worse_is_told_and_warned_of_until_somebody_closes_it() -> None:
    rows = [
        *planned("a", "b", "c"),
        visit("a", "intact", "2009-01-05T10:00", team="T1"),
        visit("b", "leaning", "2009-01-05T11:00", team="T2"),
        visit("c", "intact", "2009-01-05T12:00"),
        visit("c", "missing", "2009-01-06T12:00"),
        visit("c", "missing", "2009-01-07T12:00"),
    ]
    found = run("relics", sent(rows), settled_ms=DAY_MS)
    assert found.value("worse") == 2
    assert [(one.subject, one.state) for one in found.matter.watched] == [
        ("c", "missing"),
        ("b", "leaning"),
    ]
    assert found.rules() == {"relics-worse"}
    assert [(w.cleared_ms, w.level.name) for w in found.warnings] == [(0, "ORANGE")]
    assert found.value("in", "state", "missing") == 1
    assert found.value("covered", "team", "T2") == 1
    repaired = run("relics", sent([*rows, visit("c", "intact", "2009-01-08T12:00")]))
    assert repaired.value("worse") == 1


def test_each_quarter_covers_all_anew_and_compares_with_the_one_before() -> None:
    first = [*planned("a", "b"), visit("a", "leaning", "2009-01-05T10:00")]
    next_quarter = [visit("b", "intact", "2009-04-02T10:00")]
    found = run("relics", sent(first + next_quarter))
    coverage = found.row("coverage")
    assert (coverage.numerator, coverage.denominator) == (1, 77)
    assert found.value("worse") == 1, "nobody has looked again"
    known = [*first, *next_quarter, visit("a", "leaning", "2009-04-03T10:00")]
    assert run("relics", sent(known)).value("worse") == 0, "no worse than last quarter"


@pytest.mark.parametrize(
    ("row", "reason", "said"),
    [
        (visit("z", "intact", "2009-01-05T10:00"), "unknown-object", "was never planned"),
        (visit("a", "burnt", "2009-01-05T10:00"), "unknown-state", "expected one of intact"),
        (visit("a", "intact", "2009-01-05T10:00", team="T9"), "unknown-unit", "expected one of T1"),
        (visit("", "intact", "2009-01-05T10:00"), "wrong-shape", "length"),
        (
            {**visit("a", "intact", "2009-01-05T10:00"), "cell": "110101001999999"},
            "unknown-cell",
            "which the city's grid does not have",
        ),
        (visit("gone", "intact", "2009-01-06T10:00"), "state-may-not-follow", "is demolished"),
    ],
)
def test_what_cannot_be_is_refused_with_its_reason_and_costs_no_neighbour(
    row: dict[str, Any], reason: str, said: str
) -> None:
    rows = [*planned("a", "gone"), visit("gone", "demolished", "2009-01-05T09:00")]
    rows += [row, visit("a", "intact", "2009-01-07T10:00")]
    found = run("relics", sent(rows))
    ((code, text),) = found.why()
    assert code == reason
    assert said in text
    assert found.value("covered") == 2
    by_street = {"unknown-object", "state-may-not-follow"}
    assert found.matter.refused == ({reason: 1} if reason in by_street else {})
    resent = json.loads(found.dead[0].data)
    assert resent["object"] == row["object"], "it can be sent again as it stands"
    assert resent["ts"] == at(row["ts"])


def test_a_visit_after_its_plan_was_sent_again_counts() -> None:
    lost = run("relics", sent([visit("a", "intact", "2009-01-05T10:00")]))
    again = [RawMessage(at("2009-01-05T11:00"), "a", lost.dead[0].data)]
    found = run("relics", [*sent(planned("a")), *again])
    assert found.dead == []
    assert found.value("covered") == 1


def test_a_recheck_counts_errors_of_the_team_that_was_wrong() -> None:
    def row(kind: str, state: str, hour: int, n: str) -> dict[str, str]:
        ts = f"2008-02-05T{hour}:00"
        return {"object": n, "type": kind, "state": state, "team": "T1", "ts": ts, "cell": CELL}

    rows = [row("visited", "clean", 10, n) for n in "abcd"]  # the census takes unplanned ones
    rows += [row("rechecked", "clean", 12, n) for n in "abc"] + [row("rechecked", "water", 12, "d")]
    rows += [row("spot-checked", "air", 13, "a")]
    found = run("pollution-sources", sent(rows))
    wrong = found.row("wrong_share")
    assert (wrong.value, wrong.numerator, wrong.denominator) == (25, 1, 4)
    assert wrong.low is not None and wrong.high is not None and wrong.low < 25 < wrong.high
    assert found.row("wrong_share", "team", "T1").numerator == 1
    assert found.value("spot_share") == 100
    assert found.value("in", "state", "water") == 1, "the check corrects"


objects = st.sampled_from(["a", "b", "c", "d"])
states = st.sampled_from(["intact", "leaning", "damaged", "missing"])
histories = st.lists(st.tuples(objects, states, st.integers(0, 200)), max_size=25)


@given(histories, st.randoms(use_true_random=False))
def test_counts_follow_every_object_whatever_the_order(history: Any, chance: Any) -> None:
    """The newest visit of each object stands, and the counts are those of a recount."""
    feed = dongcheng().feeds["relics"]
    assert isinstance(feed, CampaignFeed)
    book = CampaignBook(feed, ZONE, lambda cell: (("all", ""), ("street", cell[:9])))
    start = at("2009-01-01T00:00")
    for n, name in enumerate("abcd"):
        book.apply(MatterRecord(ts_ms=start, cell=CELL, offset=n, what="planned", subject=name))
    given_ = list(enumerate(history, start=10))
    chance.shuffle(given_)
    for offset, (name, state, hour) in given_:
        record = MatterRecord(
            ts_ms=start + hour * 3_600_000,
            cell=CELL,
            offset=offset,
            what="visited",
            subject=name,
            state=state,
        )
        assert book.apply(record) is None
    book.advance(start + DAY_MS)
    newest: dict[str, tuple[int, int, str]] = {}
    for offset, (name, state, hour) in enumerate(history, start=10):
        if hour > 0:
            newest[name] = max(newest.get(name, (0, 0, "")), (hour, offset, state))
    counts = {(c.by, c.group, c.code): c.value for c in book.counts()}
    seen = {name: kept[2] for name, kept in newest.items()}
    for state in ("intact", "leaning", "damaged", "missing"):
        expected = sum(found == state for found in seen.values())
        at_start = sum(h == 0 and n not in seen and s == state for n, s, h in history)
        if not at_start:
            assert counts.get(("state", state, "in"), 0) == expected
    assert counts["all", "", "planned"] == counts["street", CELL[:9], "planned"] == 4


def test_a_recheck_of_this_size_finds_what_the_plan_promises() -> None:
    assert recheck_size(2400, 0.05, 0.95) == 58
    assert recheck_size(10, 0.05, 0.95) == 10, "one wrong of ten is only found by looking at all"
    assert recheck_size(2400, 0.001, 0.95) > 1500
    assert error_share(0, 0, 0.95) is None
    assert days_to_finish(5, [1.0, 1.0]) is None, "two days are no pace"


@settings(max_examples=40)
@given(st.integers(1, 3000), st.floats(0.01, 0.5), st.floats(0.5, 0.99))
def test_a_recheck_is_the_smallest_that_is_sure_enough(n: int, limit: float, sure: float) -> None:
    size, wrong = recheck_size(n, limit, sure), ceil(limit * n)
    assert stats.hypergeom.pmf(0, n, wrong, size) <= 1 - sure + 1e-9
    assert size == 0 or stats.hypergeom.pmf(0, n, wrong, size - 1) > 1 - sure - 1e-9


def test_plans_say_how_much_should_be_done() -> None:
    liquor = dongcheng().feeds["liquor"]
    assert isinstance(liquor, CampaignFeed)
    shares = [liquor.planned_share(date(2007, *day)) for day in ((3, 1), (5, 15), (6, 30), (8, 1))]
    assert shares == [0.0, 0.5, 1.0, 1.0]
    relics = dongcheng().feeds["relics"]
    assert isinstance(relics, CampaignFeed)
    assert relics.round_at(date(2009, 11, 3)) == (date(2009, 10, 1), date(2009, 12, 31))
    assert relics.planned_share(date(2009, 12, 31)) == 1.0


TOWN = """\
    kind: campaign
    title: {zh: 查, en: Survey}
    owner: {zh: 局, en: Bureau}
    source: invented
    expected_interval_s: 3600
    pane_s: 3600
    allowed_lateness_s: 600
    starts: 2009-01-01
    due: 2009-03-31
    objects: 5
    plan: {2009-02-01: 0.5, 2009-03-31: 1.0}
    states: {a: {title: {zh: 甲, en: A}, to: [b]}, b: {title: {zh: 乙, en: B}}}
    """


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("    due: 2009-03-31\n", "", "due: is required and missing"),
        ("    objects: 5\n", "", "objects: is required and missing"),
        ("due: 2009-03-31", "due: 2008-03-31", "due: expected a day from 2009-01-01 on"),
        ("to: [b]", "to: [c]", "expected one of a, b, found 'c'"),
        ("2009-03-31: 1.0", "2009-03-31: 0.9", "expected that it ends with 1 on 2009-03-31"),
        ("2009-02-01: 0.5", "2010-02-01: 0.5", "expected days up to 2009-03-31"),
        ("objects: 5", "objects: 5\n    every: month", "expected none where the objects are"),
    ],
)
def test_a_campaign_without_a_plan_is_refused_with_its_line(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    assert old in TOWN
    load(write_town(tmp_path / "good", feeds__survey=TOWN))
    with pytest.raises(ConfigError, match=r"survey\.yaml:\d+: ") as caught:
        load(write_town(tmp_path / "bad", feeds__survey=TOWN.replace(old, new)))
    assert said in str(caught.value)
