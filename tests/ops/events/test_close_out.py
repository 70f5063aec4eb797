"""The close-out counts what lies in the archive: by place, time and tag, never by heart."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
import shapely
from pyproj import Transformer
from shapely.geometry import LineString, Point, Polygon
from typer.testing import CliRunner

from config.catalog import Catalog
from config.events import PhaseKind, SpecialEvent
from config.loader import load
from config.settings import Settings
from models.cases.rulebook import rulebook_of
from models.cases.timeline import Step
from models.events.close_out import CloseOut, CloseOutCounts, close_out
from models.events.tagging import EventTagger
from models.feeds.raw import RawMessage
from models.messages.case_events import EventType
from ops.backtest.backtest import Backtest
from ops.cli import application
from ops.events.close_out import CloseOutReport, close_out_of
from ops.events.close_out_page import page, summary, write_report
from ops.simulation.event_cases import event_messages

LIVE = (1218124800000, 1221926400000)  # 2008-08-08 and 2008-09-21 in Shanghai
Body = dict[str, Any]


@cache
def catalog() -> Catalog:
    return load(Settings())


@cache
def olympics() -> SpecialEvent:
    return catalog().events["olympics-2008"]


@pytest.fixture(scope="module")
def whole(summer: list[Body]) -> CloseOut:
    return counted(summer)


@pytest.fixture(scope="module")
def summer() -> list[Body]:
    return [json.loads(line) for line in event_messages(catalog(), "olympics-2008", 1)]


def counted(bodies: Iterable[Body], at_ms: int = LIVE[1]) -> CloseOut:
    cases: dict[str, list[Step]] = {}
    for body in bodies:
        if body["ts"] < at_ms:
            cases.setdefault(body["case"], []).append(_step(body))
    rules, tagger = rulebook_of(catalog()), EventTagger(catalog())
    states = [rules.judged(steps) for steps in cases.values()]
    pairs = zip(states, rules.limits(states), strict=True)
    return close_out(tagger.fences["olympics-2008"], pairs, at_ms, tagger.zone)


def _step(body: Body) -> Step:
    return Step(
        body["ts"],
        EventType(body["type"]),
        department=body.get("department", ""),
        category=body.get("category", ""),
        cell=body["cell"],
        due_ms=body.get("due"),
        lon=body["lon"],
        lat=body["lat"],
    )


def plainly(bodies: Iterable[Body]) -> tuple[int, int]:
    """Filed and closed, counted in metres of UTM by hand: no code of the project."""
    to_utm = Transformer.from_crs("EPSG:4326", "EPSG:32650", always_xy=True)
    areas = []
    for each in olympics().objects:
        for place in each.places:
            corners = np.column_stack(to_utm.transform(*np.array(place.points).T))
            shape = (
                Point(corners[0])
                if place.point
                else LineString(corners)
                if place.line
                else Polygon(corners)
            )
            since = LIVE[0] if place.since is None else 1220198400000  # 2008-09-01
            areas.append((each.id, since, shape.buffer(place.buffer_m, quad_segs=16)))
    begun: dict[str, Body] = {}
    types: dict[str, set[str]] = {}
    for body in bodies:
        begun.setdefault(body["case"], body)
        types.setdefault(body["case"], set()).add(body["type"])
    inside = set()
    for case, body in begun.items():
        if not LIVE[0] <= body["ts"] < LIVE[1]:
            continue
        newest = {name: shape for name, since, shape in areas if since <= body["ts"]}
        x, y = to_utm.transform(body["lon"], body["lat"])
        if any(shapely.intersects_xy(shape, x, y) for shape in newest.values()):
            inside.add(case)
    filed = {case for case in inside if "filed" in types[case]}
    return len(filed), len({case for case in filed if "closed" in types[case]})


def test_the_summer_of_2008_gives_the_figures_of_the_report(whole: CloseOut) -> None:
    live = whole.live
    assert (live.filed, live.closed, live.open, live.cancelled) == (3447, 3350, 97, 0)
    assert round(live.percent or 0, 2) == 97.19
    assert live.tagged > live.filed  # reported there, and rejected


def test_a_count_by_hand_agrees_but_for_cases_within_centimetres_of_an_edge(
    summer: list[Body],
) -> None:
    filed, closed = plainly(summer)
    assert abs(filed - 3447) <= 5  # a plane of another projection: buffers differ by centimetres
    assert abs(closed - 3350) <= 5


def test_the_figures_follow_the_cases_that_are_dropped(summer: list[Body], whole: CloseOut) -> None:
    dropped = set(sorted({body["case"] for body in summer})[::7])
    rest = counted(body for body in summer if body["case"] not in dropped).live
    gone = counted(body for body in summer if body["case"] in dropped).live
    assert rest + gone == whole.live
    assert 0 < rest.filed < 3447
    without = counted(
        body for body in summer if body["case"] in dropped and body["type"] != "closed"
    ).live
    assert (without.filed, without.closed, without.open) == (gone.filed, 0, gone.filed)


def moved(body: Body) -> Body:
    return body | {"lon": 116.3990, "lat": 39.9310}  # away from all objects


def test_place_and_time_decide_and_not_the_number_of_a_case(summer: list[Body]) -> None:
    some = [body for body in summer if int(body["case"]) % 10 == 0]
    assert counted(some).live.filed > 100
    assert counted(map(moved, some)).live == CloseOutCounts()
    earlier = counted(body | {"ts": body["ts"] - 70 * 86_400_000} for body in some)
    assert earlier.live == earlier.exercise == CloseOutCounts()
    assert earlier.others == {"other-days": len({body["case"] for body in some})}


def test_a_moment_before_the_end_counts_what_stood_then(
    summer: list[Body], whole: CloseOut
) -> None:
    middle = counted(summer, LIVE[0] + 20 * 86_400_000).live
    assert 0 < middle.filed < whole.live.filed
    assert middle.closed + middle.open + middle.cancelled == middle.filed
    assert counted(summer, LIVE[0]).live == CloseOutCounts()


def test_groups_add_up_and_every_object_is_named(whole: CloseOut) -> None:
    assert len(whole.by["object"]) == 41
    for by in ("day", "category", "street"):
        groups = whole.by[by].values()
        assert sum(one.filed for one in groups) == 3447, by
        assert sum(one.closed for one in groups) == 3350, by
    assert len(whole.by["day"]) == 44
    assert whole.exercise.filed > 0  # counted apart
    assert whole.others["elsewhere"] == 1450


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory, summer: list[Body]) -> Path:
    """A tenth of the summer through ingest, agents and the archive."""
    folder = tmp_path_factory.mktemp("archive")
    cases = sorted({body["case"] for body in summer})[::10]
    some = set(cases)
    backtest = Backtest(catalog(), Settings(), "cases", archive=folder, agents=("archive-cases",))
    backtest.run(
        RawMessage(body["ts"], body["case"], msgspec.json.encode(body))
        for body in summer
        if body["case"] in some
    )
    return folder


Run = Callable[..., Any]


@pytest.fixture
def run(archive: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("GRIDPULSE_ARCHIVE_DIR", str(archive))
    return lambda *words: CliRunner().invoke(application(), ["event", *words])


def test_the_command_counts_the_archive(run: Run, summer: list[Body]) -> None:
    some = set(sorted({body["case"] for body in summer})[::10])
    expected = counted(body for body in summer if body["case"] in some)
    told = json.loads(run("close-out", "olympics-2008", "--json").stdout)
    assert {name: told[name] for name in ("filed", "closed", "open", "objects")} == {
        "filed": expected.live.filed,
        "closed": expected.live.closed,
        "open": expected.live.open,
        "objects": 41,
    }
    assert told["closed_of_filed"]["denominator"] == expected.live.filed
    assert told["by"]["object"].keys() == {each.id for each in olympics().objects}


def test_an_unknown_event_is_named_with_those_there_are(run: Run) -> None:
    answer = run("close-out", "olympics-2012", "--json")
    assert answer.exit_code != 0
    assert "has no event 'olympics-2012'; it has olympics-2008" in str(answer.exception)


def test_without_an_archive_there_is_a_sentence(tmp_path: Path) -> None:
    from config.errors import InputError

    with pytest.raises(InputError, match="no cases in the archive"):
        close_out_of(Settings(archive_dir=tmp_path), catalog(), "olympics-2008")


def test_list_show_and_check_answer(run: Run) -> None:
    (event,) = json.loads(run("list", "--json").stdout)["events"]
    assert event["objects_by_kind"] == {
        "venue": 2,
        "route": 1,
        "hotel": 24,
        "hospital": 4,
        "key-street": 10,
    }
    assert "签约饭店24" in run("show", "olympics-2008").stdout
    found = json.loads(run("check", "olympics-2008", "--json").stdout)
    assert (found["objects"], found["oddities"]) == (41, [])
    assert 0 < found["cells"] < found["cells_of_city"]


def report_of(found: CloseOut, event: SpecialEvent | None = None) -> CloseOutReport:
    return CloseOutReport(
        event=event or olympics(), found=found, at_ms=LIVE[1], cases=9, live_ms=LIVE
    )


def test_the_report_says_what_is_computed_and_what_was_printed(whole: CloseOut) -> None:
    report = report_of(whole)
    for lang in ("zh", "en"):
        text = " ".join(summary(report, lang))
        assert "97.19 %" in text
        assert "97.16" in text
        assert "3447" in text
        html = page(report, catalog(), lang)
        assert html.count("<tr>") >= 41 + 44
        assert f'lang="{lang}"' in html


def test_without_a_filed_case_there_is_no_share() -> None:
    report = report_of(counted([]))
    assert report.to_builtins()["closed_of_filed"]["percent"] is None
    assert not report.differs
    assert "–" in " ".join(summary(report, "zh"))


def test_names_in_a_report_are_text_and_nothing_else(tmp_path: Path) -> None:
    title = {"zh": "<script>alert(1)</script>", "en": "<img src=x>"}
    event = olympics().model_copy(update={"title": title})
    html = page(report_of(counted([]), event), catalog(), "zh")
    assert "<script>" not in html
    assert "&lt;script&gt;" in html
    HTMLParser().feed(html)
    files = write_report(report_of(counted([])), catalog(), tmp_path)
    assert [file.suffix for file in files] == [".html", ".pdf"] * 2
    assert all(file.read_bytes().startswith(b"%PDF") for file in files if file.suffix == ".pdf")


def test_only_live_and_rehearsal_cases_carry_the_tag(summer: list[Body]) -> None:
    tagger = EventTagger(catalog())
    phases = {
        tag.phase
        for body in summer
        if body["type"] == "reported"
        for tag in tagger.tags(body["lon"], body["lat"], body["cell"], body["ts"])
    }
    assert phases == {PhaseKind.LIVE, PhaseKind.REHEARSAL}
