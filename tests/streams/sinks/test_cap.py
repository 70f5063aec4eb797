"""The CAP feed: chains of messages that other readers accept, each change once, over any crash."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any
from xml.etree import ElementTree as ET

import capparser
import msgspec
import pytest
from cap_tools import AlertState
from cap_tools.models import Alert, MsgType
from capvalidator import check_schema
from xsdata.formats.dataclass.parsers import XmlParser

from config.errors import ConfigError
from config.settings import Settings
from models.messages.bounds import LATEST_MS
from models.messages.subscriptions import Channel, Subscription
from models.messages.warnings import CityWarning, Level, WarningChange
from models.warnings.cap_feed import ATOM, CapIndex
from models.warnings.outlines import outlines
from streams.sinks import cap
from streams.sinks.cap import CapSink, read_index
from streams.whole_files import write_whole
from tests.models.warnings.test_routing import CATALOG
from tests.streams.sinks.test_mail import WARNING

TO = Subscription(id="cap-feed", owner="D", channel=Channel.CAP, since_ms=0, until_ms=LATEST_MS)
LIFE = [
    msgspec.structs.replace(WARNING, revision=n, change=change, updated_ms=WARNING.updated_ms + n)
    for n, change in enumerate(
        (
            WarningChange.RAISED,
            WarningChange.ACKNOWLEDGED,
            WarningChange.COMMENTED,
            WarningChange.LEVEL_UP,
            WarningChange.CLEARED,
            WarningChange.CLOSED,
        )
    )
]


def sink(folder: Path, **more: Any) -> CapSink:
    given = {"cap_sender": "gp.example", "cap_status": "Exercise", "cap_agency": "001002"}
    return CapSink(Settings(cap_dir=str(folder / "cap"), **{**given, **more}), CATALOG)


async def sent(folder: Path, *changes: CityWarning, **more: Any) -> list[bytes]:
    """Send changes one by one; gives the messages in their order."""
    to = sink(folder, **more)
    for change in changes:
        outcome = await to.send(TO, [change])
        assert outcome.delivered, outcome.detail
    return messages(folder)


def messages(folder: Path) -> list[bytes]:
    index = read_index(folder / "cap")
    return [(folder / "cap" / f"{m.name.identifier}.xml").read_bytes() for m in index.messages]


def alerts(data: list[bytes]) -> list[Alert]:
    return [XmlParser().from_bytes(each, Alert) for each in data]


async def test_a_life_is_a_chain_that_three_readers_accept(tmp_path: Path) -> None:
    data = await sent(tmp_path, *LIFE)
    assert [check_schema(each).passed for each in data] == [True] * 4
    read = alerts(data)
    kinds = [MsgType.ALERT, MsgType.ACK, MsgType.UPDATE, MsgType.CANCEL]
    assert [each.msg_type for each in read] == kinds
    first = read[0]
    refs = [[ref.identifier for ref in each.references_to_list()] for each in read]
    assert refs == [[], [first.identifier], [first.identifier], [read[2].identifier]]
    state = AlertState()
    for each in read:
        state.ingest(each)
    assert [each.msg_type for each in state] == [MsgType.ACK, MsgType.CANCEL]
    assert [info.language for info in first.infos] == ["zh-CN", "en-US"]
    assert first.infos[0].headline == "东华门街道: 局地扬尘超常"
    assert first.infos[0].severity.value == "Severe"
    other = capparser.parse(stringXML=data[0].decode())  # type: ignore[no-untyped-call]
    assert other.identifier[0] == first.identifier
    assert other.status[0] == "Exercise"
    assert len(other.info[0]) == 2


async def test_identifiers_are_national_and_of_one_second_ten_are_told_apart(
    tmp_path: Path,
) -> None:
    many = [msgspec.structs.replace(WARNING, id=f"w{n}") for n in range(12)]
    await sent(tmp_path, *many)
    names = [each.name.identifier for each in read_index(tmp_path / "cap").messages]
    assert all(re.fullmatch(r"11010100100200_20240610141[34]\d\d_\d", name) for name in names)
    assert {len(name) for name in names} == {31}
    assert len(set(names)) == 12
    assert names[0] == "11010100100200_20240610141320_0"
    assert names[10] == "11010100100200_20240610141321_0"


async def test_a_change_is_written_once_however_often_it_is_sent(tmp_path: Path) -> None:
    once = await sent(tmp_path, *LIFE)
    again = await sent(tmp_path, *LIFE, *LIFE[:2])
    assert once == again


async def test_what_comes_late_or_of_what_nobody_heard_says_nothing(tmp_path: Path) -> None:
    assert len(await sent(tmp_path, LIFE[3], LIFE[0])) == 1
    unheard = [msgspec.structs.replace(each, id="other") for each in LIFE[1:3] + LIFE[4:]]
    assert len(await sent(tmp_path, *unheard)) == 1
    assert alerts(messages(tmp_path))[0].msg_type is MsgType.ALERT


async def test_what_comes_again_after_its_end_is_a_new_alert(tmp_path: Path) -> None:
    again = msgspec.structs.replace(LIFE[0], revision=7, change=WarningChange.REOPENED)
    data = await sent(tmp_path, *LIFE, again)
    assert alerts(data)[-1].msg_type is MsgType.ALERT


@pytest.mark.parametrize("step", ["message", "index", "feed"])
async def test_a_crash_between_any_two_writes_leaves_each_change_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    whole = write_whole
    files = {"message": ".xml", "index": ".json", "feed": ".atom"}

    def torn(file: Path, data: bytes) -> None:
        if file.suffix == files[step]:
            msg = "the disk is full"
            raise OSError(msg)
        whole(file, data)

    monkeypatch.setattr(cap, "write_whole", torn)
    outcome = await sink(tmp_path).send(TO, LIFE[:1])
    assert (outcome.delivered, outcome.is_final) == (False, False)
    assert "the disk is full" in outcome.detail
    monkeypatch.setattr(cap, "write_whole", whole)
    assert len(await sent(tmp_path, *LIFE)) == 4
    xml = list((tmp_path / "cap").glob("*.xml"))
    assert len(xml) == 4
    assert len(entries(tmp_path)) == 4


def entries(folder: Path) -> list[ET.Element]:
    feed = ET.fromstring((folder / "cap" / "feed.atom").read_bytes())
    assert feed.tag == f"{{{ATOM}}}feed"
    return feed.findall(f"{{{ATOM}}}entry")


async def test_the_feed_names_the_files_the_newest_first(tmp_path: Path) -> None:
    await sent(tmp_path, *LIFE)
    found = entries(tmp_path)
    for entry in found:
        link = entry.find(f"{{{ATOM}}}link")
        assert link is not None
        assert (tmp_path / "cap" / link.attrib["href"]).is_file()
        assert link.attrib["type"] == "application/cap+xml"
    titles = [entry.findtext(f"{{{ATOM}}}title", "") for entry in found]
    assert titles[0].startswith("[Exercise] Cancel: 东华门街道 局地扬尘超常 · Donghuamen")


async def test_the_oldest_files_go_and_the_feed_stays_small(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("models.warnings.cap_feed.MOST_KEPT", 3)
    many = [msgspec.structs.replace(WARNING, id=f"w{n}") for n in range(5)]
    await sent(tmp_path, *many)
    assert len(list((tmp_path / "cap").glob("*.xml"))) == 3
    assert len(entries(tmp_path)) == 3


@pytest.mark.parametrize(
    "wrong", [{"cap_status": "Draft"}, {"cap_agency": "12"}, {"cap_sender": "a b"}]
)
def test_a_setting_that_is_not_valid_is_refused_at_the_start(
    tmp_path: Path, wrong: dict[str, str]
) -> None:
    with pytest.raises(ConfigError, match=next(iter(wrong)).upper()):
        sink(tmp_path, **wrong)


def test_outlines_are_closed_rings_around_the_cells() -> None:
    grid = CATALOG.grid_at(max(street.valid_from for street in CATALOG.streets))
    street = msgspec.structs.replace(WARNING, cells=[])
    (ring,) = outlines(grid, street)[:1]
    points = [tuple(map(float, pair.split(","))) for pair in ring.split()]
    assert points[0] == points[-1] and len(points) >= 5
    assert all(39.8 < lat < 40.0 and 116.3 < lon < 116.5 for lat, lon in points)
    one = f"{grid.codes[0]:015d}"
    (square,) = outlines(grid, msgspec.structs.replace(WARNING, cells=[one]))
    assert len(square.split()) == 5
    district = msgspec.structs.replace(WARNING, area="110101", cells=[])
    assert outlines(grid, district) == []
    unknown = msgspec.structs.replace(WARNING, cells=["999999001001001", "x"])
    assert outlines(grid, unknown) == []


REQUIRED = [
    "identifier",
    "sender",
    "sent",
    "status",
    "msgType",
    "scope",
    "language",
    "event",
    "urgency",
    "severity",
    "certainty",
    "category",
    "areaDesc",
    "valueName",
    "value",
]


def mutants(data: bytes, count: int) -> Iterator[tuple[str, bytes]]:
    """Make valid messages invalid: an element gone, a word of no list, parts in disorder."""
    text, rng = data.decode(), Random(7)
    while count:
        kind = rng.choice(("gone", "word", "order", "time", "twice", "foreign", "torn", "space"))
        name = rng.choice(REQUIRED)
        made = text
        if kind == "gone" and name != "language":
            made = re.sub(f"<{name}>[^<]*</{name}>", "", text, count=1)
        elif kind == "word":
            name = rng.choice(["status", "msgType", "scope", "urgency", "severity", "certainty"])
            made = re.sub(f"<{name}>", f"<{name}>x{rng.randrange(99)}", text, count=1)
        elif kind == "order":
            made = re.sub(r"(<sender>.*?</sender>)(<sent>.*?</sent>)", r"\2\1", text, count=1)
        elif kind == "time":
            made = re.sub(r"\+08:00", rng.choice(["Z", "", "+8", " +08:00"]), text, count=1)
        elif kind == "twice" and name not in ("category", "value", "valueName", "language"):
            made = re.sub(f"(<{name}>[^<]*</{name}>)", r"\1\1", text, count=1)
        elif kind == "foreign":
            made = text.replace("<info>", f"<colour>{rng.randrange(99)}</colour><info>", 1)
        elif kind == "torn":
            made = text[: rng.randrange(60, len(text) - 1)]
        elif kind == "space":
            made = text.replace("emergency:cap:1.2", f"emergency:cap:1.{rng.randrange(3, 99)}")
        if made not in (text, ""):
            count -= 1
            yield kind, made.encode()


async def test_two_hundred_mutants_of_valid_alerts_are_refused(tmp_path: Path) -> None:
    data = await sent(tmp_path, *LIFE)
    refused, taken = 0, []
    for kind, mutant in mutants(data[0], 200):
        if check_schema(mutant).passed:
            taken.append((kind, mutant))
        else:
            refused += 1
    assert (refused, taken[:1]) == (200, [])


@pytest.mark.parametrize("level", list(Level))
async def test_every_level_is_valid_against_the_schema(tmp_path: Path, level: Level) -> None:
    (data,) = await sent(tmp_path, msgspec.structs.replace(WARNING, level=level))
    assert check_schema(data).passed
    severity = {4: "Extreme", 3: "Severe", 2: "Moderate", 1: "Minor"}[level]
    assert alerts([data])[0].infos[0].severity.value == severity


def test_an_index_that_is_not_there_is_empty(tmp_path: Path) -> None:
    assert read_index(tmp_path) == CapIndex()
