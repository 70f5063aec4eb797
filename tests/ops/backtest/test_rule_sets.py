"""Two rule sets over one archive: the same rules warn alike, others where they differ."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from config import names
from config.errors import InputError
from config.loader import load
from config.settings import Settings
from models.feeds.raw import RawMessage
from models.messages.envelope import header_of
from models.messages.panes import PaneHeader, ReadingPane
from models.messages.topics import decode
from models.messages.warnings import Level, WarningChange
from ops.backtest.archived_panes import archived_panes
from ops.backtest.backtest import Backtest
from ops.backtest.rule_sets import CURRENT, catalog_of, compared, not_run, run_rules
from ops.cli import application
from tests.config.town import write_town
from tests.models.warnings.life.life_things import Y, warning

START_MS = 1_709_510_400_000
LIMIT = """\
        title: {zh: 超标, en: Over the limit}
        kind: limit
        feed: dust
        metric: pm10
        limits:
          - valid_from: 1970-01-01
            source: {zh: 虚构, en: invented}
            levels: {blue: 90, orange: 250}
        raise_after: RAISE
        cause: {zh: 因, en: cause}
        consequence: {zh: 果, en: consequence}
        suggestion: {zh: 策, en: suggestion}
        owner: {zh: 局, en: Bureau}
        response_minutes: 60
"""


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory) -> tuple[Settings, Backtest, list[bytes]]:
    """A day with two hours over the limit, its archive, and the panes it was made of."""
    folder = tmp_path_factory.mktemp("past")
    town = write_town(folder, rules__limit=LIMIT.replace("RAISE", "1"))
    settings = town
    values = [120.0 if 300 <= minute < 420 else 40.0 for minute in range(0, 1440, 15)]
    messages = [
        RawMessage(
            ts_ms=START_MS + 900_000 * n,
            key="S1",
            value=json.dumps(
                {"sensor": "S1", "metric": "pm10", "value": value, "ts": START_MS + 900_000 * n}
            ).encode(),
        )
        for n, value in enumerate(values)
        if not 50 <= n < 60  # nobody speaks for a while
    ]
    panes: list[bytes] = []

    def observe(topic: str, _: bytes, value: bytes) -> None:
        if topic == names.PANES and value.startswith(header_of(PaneHeader)):
            panes.append(value)

    archive = folder / "archive"
    run = Backtest(catalog_of(settings, CURRENT), settings, "dust", observe, archive=archive)
    run.run(messages)
    return settings, run, panes


def test_the_archive_gives_the_panes_it_was_made_of(
    past: tuple[Settings, Backtest, list[bytes]],
) -> None:
    settings, _, panes = past
    archive = settings.config_dir / "archive"
    found = list(archived_panes(archive, catalog_of(settings, CURRENT), 0, 2**62))
    expected = {}
    for value in panes:
        pane = decode(names.PANES, value)
        assert isinstance(pane, ReadingPane)
        if pane.header.rows:
            expected[pane.header.start_ms] = pane.columns
    starts = []
    for value in found:
        pane = decode(names.PANES, value)
        assert isinstance(pane, ReadingPane)
        starts.append(pane.header.start_ms)
        for name, column in expected.get(pane.header.start_ms, {}).items():
            np.testing.assert_allclose(pane.columns[name], column)
    assert starts == list(range(starts[0], starts[-1] + 1, 900_000)), "no pane is missing"
    assert set(expected) <= set(starts)


def test_the_same_rules_warn_as_the_backtest_did(
    past: tuple[Settings, Backtest, list[bytes]],
) -> None:
    settings, run, _ = past
    lives = run_rules(catalog_of(settings, CURRENT), settings, settings.config_dir / "archive")
    told = {name: [(c.change, c.level, c.updated_ms) for c in life] for name, life in lives.items()}
    expected = {
        name: [(c.change, c.level, c.updated_ms) for c in life]
        for name, life in run.warnings.items()
        if life[0].rule == "limit"
    }
    assert {name: life for name, life in told.items() if name.startswith("limit")} == expected
    assert next(level for life in expected.values() for _, level, _ in life) is Level.BLUE


def test_a_slower_rule_warns_later_and_is_compared(
    past: tuple[Settings, Backtest, list[bytes]], tmp_path: Path
) -> None:
    settings, _, _ = past
    archive = settings.config_dir / "archive"
    rules = tmp_path / "slow"
    rules.mkdir()
    own = settings.config_dir / "city" / "town" / "rules" / "limit.yaml"
    (rules / "limit.yaml").write_text(own.read_text().replace("raise_after: 1", "raise_after: 3"))
    env = {
        "GRIDPULSE_CONFIG_DIR": str(settings.config_dir),
        "GRIDPULSE_CITY": "town",
        "GRIDPULSE_ARCHIVE_DIR": str(archive),
    }
    arguments = ["rules", "backtest", str(rules), "current", "--json"]
    result = CliRunner().invoke(application(), arguments, env=env)
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert found["both"] == 1
    assert found["lead_min"] == {"earlier_in_b": 1, "later_in_b": 0, "median": 30.0}
    assert found["a"]["load"]["called"] == 1
    early = CliRunner().invoke(application(), [*arguments, "--until", "2024-03-04T09:00"], env=env)
    assert json.loads(early.stdout)["both"] == 0


def test_what_only_one_has_is_named() -> None:
    one = {"a": [warning(WarningChange.RAISED), warning(WarningChange.CLEARED)]}
    other = {"b": [warning(WarningChange.RAISED, name=Y)]}
    found = compared(one, {})
    assert found["only_a"] == [one["a"][0].id]
    assert compared({}, other)["only_b"] == [Y]
    assert compared(one, other)["both"] == 1
    assert compared({}, {})["lead_min"]["median"] is None


def test_a_folder_without_rules_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="expected a folder of rules"):
        catalog_of(Settings(), str(tmp_path))


def test_rules_that_ask_the_cases_themselves_are_named_as_not_run() -> None:
    found = not_run(load(Settings()))
    assert {"cases-overdue", "closing-rate-low"} <= set(found)
    assert not {"case-counts", "pm10-limit"} & set(found)
