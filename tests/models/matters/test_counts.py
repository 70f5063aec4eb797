"""Counts of visits and requests: totals, season, turnaround, and no person in any of it."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from config.errors import ConfigError
from config.loader import load
from models.feeds.raw import RawMessage
from models.matters.personal import personal_shape
from ops.simulation.matters import matter_messages
from ops.simulation.matters.days import Span
from tests.config.town import write_town
from tests.models.matters.line import ZONE, at, dongcheng, run, sent

TEN = "2009-03-02T10:00"
GOOD = {"unit": "civil-affairs", "class": "medical", "ts": TEN}


def test_totals_by_street_unit_and_class_and_what_is_left_open() -> None:
    found = run(
        "assistance",
        sent(
            [
                {**GOOD, "n": 5},
                {**GOOD, "n": 2, "class": "housing"},
                {"unit": "S006", "class": "medical", "n": 4, "ts": "2009-03-02T11:00"},
                {**GOOD, "n": 3, "step": "finished", "hours": 100, "ts": "2009-03-02T12:00"},
                {**GOOD, "n": 1, "step": "finished", "hours": 500, "ts": "2009-03-02T13:00"},
            ]
        ),
    )
    assert found.dead == []
    assert found.value("total") == found.value("today") == 11
    assert found.value("total", "class", "medical") == 9
    assert found.value("total", "unit", "S006") == 4
    assert found.value("total", "street", "110101006") == 4
    assert found.value("backlog") == 7
    hours = found.row("mean_hours")
    assert (hours.value, hours.numerator, hours.denominator) == (200, 800, 4)
    in_time = found.row("in_time")
    assert (in_time.value, in_time.numerator, in_time.denominator) == (75, 3, 4)


def test_the_past_that_was_not_seen_is_unknown_and_not_a_rise() -> None:
    day = at("2009-01-05T10:00")
    rows = [
        {"unit": "H01", "class": "general", "n": 10, "ts": day + number * 86_400_000}
        for number in range(40)
    ]
    short, long = run("health-visits", sent(rows[:20])), run("health-visits", sent(rows))
    assert short.value("of_usual") is None
    assert (long.row("of_usual").numerator, long.row("of_usual").denominator) == (70, 70)
    assert long.value("of_usual") == 100
    assert long.value("of_last_year") is None


def test_last_year_s_same_week_is_compared_with_once_it_was_seen() -> None:
    rows = []
    for week in range(55):
        day = at("2008-02-04T10:00") + week * 7 * 86_400_000
        n = 30 if week == 54 else 10
        rows.append({"unit": "V01", "class": "art", "n": n, "ts": day})
    found = run("blue-sky", sent(rows))
    assert found.value("of_last_year") == 300


@pytest.mark.parametrize(
    ("changed", "reason", "said"),
    [
        ({"n": -3}, "out-of-range", "n is -3, expected 1 to"),
        ({"n": 0}, "out-of-range", "n is 0"),
        ({"unit": "nobody"}, "unknown-unit", "unit is not among the 15"),
        ({"class": "meteors"}, "unknown-category", "class is none of the feed's"),
        ({"step": "finished"}, "out-of-range", "hours is missing"),
        ({"step": "finished", "hours": -1}, "out-of-range", "hours is -1"),
        ({"step": "gone"}, "wrong-shape", "Invalid enum value"),
        ({"lon": 121.0, "lat": 31.0}, "outside-city", "lies outside the city"),
        ({"name": "王小明"}, "personal-data", "field 'name' is for data of a person"),
        ({"unit": "王小明"}, "personal-data", "looks like a name"),
        ({"note": "call 13812345678"}, "personal-data", "looks like a telephone number"),
        ({"class": "110101199003071234"}, "personal-data", "looks like an id number"),
        ({"contact": "li@example.org"}, "personal-data", "looks like an e-mail address"),
    ],
)
def test_what_cannot_be_is_refused_with_its_reason_and_costs_no_neighbour(
    changed: dict[str, Any], reason: str, said: str
) -> None:
    good, bad = {**GOOD, "n": 1, "ts": at(TEN)}, {**GOOD, "n": 1, "ts": at(TEN), **changed}
    both = RawMessage(at(TEN), "civil-affairs", json.dumps([good, bad, good]).encode())
    found = run("assistance", [both])
    assert found.value("total") == 2
    ((code, text),) = found.why()
    assert code == reason
    assert said in text


def test_no_data_of_a_person_is_kept_or_repeated_anywhere() -> None:
    hidden = ("王小明", "13812345678", "110101199003071234", "Li Xiaoming")
    rows = [{**GOOD, "unit": text} for text in hidden] + [{**GOOD, "note": t} for t in hidden[1:3]]
    found = run("assistance", sent(rows))
    assert len(found.dead) == len(rows)
    assert all(letter.data == b"" for letter in found.dead)
    told = json.dumps([letter.detail for letter in found.dead], ensure_ascii=False)
    assert not any(text in told for text in hidden)
    assert found.snapshot.matters == [], "nothing came in"


def test_the_code_of_a_cell_is_no_id_number() -> None:
    found = run("assistance", sent([{**GOOD, "cell": "110101001001001"}]))
    assert found.dead == []
    assert found.value("total", "street", "110101001") == 1


def test_what_has_no_end_cannot_finish() -> None:
    row = {"unit": "H01", "class": "fever", "n": 1, "step": "finished", "hours": 1, "ts": TEN}
    found = run("health-visits", sent([row]))
    assert [code for code, _ in found.why()] == ["state-may-not-follow"]


def test_codes_and_numbers_are_no_persons() -> None:
    for text in ("internal-medicine", "H01", "20090302", "全科", "110101006", "110101006012034"):
        assert personal_shape(text) is None, text


def test_more_visits_than_the_season_explains_become_a_warning() -> None:
    catalog = dongcheng()
    start = at("2009-01-01T00:00")
    span = Span(start_ms=start, end_ms=start + 80 * 86_400_000, seed=3, zone=ZONE)
    usual = list(matter_messages(catalog.feeds["health-visits"], catalog, span))
    day = span.end_ms - 2 * 86_400_000
    wave = sent(
        {"unit": "H06", "class": "fever", "n": 12, "ts": day + hour * 3_600_000}
        for hour in range(8, 17)
    )
    calm = run("health-visits", usual, settled_ms=86_400_000)
    ill = run(
        "health-visits", sorted([*usual, *wave], key=lambda m: m.ts_ms), settled_ms=86_400_000
    )
    assert calm.rules() == set()
    assert ill.rules() == {"health-visits-counts"}
    (warning,) = [one for one in ill.warnings if one.area == "110101006"][:1]
    assert "人次" in warning.explanation["zh"]
    assert "件" not in warning.explanation["zh"].replace("条件", "")
    assert "Fever" in warning.explanation["en"]


def test_the_same_day_is_simulated_the_same_whatever_the_span() -> None:
    feed, catalog = dongcheng().feeds["elder-care"], dongcheng()
    start = at("2009-03-01T00:00")
    whole = Span(start_ms=start, end_ms=start + 4 * 86_400_000, seed=1, zone=ZONE)
    cut = start + round(timedelta(days=2).total_seconds() * 1000)
    parts = [
        Span(start_ms=start, end_ms=cut, seed=1, zone=ZONE),
        Span(start_ms=cut, end_ms=whole.end_ms, seed=1, zone=ZONE),
    ]
    made = [m for part in parts for m in matter_messages(feed, catalog, part)]
    assert made == list(matter_messages(feed, catalog, whole)) != []


TOWN = """\
    kind: counts
    title: {zh: 数, en: Counts}
    owner: {zh: 局, en: Bureau}
    source: invented
    expected_interval_s: 3600
    pane_s: 3600
    allowed_lateness_s: 600
    categories: {a: {title: {zh: 甲, en: A}}}
    units: {u: {title: {zh: 站, en: Station}, lon: 116.405, lat: 39.905}}
    """


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("categories: {a", "categories_: {a", "categories_: is not a field here"),
        ("categories: {a: {title: {zh: 甲, en: A}}}", "ends: false", "needs at least one"),
        ("source: invented", "limit_h: 3\n    source: invented", "limit_h: expected ends: true"),
        ("{u: {title: {zh: 站, en: Station}, lon: 116.405, lat: 39.905}}", "{}", "units"),
    ],
)
def test_a_wrong_file_is_refused_with_its_line(
    tmp_path: Any, old: str, new: str, said: str
) -> None:

    assert old in TOWN
    load(write_town(tmp_path / "good", feeds__counts=TOWN))
    with pytest.raises(ConfigError, match=r"counts\.yaml:\d+: ") as caught:
        load(write_town(tmp_path / "bad", feeds__counts=TOWN.replace(old, new)))
    assert said in str(caught.value)
