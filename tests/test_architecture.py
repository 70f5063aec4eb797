"""What `docs/architecture.md` says of the code: its walks, its folders and its agents."""

from __future__ import annotations

import ast
import dataclasses
import importlib
import re
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from types import FrameType
from typing import Any

import msgspec
import pytest

from config.catalog import Catalog
from config.loader import load
from config.settings import Settings
from dashboards.common.city_index import CityIndex
from dashboards.common.source import Trouble, decode
from dashboards.rooms.leadership.live import wall_live
from models.feeds.raw import RawMessage
from ops.backtest.backtest import Backtest
from streams.agents import discover
from tests.conftest import ROOT

PAGE = (ROOT / "docs" / "architecture.md").read_text()
WALKS = {
    "One reading, from raw bytes to a pixel": 25,  # the most files that each may take
    "One case, from raw bytes to the wall": 28,
}
ROOMS = ("config", "models", "streams", "dashboards", "ops")
DOTTED = re.compile(rf"`((?:{'|'.join(ROOMS)})(?:\.\w+)+)`")
PATH = re.compile(rf"`((?:{'|'.join(ROOMS)})/[\w/]*(?:\.py)?)`")


def section(title: str) -> str:
    found = re.search(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", PAGE, re.S | re.M)
    assert found, f"docs/architecture.md has no section {title!r}"
    return found[1]


def steps(title: str) -> list[str]:
    return re.findall(r"^\d+\. (.*)$", section(title), re.M)


def named(title: str) -> list[str]:
    return [name for step in steps(title) for name in DOTTED.findall(step)]


def resolve(name: str) -> tuple[Path, object]:
    """File and function behind `module.path.function` or `module.path.Class.method`."""
    parts = name.split(".")
    for cut in range(len(parts) - 1, 0, -1):
        path = ROOT.joinpath(*parts[:cut]).with_suffix(".py")
        if path.is_file():
            found: object = importlib.import_module(".".join(parts[:cut]))
            for part in parts[cut:]:
                found = getattr(found, part)
            return path, found
    msg = f"no module of the house holds {name}"
    raise LookupError(msg)


@pytest.mark.parametrize("name", sorted({name for title in WALKS for name in named(title)}))
def test_each_function_of_the_walks_exists(name: str) -> None:
    _, found = resolve(name)
    assert callable(found)


@pytest.mark.parametrize("name", ["models.feeds.intake.Intake.gone", "models.nowhere.walk"])
def test_a_function_that_is_gone_is_noticed(name: str) -> None:
    with pytest.raises((AttributeError, LookupError)):
        resolve(name)


@pytest.mark.parametrize(("title", "most"), WALKS.items())
def test_a_walk_states_its_files_and_stays_short(title: str, most: int) -> None:
    files = {resolve(name)[0] for name in named(title)}
    stated = re.search(r"^.*?\b(\d+) files\b", section(title), re.M)
    assert stated, f"{title}: the number of files is not stated"
    assert int(stated[1]) == len(files) <= most


@pytest.mark.parametrize("title", WALKS)
def test_each_step_of_a_walk_names_its_functions(title: str) -> None:
    assert len(steps(title)) >= 10
    assert [step for step in steps(title) if not DOTTED.search(step)] == []


@pytest.mark.parametrize("path", sorted(set(PATH.findall(PAGE))))
def test_each_file_and_folder_of_the_page_exists(path: str) -> None:
    assert (ROOT / path).exists()


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load(Settings())


def test_the_table_of_agents_is_that_of_the_application(catalog: Catalog) -> None:
    rows = re.findall(
        r"^\| `([\w-]+)` \| (street|district) \| (.*?) \| (.*?) \|$",
        section("The way of the data"),
        re.M,
    )
    told = {
        name: (level, re.findall(r"`([\w-]+)`", reads), set(re.findall(r"`([\w-]+)`", sends)))
        for name, level, reads, sends in rows
    }
    specs = discover(catalog, Settings())
    assert told == {s.name: (s.level, list(s.topics), set(s.sends)) for s in specs}


def test_the_diagram_has_every_agent(catalog: Catalog) -> None:
    diagram = section("The way of the data").split("```")[1]
    missing = [s.name for s in discover(catalog, Settings()) if s.name not in diagram]
    assert missing == []


def test_every_folder_of_a_room_is_explained() -> None:
    house = section("The house")
    folders = [
        path
        for room in ("models", "streams", "dashboards", "ops")
        for path in (ROOT / room).iterdir()
        if (path / "__init__.py").is_file()
    ]
    assert [
        str(path.relative_to(ROOT)) for path in folders if not re.search(rf"\b{path.name}\b", house)
    ] == []


PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
LINK = re.compile(r"\]\((?!\w+:)([^)#\s]*)(?:#([^)\s]+))?\)")


def anchors(page: Path) -> set[str]:
    """Anchors of a page's titles, as GitHub makes them."""
    titles = re.findall(r"^#+ (.*)$", page.read_text(), re.M)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    dead = [
        f"{target}#{anchor}"
        for target, anchor in LINK.findall(page.read_text())
        for file in [page.parent / target if target else page]
        if not file.exists() or (anchor and anchor not in anchors(file))
    ]
    assert dead == []


MODULE = re.compile(rf"`((?:(?:{'|'.join(ROOMS)}|benchmarks|tests)/[\w/]*)?\w+\.py)`")


@pytest.mark.parametrize(
    "page", [page for page in PAGES if page.name != "decisions.md"], ids=lambda page: page.name
)
def test_modules_that_a_page_names_exist(page: Path) -> None:
    """A decision may name what was there at its time; every other page says what is."""
    known = [f"/{path.relative_to(ROOT)}" for room in (*ROOMS, "benchmarks", "tests")
             for path in (ROOT / room).rglob("*.py")]  # fmt: skip
    named = MODULE.findall(page.read_text())
    assert [name for name in named if not any(path.endswith(f"/{name}") for path in known)] == []


def test_each_word_stands_once_in_the_glossary() -> None:
    rows = re.findall(r"^\| (.*?) \| (.*?) \|", (ROOT / "docs" / "glossary.md").read_text(), re.M)
    words = [english for english, _ in rows if english != "English"]
    assert len(words) > 50
    assert sorted(word for word in set(words) if words.count(word) > 1) == []


def test_every_setting_is_in_operations() -> None:
    page = (ROOT / "docs" / "operations.md").read_text()
    wanted = [f"`GRIDPULSE_{field.name.upper()}`" for field in dataclasses.fields(Settings)]
    assert [name for name in wanted if name not in page] == []


SOURCES = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))
TYPED = re.compile(r"^ *[\w, *]+ : (.*)$", re.M)  # a parameter or attribute as numpydoc writes it
NO_TYPE = {"None", "True", "False", "Literal"}


def known_names() -> set[str]:
    trees = (ast.parse(path.read_text()) for path in SOURCES)
    nodes = [node for tree in trees for node in ast.walk(tree)]
    defined = {n.name for n in nodes if isinstance(n, ast.ClassDef)}
    used = {n.id for n in nodes if isinstance(n, ast.Name)}
    return defined | used | {n.attr for n in nodes if isinstance(n, ast.Attribute)} | NO_TYPE


def test_types_in_docstrings_exist() -> None:
    known = known_names()
    unknown = {
        f"{path.relative_to(ROOT)}: {name}"
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        for described in TYPED.findall(ast.get_docstring(node) or "")
        for name in re.findall(r"\b[A-Z][a-z]+[A-Za-z]*\b", described)
        if name not in known
    }
    assert unknown == set()


# --- the walks are walked ------------------------------------------------------------------------

START_MS = 1_271_376_000_000  # 2010-04-16 08:00 in Beijing
READING = {"sensor": "dust-07", "metric": "pm10", "value": 83.5, "lon": 116.417, "lat": 39.929}
CASE = {"case": "2010-041207", "category": "E0102", "lon": 116.417, "lat": 39.929}
# Where Kafka, Redis and the worker's loop are: a run without servers does not pass there.
SERVERS = ("streams.ingest.", "streams.host.", "streams.sinks.")
STEPS = ("reported", "filed", "dispatched")


def raw(of: str, fields: dict[str, object], **more: object) -> RawMessage:
    ts = more["ts"]
    assert isinstance(ts, int)
    return RawMessage(ts, of, msgspec.json.encode(fields | more))


MESSAGES = {
    "dust": [raw("dust-07", READING, ts=START_MS + 60_000 * n) for n in range(40)],
    "cases": [
        raw("2010-041207", CASE, type=step, ts=START_MS + 600_000 * n)
        for n, step in enumerate(STEPS)
    ],
}


def walk(catalog: Catalog, feed: str) -> None:
    """Take the messages of a feed the way to the page, without servers."""
    line = Backtest(catalog, Settings(), feed, agents=("panes", "cases", "situation"))
    line.run(MESSAGES[feed])
    assert line.snapshot is not None
    found = decode(line.snapshot.to_bytes())
    city_index = CityIndex(catalog, catalog.grid_at, date(2010, 4, 16))
    assert not isinstance(found, Trouble)
    wall_live(found, city_index)


def codes_called(work: Callable[[], None]) -> set[Any]:
    """Code objects of all Python functions that are called by some work."""
    called: set[Any] = set()

    def note(frame: FrameType, event: str, _: object) -> None:
        if event == "call":
            called.add(frame.f_code)

    sys.setprofile(note)
    try:
        work()
    finally:
        sys.setprofile(None)
    return called


@pytest.mark.parametrize(("title", "feed"), list(zip(WALKS, MESSAGES, strict=True)))
def test_a_message_passes_every_function_of_its_walk(
    catalog: Catalog, title: str, feed: str
) -> None:
    called = codes_called(lambda: walk(catalog, feed))
    functions = {name: resolve(name)[1] for name in named(title) if not name.startswith(SERVERS)}
    functions.pop("dashboards.common.source.SnapshotSource.read")
    codes = {name: getattr(found, "__code__", None) for name, found in functions.items()}
    assert [name for name, code in codes.items() if code not in called] == []
