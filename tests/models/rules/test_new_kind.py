"""A new kind of rule is a module: configuration, checks, lint, monitor and words, and no edit."""

from __future__ import annotations

import json
import re
import shutil
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

import models.rules.kinds
from config.catalog import Catalog
from config.errors import ConfigError
from config.kinds import known_feed_kinds, known_rule_kinds, may_watch
from config.loader import load
from config.settings import Settings
from models.feeds.raw import RawMessage
from models.messages.warnings import Level
from models.rules.contract import RuleKind, rule_kinds
from ops.backtest.backtest import Backtest
from ops.backtest.rules import faults_of
from ops.config_docs import page
from tests.conftest import ROOT

ADDED = str(Path(__file__).parent / "added")
STUCK = """\
kind: stuck
title: {zh: 数值不变, en: Stuck value}
feed: noise
metric: laeq
levels: {blue: 1, red: 4}
usual_hours: 1
minimum: 0
cause: {zh: 设备故障, en: A broken device}
consequence: {zh: 数据不可信, en: Its values say nothing}
suggestion: {zh: 检修, en: Repair it}
owner: {zh: 环境科, en: Environment office}
response_minutes: 600
"""
NOON_MS = 1_700_000_000_000


@pytest.fixture(autouse=True)
def added(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The house with the folder `added` beside its own kinds of rules."""
    monkeypatch.setattr(models.rules.kinds, "__path__", [*models.rules.kinds.__path__, ADDED])
    known_rule_kinds.cache_clear()
    yield
    sys.modules.pop("models.rules.kinds.stuck", None)
    known_rule_kinds.cache_clear()


def loaded(folder: Path, stuck: str = STUCK) -> Catalog:
    """The example town with a rule of the new kind."""
    shutil.copytree(ROOT / "config" / "city" / "example", folder / "city" / "example")
    (folder / "city" / "example" / "rules" / "stuck.yaml").write_text(stuck, "utf-8")
    return load(Settings(config_dir=folder, city="example"))


def sent(catalog: Catalog, minutes: int) -> Iterator[RawMessage]:
    """Two sensors in two streets; only one of them ever changes."""
    codes = catalog.grid_at(date(2023, 11, 14)).codes.tolist()
    for n in range(minutes):
        for sensor, cell, value in (("stuck", codes[0], 55), ("well", codes[-1], 50 + n % 7)):
            ts_ms = NOON_MS + n * 60_000
            row = {"sensor": sensor, "metric": "laeq", "value": value, "cell": str(cell)}
            yield RawMessage(ts_ms, sensor, json.dumps({**row, "ts": ts_ms}).encode())


def test_a_new_kind_needs_no_edit(tmp_path: Path) -> None:
    catalog = loaded(tmp_path)
    line = Backtest(catalog, Settings(city="example"), "noise", agents=("panes", "detect", "warn"))
    line.run(sent(catalog, minutes=90))
    ((raised, *_),) = line.warnings.values()
    assert (raised.rule, raised.change, raised.level) == ("stuck", "raised", Level.BLUE)
    assert re.fullmatch(r"Equivalent level has not changed for 1\.\d+ hours\.", raised.facts["en"])


def test_a_new_kind_is_documented_and_linted(tmp_path: Path) -> None:
    assert "### StuckRule" in page()
    catalog = loaded(tmp_path, STUCK.replace("usual_hours: 1", "usual_hours: 0.01"))
    (fault,) = faults_of(catalog.model_copy(update={"rules": {"stuck": catalog.rules["stuck"]}}))
    assert (fault.rule, fault.field, fault.wrong) == (
        "stuck",
        "usual_hours",
        "is shorter than a pane",
    )


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "kind: stuck",
            "kind: bent",
            "kind: expected one of case_state, clusters, counts, deliveries",
        ),
        ("feed: noise", "feed: cases", "feed: expected a feed of kind readings, found 'cases'"),
        ("metric: laeq", "metric: pm10", r"metric: expected a metric of feed noise \(laeq\)"),
        ("usual_hours: 1", "usual_hours: 0", "usual_hours"),
        ("minimum: 0", "minimum: 3", "minimum: expected 0: any value may be stuck"),
        ("levels: {blue: 1, red: 4}", "levels: {}", "levels: expected at least one of blue"),
        ("levels: {blue: 1, red: 4}", "levels: {blue: 4, red: 1}", r"levels\.red: expected more"),
    ],
)
def test_its_own_configuration_is_checked_with_file_and_line(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    with pytest.raises(ConfigError, match=rf"stuck\.yaml:\d+: .*{said}"):
        loaded(tmp_path, STUCK.replace(old, new))


@pytest.mark.parametrize("name", rule_kinds())
def test_every_kind_fulfils_the_contract(name: str) -> None:
    kind = rule_kinds()[name]
    assert isinstance(kind, RuleKind)
    assert kind.name == name
    assert any(may_watch(name, feed) for feed in known_feed_kinds())
    assert kind.rule.is_of_metric or kind.measures.title


def test_nothing_outside_the_kinds_asks_of_which_kind_a_rule_is() -> None:
    asking = re.compile(
        r"isinstance\(\w*rule\w*, [A-Z]\w*|\.kind [!=]= [\"']\w+|models\.rules\.kinds\.\w+ "
    )
    found = [
        f"{file.relative_to(ROOT)}: {text}"
        for package in ("config", "models", "streams", "dashboards", "ops")
        for file in (ROOT / package).rglob("*.py")
        if not file.is_relative_to(ROOT / "models" / "rules")
        for text in asking.findall(file.read_text("utf-8"))
    ]
    assert found == []
