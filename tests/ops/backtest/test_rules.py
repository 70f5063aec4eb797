"""`gridpulse rules`: what is wrong with rules, and how many alarms they raise."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from config.catalog import Catalog, LevelName, LimitRule
from config.errors import InputError
from config.loader import load
from config.place import Sensor
from config.rule_scope import Applies
from config.settings import Settings
from models.monitors.counts.baseline import GUARD_DAYS, LEAST_DAYS
from models.timing.units import MINUTE_MS
from ops.backtest.overlaps import overlaps
from ops.backtest.rules import Alarm, alarms_of_report, faults_of, history_needed, project
from ops.cli import application


@pytest.fixture(scope="module")
def dongcheng() -> Catalog:
    return load(Settings())


def changed(catalog: Catalog, rule: str, **fields: object) -> Catalog:
    """The city with one rule changed, past the loader's checks."""
    rules = {**catalog.rules, rule: catalog.rules[rule].model_copy(update=fields)}
    return catalog.model_copy(update={"rules": rules})


def test_the_shipped_rules_have_no_fault() -> None:
    for city in ("dongcheng", "boston", "baltimore", "example"):
        assert faults_of(load(Settings(city=city))) == []


@pytest.mark.parametrize(
    ("rule", "field", "value", "at"),
    [
        ("dust-local-excess", "detector", "magic", "detector"),
        ("dust-local-excess", "minimum", 1e9, "minimum"),
        ("dust-local-excess", "levels", {"blue": 30, "red": 1e30}, "levels.red"),
        ("dust-local-excess", "owner", {"zh": "待定", "en": "desk"}, "owner.zh"),
        ("dust-local-excess", "suggestion", {"zh": "查", "en": " "}, "suggestion.en"),
        ("case-counts", "levels", {"red": 1e12}, "levels.red"),
        ("case-clusters", "levels", {"blue": 0.5}, "levels.blue"),
        ("gas-excess", "levels", {"blue": 30, "yellow": 1e30}, "levels.yellow"),
        ("dust-silence", "levels", {"blue": 0.5}, "levels.blue"),
    ],
)
def test_what_is_wrong_is_named(
    dongcheng: Catalog, rule: str, field: str, value: object, at: str
) -> None:
    (fault,) = faults_of(changed(dongcheng, rule, **{field: value}))
    assert (fault.rule, fault.field) == (rule, at)


def test_levels_that_the_history_at_hand_cannot_reach_are_faults(dongcheng: Catalog) -> None:
    """Before two days have passed a detector says nothing; a limit needs no history."""
    faults = faults_of(dongcheng, history_days=1)
    learned = {"dust-local-excess", "gas-excess", "health-visits-counts"}
    assert {fault.rule for fault in faults} == learned | {
        "case-counts",
        "case-drops",
        "case-clusters",
    }
    assert {f.field for f in faults if f.rule == "gas-excess"} == {"levels.blue", "levels.yellow"}
    readings = [fault for fault in faults if fault.rule in ("dust-local-excess", "gas-excess")]
    assert all("at most 0 can be reached" in fault.wrong for fault in readings)


@pytest.mark.parametrize(
    ("rule", "level"),
    [("dust-local-excess", "orange"), ("case-counts", "red"), ("case-clusters", "red")],
)
def test_a_level_is_reached_with_the_history_it_is_said_to_need_and_no_sooner(
    dongcheng: Catalog, rule: str, level: LevelName
) -> None:
    needed = history_needed(dongcheng)[rule][level]
    only = dongcheng.model_copy(update={"rules": {rule: dongcheng.rules[rule]}})
    enough, short = (
        {fault.field for fault in faults_of(only, history_days=days)}
        for days in (needed, needed - 0.1)
    )
    assert f"levels.{level}" not in enough
    assert f"levels.{level}" in short


def test_the_history_a_level_needs_is_the_same_however_the_sensors_lie(dongcheng: Catalog) -> None:
    """Thirty sensors, four of a street: 486.7 days for a red, and 400 are too few for it."""
    streets = [str(street.code) for street in dongcheng.streets_at(date(2026, 1, 1))]
    cells = [f"{streets[n % 8 if n >= 4 else 0]}001{n + 1:03}" for n in range(30)]
    title = {"zh": "点", "en": "Site"}
    sensors = {f"S{n}": Sensor(title=title, cell=cell) for n, cell in enumerate(cells)}
    feed = dongcheng.feeds["dust"].model_copy(update={"sensors": sensors})
    rule = dongcheng.rules["dust-local-excess"]
    only = dongcheng.model_copy(
        update={"rules": {rule.name: rule}, "feeds": dongcheng.feeds | {"dust": feed}}
    )
    needed = history_needed(only)[rule.name]["red"]
    for days, is_short in ((needed - 1, True), (needed + 1, False)):
        fields = {fault.field for fault in faults_of(only, history_days=days)}
        assert ("levels.red" in fields) == is_short, (needed, days)


def test_what_a_level_needs_is_said_and_a_limit_needs_nothing(dongcheng: Catalog) -> None:
    needed = history_needed(dongcheng)
    assert needed["case-clusters"]["red"] == 365
    assert needed["case-counts"]["red"] == 365 + GUARD_DAYS
    assert needed["case-counts"]["yellow"] == LEAST_DAYS  # before, nothing is judged
    assert needed["gas-excess"].keys() == {"blue", "yellow"}  # of what is learned
    assert not needed.keys() & {"pm10-limit", "dust-silence", "cases-overdue"}


def test_rarer_than_the_longest_history_supports_is_a_fault(dongcheng: Catalog) -> None:
    (fault,) = faults_of(changed(dongcheng, "case-clusters", levels={"red": 3651}))
    assert (fault.field, fault.wrong) == (
        "levels.red",
        "expected days from 1 to 3650, 365 days of cases are looked at, found 3651",
    )


def test_a_limit_beyond_what_is_accepted_is_a_fault(dongcheng: Catalog) -> None:
    rule = dongcheng.rules["gas-excess"]
    assert isinstance(rule, LimitRule)
    (limits,) = rule.limits
    beyond = limits.model_copy(update={"levels": {"blue": 10, "red": 150}})
    (fault,) = faults_of(changed(dongcheng, "gas-excess", limits=(beyond,)))
    assert (fault.field, fault.wrong) == (
        "levels.red",
        "begins at 150, values over 100 are rejected",
    )


def test_the_load_is_counted_by_owner_in_windows_of_ten_minutes(dongcheng: Catalog) -> None:
    dust = [Alarm(rule="dust-local-excess", at_ms=n * MINUTE_MS) for n in range(12)]
    gas = [Alarm(rule="gas-excess", at_ms=24 * 60 * MINUTE_MS)]
    heavy, light = project(dongcheng, [*dust, *gas])
    assert (heavy.alarms, heavy.peak, heavy.days) == (12, 10, 1.0)
    assert heavy.per_window == pytest.approx(12 / 144)
    assert heavy.flooded == 0
    assert light.rules == {"gas-excess": 1}
    assert not heavy.is_over


def test_more_than_one_in_ten_minutes_is_too_many(dongcheng: Catalog) -> None:
    flood = [Alarm(rule="gas-excess", at_ms=n * 5 * MINUTE_MS) for n in range(600)]
    (load_of_gas,) = project(dongcheng, flood)
    assert load_of_gas.is_over


def test_no_alarms_and_alarms_of_unknown_rules_are_no_load(dongcheng: Catalog) -> None:
    assert project(dongcheng, []) == []
    assert project(dongcheng, [Alarm(rule="gone", at_ms=0)]) == []


def report(folder: Path, n: int, step_s: int) -> Path:
    warnings = [
        {"rule": "gas-excess", "raised": f"2024-04-0{1 + s // 86400}T{s // 3600 % 24:02}:"
         f"{s // 60 % 60:02}:{s % 60:02}+08:00"}
        for s in range(0, n * step_s, step_s)
    ]  # fmt: skip
    file = folder / "report.json"
    file.write_text(json.dumps({"warnings": warnings}))
    return file


@pytest.mark.parametrize(("n", "step_s", "status"), [(3, 3600, 0), (600, 240, 1)])
def test_the_commands_fail_where_the_load_is_too_high(
    tmp_path: Path, n: int, step_s: int, status: int
) -> None:
    file = report(tmp_path, n, step_s)
    for command in ("lint", "load"):
        arguments = ["rules", command, "--backtest", str(file), "--json"]
        done = CliRunner().invoke(application(), arguments)
        assert done.exit_code == status
        (load_of_gas,) = json.loads(done.stdout)["load"]
        assert (load_of_gas["alarms"], load_of_gas["over"]) == (n, bool(status))


@pytest.mark.parametrize("text", ["", "[]", '{"warnings": [{}]}', '{"warnings": [{"rule": 1}]}'])
def test_what_is_no_report_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "report.json"
    file.write_text(text)
    with pytest.raises(InputError, match="expected a report"):
        alarms_of_report(file)


def test_an_archive_without_warnings_has_no_load(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRIDPULSE_ARCHIVE_DIR", str(tmp_path))
    done = CliRunner().invoke(application(), ["rules", "load"])
    assert (done.exit_code, done.stdout.strip()) == (0, "no alarms on record")


def test_a_rule_that_cannot_be_read_is_a_fault_not_a_crash(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRIDPULSE_CITY", "nowhere")
    done = CliRunner().invoke(application(), ["rules", "lint"])
    assert done.exit_code == 1
    assert "nowhere" in done.stdout


@pytest.mark.parametrize(
    ("mine", "theirs", "is_fault"),
    [
        ({}, {}, True),
        ({"areas": ("110101001",)}, {"areas": ("110101002",)}, False),
        ({"areas": ("110101001",)}, {"areas": ("110101001001",)}, True),
        ({"hours": "08:00-20:00"}, {"hours": "20:00-08:00"}, False),
        ({"hours": "08:00-20:00"}, {"hours": "19:00-08:00"}, True),
        ({"days": "working"}, {"days": "off"}, False),
        ({"modes": ("event",)}, {"modes": ("normal",)}, False),
        ({"months": (1, 2)}, {"months": (2, 3)}, True),
    ],
)
def test_rules_that_watch_the_same_at_the_same_place_and_time_overlap(
    dongcheng: Catalog, mine: dict[str, object], theirs: dict[str, object], is_fault: bool
) -> None:
    rule = dongcheng.rules["gas-excess"]
    rules = {
        name: rule.model_copy(update={"name": name, "applies": Applies.model_validate(applies)})
        for name, applies in (("one", mine), ("two", theirs))
    }
    assert list(overlaps(rules)) == ([("one", "two")] if is_fault else [])
    twin = {**dongcheng.rules, "twin": rule.model_copy(update={"name": "twin"})}
    faults = faults_of(dongcheng.model_copy(update={"rules": twin}))
    assert [(fault.rule, fault.field) for fault in faults] == [("twin", "applies")]


def test_a_level_that_no_edition_of_its_plan_has_is_a_fault(dongcheng: Catalog) -> None:
    plan = dongcheng.plans["gas-leak"]
    colours = {"red": plan.editions[0].colours["red"]}
    edition = plan.editions[0].model_copy(update={"colours": colours})
    plans = {**dongcheng.plans, "gas-leak": plan.model_copy(update={"editions": (edition,)})}
    faults = faults_of(dongcheng.model_copy(update={"plans": plans}))
    assert [fault.field for fault in faults] == ["levels.blue", "levels.orange", "levels.yellow"]
