"""The message catalogue is whole, in both languages, and holds nothing that nobody says."""

from __future__ import annotations

import ast
import string
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

import dashboards
from dashboards.common.book import BookState
from dashboards.common.frame import STALE_REASONS
from dashboards.common.messages import LANGUAGES, catalogue, meanings, message, pick, title_of
from dashboards.panels.case_funnel import STAGES
from dashboards.panels.changes import COUNTED
from dashboards.panels.compared import WITH
from dashboards.panels.controls import TOLD
from dashboards.panels.event_now import TILES
from dashboards.panels.headlines import HEADLINES
from dashboards.panels.indicator_table import WINDOWS
from dashboards.panels.rankings import RANKED
from dashboards.panels.receipts import OUTCOMES
from dashboards.panels.subscription_form import CHANNELS, FIELDS
from dashboards.panels.subscription_form import TOLD as SUBSCRIBE_TOLD
from dashboards.panels.warning_grid import COLUMNS
from dashboards.rooms.leadership.layout import MAP_WORDS, RANKING_COLUMNS, VIEWS
from dashboards.rooms.operator.page import ORDERS as LIST_ORDERS
from dashboards.rooms.operator.page import VIEWS as LISTS
from dashboards.rooms.operator.warning.page import ORDERS as PAGE_ORDERS
from models.cases.indicators.definitions import INDICATORS
from models.cases.state import Stage
from models.cases.table import HELD
from models.feeds.kinds.contract import feed_kinds
from models.history.span import OWN, RANGES, SpanFault
from models.messages.access import AccessEvent
from models.messages.warnings import Level
from models.situation.event_parts import EventPhase
from models.situation.feed_state import FeedState
from models.situation.index import COMPONENTS
from models.situation.stage import REASONS
from models.situation.stage import Stage as CityStages

ROOT = Path(dashboards.__file__).parent
CASE_SOURCES = {"say", "message", "empty"}


def spoken() -> set[str]:
    """Keys said in the code, literally or by a family whose members are known."""
    families = {
        "access": ("local", "demo", *(event.value for event in AccessEvent)),
        "login": ("wrong", "locked", "user", "password", "enter"),
        "headline": HEADLINES,
        "figure.headline": HEADLINES,
        "figure.event": (*TILES, "share"),
        "figure.history": ("mean", "most", "usual", "ratio", "above", "known"),
        "history": ("since", "until"),
        "history.range": (*RANGES, OWN),
        "history.span": [fault.value for fault in SpanFault],
        "stale": STALE_REASONS,
        "stage": ("unknown", *(stage.slug for stage in CityStages)),
        "stage.reason": REASONS,
        "state": [state.value for state in FeedState],
        "feed": [state.value for state in FeedState],
        "ask": TOLD,
        "bureau": ("csv", "parquet"),
        "book": [state.value for state in BookState],
        "delivery": OUTCOMES,
        "deliveries": OUTCOMES,
        "event": (*TILES, "share", "closed_late"),
        "event.phase": get_args(EventPhase),
        "list": LISTS,
        "column": COLUMNS,
        "do": {order.do for order in (*PAGE_ORDERS, *LIST_ORDERS)},
        "level": [level.name.lower() for level in Level],
        "ranking": (*RANKED, *RANKING_COLUMNS),
        "view": VIEWS,
        "map": MAP_WORDS,
        "changes": (*COUNTED, "overdue", "title"),
        "dues": ("title", "reports"),
        "compared": (*WITH, "higher", "lower"),
        "by": ("street", "unit", "class", "team", "day", "state", "level"),
        "why": ("worse", "silent", "risk", "missing", "implausible", "full", "uninspected"),
        "part": ("level", "condition", "exposure"),
        "unit": ("d", "h"),
        "window": WINDOWS,
        "subscribe": (*FIELDS, *CHANNELS, *SUBSCRIBE_TOLD, "do-try", "do-save"),
        "funnel": (*STAGES, HELD, Stage.UNKNOWN.value),
    }
    of_families = {f"{family}.{member}" for family in families for member in families[family]}
    return of_families | {key for path in ROOT.rglob("*.py") for key in _literals(path)}


def _literals(path: Path) -> Iterator[str]:
    """Keys in calls of `say` and `message`, column keys of table panels, and duration units."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            continue
        first = node.args[0] if node.args else None
        key = str(first.value) if isinstance(first, ast.Constant) else None
        if key and node.func.id in CASE_SOURCES:
            yield key
        if key and node.func.id == "_table_panel":
            yield f"{key}.title"
            yield from (f"{key}.{column}" for column in ast.literal_eval(node.args[1]))


def _strings(path: Path) -> Iterator[str]:
    """Every string of a module: a key may be handed on by a variable."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def test_every_key_speaks_every_language() -> None:
    for key, text in catalogue().items():
        assert set(text) == set(LANGUAGES), key
        assert all(words.strip() for words in text.values()), key


def test_both_languages_of_a_key_have_the_same_fields() -> None:
    for key, text in catalogue().items():
        fields = [{name for _, name, _, _ in string.Formatter().parse(t)} for t in text.values()]
        assert fields[0] - {None} <= fields[1] | {"time"}, key
        assert fields[1] - {None} <= fields[0], key


def test_every_said_key_exists() -> None:
    assert spoken() - set(catalogue()) == set()


def test_every_key_is_said() -> None:
    by_variable = {f"duration.{unit}" for unit in ("d", "h", "min")}
    by_variable |= {"warnings.level", "warnings.where"}
    by_variable |= {key for key in catalogue() if key.startswith("beyond.")}
    named = {text for path in ROOT.rglob("*.py") for text in _strings(path)}
    assert set(catalogue()) - spoken() - named - by_variable == set()


def test_an_unknown_key_is_an_error_and_an_unknown_member_speaks_for_itself() -> None:
    with pytest.raises(KeyError):
        message("no.such.key")
    assert title_of("funnel", "somewhere") == {"zh": "somewhere", "en": "somewhere"}


def test_a_field_can_be_a_text_of_both_languages() -> None:
    level = message("level.red")
    assert message("stage.count", level=level, n="2") == {"zh": "红色 2 起", "en": "2 red"}


def test_a_text_lacking_a_language_falls_back_to_one_it_has() -> None:
    assert pick({"zh": "东城"}, "en") == "东城"
    assert pick({}, "en") == ""


def test_every_figure_has_its_meaning_in_chinese_and_no_meaning_is_left_over() -> None:
    figures = {
        name: set(kind.definitions) for name, kind in feed_kinds().items() if kind.definitions
    }
    assert {family: set(told) for family, told in meanings().items()} == {
        **figures, "indicator": set(INDICATORS), "situation": {each.code for each in COMPONENTS}
    }  # fmt: skip
    assert all(text.strip() for told in meanings().values() for text in told.values())
