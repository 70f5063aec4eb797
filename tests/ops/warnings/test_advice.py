"""What stands beside a suggestion, with and without a Redis."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import msgspec
import pytest

from config.loader import load
from config.settings import Settings
from models.messages.commands import Accept, Reject
from models.messages.warnings import CityWarning
from models.warnings.advice import Advice
from ops.processes.ports import free_port
from ops.warnings.advice import advice_lines, advice_of
from tests.models.warnings.life.life_things import Y, warning
from tests.models.warnings.test_suggestions import entry, named

ZONE = ZoneInfo("Asia/Shanghai")
MINE: CityWarning = msgspec.structs.replace(warning(), id=named(9))


@pytest.fixture(scope="module")
def advice() -> Advice:
    settings = Settings(redis_url=f"redis://127.0.0.1:{free_port()}/0")
    entries = [entry(named(1), 1, Accept(), "watered"), entry(named(2), 2, Reject(), "nothing")]
    warnings = {MINE.id: MINE, Y: warning(name=Y)}
    return advice_of(settings, load(settings), MINE, warnings, entries)


def test_it_holds_precision_the_past_other_warnings_and_sites_near(advice: Advice) -> None:
    assert advice.precision is not None
    assert (advice.precision.right, advice.precision.n) == (1, 2)
    assert [each.text for each in advice.past] == ["nothing", "watered"]
    assert advice.linked == [Y]
    assert advice.sites
    assert all(name.split("/")[1].startswith(MINE.area) for name in advice.sites)
    assert not any(name.startswith("dust/") for name in advice.sites)  # its own feed


def test_a_redis_that_is_away_is_said_and_costs_the_cases_alone(advice: Advice) -> None:
    assert advice.cases is None
    for language, words in (
        ("en", ("1/2 = 50% (9%-91%)", "Redis did not answer", "suggestion accepted", Y)),
        ("zh", ("建议准确率：1/2", "Redis未应答", "采纳建议", Y)),
    ):
        text = "\n".join(advice_lines(advice, load(Settings()), ZONE, language))
        assert all(each in text for each in words)


def test_a_rule_that_nobody_judged_says_so() -> None:
    nothing = Advice(precision=None, past=[], linked=[], cases=[], sites={})
    assert list(advice_lines(nothing, load(Settings()), ZONE, "en")) == [
        "precision of the rule: nobody judged it yet"
    ]
