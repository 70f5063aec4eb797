"""Cases, campaigns, hazards and dead letters as operators see them; each number opens its parts."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from xml.etree import ElementTree

import msgspec
import pytest

from config.errors import ServerUnavailable
from config.loader import load
from config.settings import Settings
from dashboards.access.callers import Caller
from dashboards.common.case_book import CaseKey, CaseNow, CaseQuestion, CaseStep, CaseTimeline
from dashboards.common.city_index import CityIndex
from dashboards.common.dead_letters import LetterPage, Resent
from dashboards.figures.case_map import case_map
from dashboards.panels.case_tables import in_full, pairs
from dashboards.panels.indicator_table import indicator_table
from dashboards.panels.matter_section import matter_sections
from dashboards.rooms.operator.campaigns.page import KINDS as CAMPAIGNS
from dashboards.rooms.operator.hazards.page import KINDS as HAZARDS
from models.feeds.kinds.contract import kind_of
from models.messages.commands import Role
from models.messages.dead_letters import Reason, Rejected
from models.messages.street_summaries import IndicatorCount, PossibleDuplicate
from tests.dashboards import factory
from tests.dashboards.api.conftest import context_of, server_of
from tests.dashboards.page import parts, words
from tests.dashboards.small_city import DAY
from tests.dashboards.web import WebClient

CELL = "110101002001001"


def case(number: str, **changes: Any) -> CaseNow:
    known = CaseNow(
        case=number, feed="cases", stage="dispatched", is_open=True, is_held=False,
        is_overdue=False, category="0101", unlisted="", department="environment", cell=CELL,
        source="", opened_ms=factory.NOW_MS, updated_ms=factory.NOW_MS, closed_ms=None,
        due_ms=factory.NOW_MS, lon=None, lat=None, events=[], flags=[],
    )  # fmt: skip
    return msgspec.structs.replace(known, **changes)


def timeline(known: CaseNow) -> CaseTimeline:
    step = CaseStep(
        ts_ms=factory.NOW_MS, type="filed", actor="", role="command", department="", flags=["late"]
    )
    return CaseTimeline(case=known, steps=[step])


@dataclass
class KnownCases:
    """Cases by their number."""

    known: Sequence[CaseNow]
    asked: list[CaseQuestion] = field(default_factory=list)

    def find(self, question: CaseQuestion) -> tuple[list[CaseNow], CaseKey | None]:
        self.asked.append(question)
        return [one for one in self.known if question.number in one.case], None

    def timelines(self, question: CaseQuestion) -> list[CaseTimeline]:
        return [timeline(one) for one in self.known if one.case in question.cases]


def text_of(client: WebClient, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, answer.text
    return answer.text


def test_cases_are_searched_within_what_the_caller_may_see(
    shared_redis: str, city_index: CityIndex
) -> None:
    cases = KnownCases([case("A-1"), case("B-2", is_overdue=True)])
    client = WebClient(server_of(context_of(shared_redis, city_index, cases=cases)))
    told = text_of(client, "/part/operator-cases/list?number=B&state=overdue&area=110101002")
    assert "B-2" in told and "A-1" not in told
    assert cases.asked[0].areas == {"110101002"} and cases.asked[0].is_open is True
    assert "A-1" not in text_of(client, "/part/operator-cases/list?state=overdue")
    assert "Whole timeline" in text_of(client, "/part/operator-cases/list?case=A-1")
    assert "no case C-3" in text_of(client, "/part/operator-cases/list?case=C-3")


def test_two_cases_stand_side_by_side_and_one_that_is_not_known_says_so(
    city_index: CityIndex,
) -> None:
    pair = PossibleDuplicate(
        reported_ms=factory.NOW_MS,
        case="B",
        original="A",
        cell=CELL,
        category="0101",
        distance_m=12.4,
        age_min=90,
        score=0.83,
    )
    shown = words(pairs([pair], {"B": timeline(case("B"))}, city_index))
    assert "12 m apart, 1.5 h apart, score 0.83" in shown
    assert shown.index("B") < shown.index("no case A in the archive")
    assert "Exposed litter" in shown
    assert "no open case may repeat" in words(pairs([], {}, city_index))
    whole = words(in_full(timeline(case("B", flags=["early"])), city_index))
    assert "data quality: early" in whole and "command" in whole


def test_cases_lie_on_the_map_by_their_point_or_their_cell(city_index: CityIndex) -> None:
    raster = city_index.current
    cell = str(raster.grid.codes[40])
    by_cell = case_map([case("A", cell=cell)], raster)
    lon, lat = float(raster.grid.lon[40]), float(raster.grid.lat[40])
    assert case_map([case("A", cell="", lon=lon, lat=lat)], raster) == by_cell
    assert case_map([case("A", cell="999")], raster) == case_map([], raster) != by_cell


def test_the_number_of_a_case_does_not_break_the_map(city_index: CityIndex) -> None:
    """A control character made the whole picture no XML, and the map was empty."""
    raster = city_index.current
    cell = str(raster.grid.codes[40])
    address = case_map([case("A\x1b[2J\x9b\u202e<b>&", cell=cell)], raster)
    drawn = ElementTree.fromstring(base64.b64decode(address.partition(",")[2]))
    (title,) = drawn.iter("{http://www.w3.org/2000/svg}title")
    assert title.text == "A\\x1b[2J\\x9b\\u202e<b>&"


def test_a_number_opens_its_definition_numerator_denominator_and_cases() -> None:
    shown = indicator_table(
        [
            IndicatorCount("30d", "all", "all", "closed_of_filed", 3350, 3447),
            IndicatorCount("30d", "street", "110101001", "closed_of_filed", 1, 2),
            IndicatorCount("now", "all", "all", "closed_of_filed", 1, 2),
            IndicatorCount("7d", "all", "all", "closed_of_due", 0, 0),
        ]
    )
    told = words(shown)
    assert "97.2 %" in told and "numerator   3,350" in told and "denominator   3,447" in told
    assert told.count("denominator") == 2  # the other two rows are no figures of the district
    assert {part.href for part in parts(shown) if getattr(part, "href", None)} == {
        "/operator/cases?state=all"
    }


def test_matters_show_every_figure_with_its_meaning(city_index: CityIndex) -> None:
    catalog = load(Settings())
    city = CityIndex(catalog, catalog.grid_at, DAY)
    snapshot = factory.snapshot(city.current.grid)
    campaigns = words(matter_sections(snapshot, city, CAMPAIGNS, "campaigns.none"))
    meaning = kind_of(catalog.feeds["liquor"]).definitions["coverage"].meaning
    assert "89.66 % (2,576/2,873)" in campaigns or "89.7 % (2,576/2,873)" in campaigns
    assert meaning in campaigns and "denominator   2,873" in campaigns
    hazards = words(matter_sections(snapshot, city, HAZARDS, "hazards.none"))
    assert "tank-1" in hazards and "level 3.0 × condition 1.5 × exposure 2.0" in hazards
    chinese = words(matter_sections(snapshot, city, (*CAMPAIGNS, *HAZARDS), "none"), "zh")
    for told in (
        "本轮已走访对象 ÷ 应覆盖对象",
        "12 天",
        "按 街道",
        "等级 3.0 × 状况 1.5 × 暴露 2.0",
    ):
        assert told in chinese
    bare = msgspec.structs.replace(snapshot, matters=[])
    assert "nothing was heard" in words(matter_sections(bare, city, HAZARDS, "hazards.none"))


@dataclass
class KnownLetters:
    """Two dead letters; `fails` says that Kafka does not answer."""

    fails: bool = False
    retried: list[str | None] = field(default_factory=list)

    def page(self) -> LetterPage:
        if self.fails:
            msg = "Kafka did not answer"
            raise ServerUnavailable(msg)
        letter = Rejected(
            reason=Reason.OUT_OF_RANGE, detail="pm10: 9e9", topic="raw.dust", partition=1, offset=7
        )
        return LetterPage(total=2, reasons={"out-of-range": 2}, newest=[letter])

    def retry(self, reason: str | None) -> Resent:
        self.retried.append(reason)
        return Resent(sent=2, before=1, rest=0)


def test_dead_letters_are_shown_and_sent_again_by_reason(
    shared_redis: str, city_index: CityIndex
) -> None:
    letters = KnownLetters()
    client = WebClient(server_of(context_of(shared_redis, city_index, dead_letters=letters)))
    shown = text_of(client, "/part/operator-dead-letters/letters")
    assert "raw.dust/1 @ 7" in shown and "out-of-range 2" in shown
    answer = client.post("/api/v1/dead-letters/retry", json={"reason": "out-of-range"})
    assert answer.json()["told"]["en"] == "2 sent again, 1 were sent before, 0 not sent"
    assert letters.retried == ["out-of-range"]
    assert client.post("/api/v1/dead-letters/retry", json={"reason": "x"}).status_code == 422
    away = context_of(shared_redis, city_index, dead_letters=KnownLetters(fails=True))
    told = text_of(WebClient(server_of(away)), "/part/operator-dead-letters/letters")
    assert "cannot be read just now" in told and "Kafka did not answer" in told


@pytest.mark.parametrize(
    ("role", "status"), [(Role.BUREAU, 403), (Role.VIEWER, 403), (Role.OPERATOR, 200)]
)
def test_who_may_not_work_on_the_line_neither_sees_nor_sends_dead_letters(
    shared_redis: str,
    city_index: CityIndex,
    role: Role,
    status: int,
) -> None:
    class OneCaller:
        is_open, message = False, ""

        def caller(self, request: object) -> Caller:
            return Caller(name="somebody", role=role)

        def require(self, request: object, scope: object = None) -> Caller:
            return self.caller(request)

        def note(self, *_: object, **__: object) -> None:
            return None

    letters = KnownLetters()
    context = context_of(shared_redis, city_index, dead_letters=letters, gate=OneCaller())
    client = WebClient(server_of(context))
    assert client.get("/part/operator-dead-letters/letters").status_code == status
    assert client.post("/api/v1/dead-letters/retry", json={}).status_code == status
    assert letters.retried == ([None] if status == 200 else [])
