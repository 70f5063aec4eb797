"""Rules of every kind: what a file may say, and what is refused."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from config.catalog import CasesRule, ClusterRule, CountRule, DropRule, SilenceRule
from config.errors import ConfigError
from config.loader import load
from config.settings import Settings

CITY = Settings().config_dir


OWN_GROUPS = """
groups:
  works: {title: {zh: 施工, en: Works}, categories: [E0301, E0302]}
"""


def changed(folder: Path, name: str, old: str, new: str, *, kind: str = "rules") -> Settings:
    """Dongcheng with one rule, or file of another kind, changed."""
    shutil.copytree(CITY / "city" / "dongcheng", folder / "city" / "dongcheng")
    file = folder / "city" / "dongcheng" / kind / f"{name}.yaml"
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))
    return Settings(config_dir=folder)


def test_each_kind_is_its_own_model() -> None:
    rules = load(Settings()).rules
    assert isinstance(rules["case-counts"], CountRule)
    assert isinstance(rules["case-drops"], DropRule)
    assert rules["case-drops"].source == "case-drops"
    assert isinstance(rules["case-clusters"], ClusterRule)
    assert isinstance(rules["dust-silence"], SilenceRule)
    assert rules["case-counts"].source == "case-counts"
    assert rules["dust-local-excess"].source == ""


@pytest.mark.parametrize(
    ("rule", "old", "new", "wrong"),
    [
        ("case-counts", "kind: counts", "kind: guesses", "kind: expected one of case_state"),
        ("case-counts", "kind: counts", "kind: [counts]", "kind: expected one of case_state"),
        ("case-counts", "feed: cases", "feed: dust", "feed: expected a feed of kind cases"),
        ("case-counts", "minimum: 4", "minimum: 1", "minimum"),
        (
            "case-counts",
            "minimum: 4",
            f"minimum: 4{OWN_GROUPS}".replace("E0301", "E0399"),
            "expected a category of cases",
        ),
        (
            "case-counts",
            "minimum: 4",
            f"minimum: 4{OWN_GROUPS}".replace("E0301", "E0302"),
            "is in group works already",
        ),
        ("case-counts", "minimum: 4", "minimum: 4\nradius_m: 5", "radius_m"),
        ("case-drops", "minimum: 4", "minimum: 2", "minimum"),
        ("case-drops", "feed: cases", "feed: dust", "feed: expected a feed of kind cases"),
        ("case-clusters", "radius_m: 600", "radius_m: 6", "radius_m"),
        ("case-clusters", "days: 14", "days: 0", "days"),
        ("dust-silence", "metric: sensors", "metric: streets", "has no streets to listen to"),
        ("dust-silence", "metric: sensors", "metric: pm10", "metric"),
        ("case-silence", "metric: streets", "metric: sensors", "has no sensors to listen to"),
        ("overdue-share", "metric: overdue_of_backlog", "metric: luck", "expected one of backlog,"),
        ("overdue-share", "window_d: 0", "window_d: 7", "expected 0 for backlog and overdue_of"),
        ("overdue-share", "yellow: 0.75", "yellow: 75", "expected a share over 0 and up to 1"),
        ("overdue-share", "blue: 0.5", "blue: 0.8", "expected more than blue 0.8, found 0.75"),
        ("overdue-share", "feed: cases", "feed: dust", "expected a feed of kind cases"),
        ("closing-rate-low", "window_d: 7", "window_d: 0", "at least 1 for all others"),
        ("closing-rate-low", "blue: 0.7", "blue: 0.4", "expected less than blue 0.4, found 0.5"),
        ("closing-rate-low", "blue: 0.7", "blue: 0.95", "which no share passes: raise release"),
        ("closing-rate-low", "by: street", "by: cell", "by"),
        ("cases-idle", "hours: 168", "hours: 0", "expected hours over 0 for cases that are idle"),
        ("cases-idle", "hours: 168", "minimum: 30\nhours: 9", "at least minimum, 30 cases"),
        ("cases-idle", "metric: idle", "metric: lost", "metric"),
        ("cases-idle", "metric: idle", "metric: idle\ncategories: [X]", "expected a category of"),
    ],
)
def test_what_is_wrong_is_named_with_its_file(
    tmp_path: Path, rule: str, old: str, new: str, wrong: str
) -> None:
    with pytest.raises(ConfigError, match=rf"{rule}\.yaml:\d+: .*{wrong}"):
        load(changed(tmp_path, rule, old, new))


def test_rules_over_cases_share_the_groups_of_their_feed() -> None:
    city = load(Settings())
    rules = [
        rule for rule in city.rules.values() if isinstance(rule, CasesRule) and rule.feed == "cases"
    ]
    assert len(rules) == 3
    assert "building" in city.feeds["cases"].groups
    assert all(rule.groups == city.feeds["cases"].groups for rule in rules)


def test_a_rule_may_have_groups_of_its_own(tmp_path: Path) -> None:
    own = changed(tmp_path, "case-counts", "minimum: 4", f"minimum: 4{OWN_GROUPS}")
    rules = load(own).rules
    assert isinstance(rules["case-counts"], CasesRule)
    assert rules["case-counts"].groups.keys() == {"works"}
    assert isinstance(rules["case-drops"], CasesRule)
    assert "building" in rules["case-drops"].groups


@pytest.mark.parametrize(
    ("new", "wrong"),
    [("E0399", "expected a category of cases"), ("E0101", "is in group appearance already")],
)
def test_wrong_groups_of_a_feed_are_named_with_their_file(
    tmp_path: Path, new: str, wrong: str
) -> None:
    old = "categories: [E0301"
    wrong_feed = changed(tmp_path, "cases", old, f"categories: [{new}", kind="feeds")
    with pytest.raises(ConfigError, match=rf"feeds/cases\.yaml:\d+: .*{wrong}"):
        load(wrong_feed)


@pytest.mark.parametrize(
    ("extra", "wrong"),
    [
        ("plan: nowhere", "expected the name of a file in plans/"),
        ("applies: {areas: ['110102001']}", "lies in no street"),
        ("applies: {areas: ['1101']}", "pattern"),
        ("applies: {hours: 8-18}", "expected hours such as"),
        ("applies: {months: [13]}", "months"),
        ("applies: {modes: [war]}", "modes"),
        ("standing: {}", "expected rules under every, any or none"),
        ("standing: {every: [nothing]}", "expected other rules"),
        ("standing: {every: [gas-excess]}", "expected other rules"),
        ("valid_from: 2014-01-01\nvalid_to: 2013-01-01", "valid_to after valid_from"),
        ("priority: urgent", "priority"),
    ],
)
def test_what_a_rule_says_of_where_when_and_beside_whom_is_checked(
    tmp_path: Path, extra: str, wrong: str
) -> None:
    old = "priority: high\nplan: gas-leak"
    kept = "" if extra.startswith(("plan", "priority")) else "priority: high\n"
    with pytest.raises(ConfigError) as error:
        load(changed(tmp_path, "gas-excess", old, kept + extra))
    assert wrong in str(error.value)
    assert "gas-excess.yaml" in str(error.value)
