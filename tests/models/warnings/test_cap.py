"""CAP 1.2: what the standard requires stands where its schema wants it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from xml.etree import ElementTree as ET

import msgspec
import pytest

from models.messages.warnings import CityWarning, Level, WarningChange
from models.warnings.cap import NAMESPACE, CapName, Kind, Sender, to_cap
from tests.models.warnings.test_rule_state import ABOVE, NORMAL, run
from tests.models.warnings.warning_things import CELL, CONTEXT, RULE, STREET

LIFE: list[CityWarning] = run(*ABOVE, *NORMAL)[1]
SENDER = Sender(
    sender="gridpulse.dongcheng.example",
    event=RULE.title,
    place=CONTEXT.place,
    timezone=CONTEXT.timezone,
    status="Exercise",
)
CAP = {"cap": NAMESPACE}
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+08:00")


def named(warning: CityWarning) -> CapName:
    return CapName(identifier=f"{warning.id}.r{warning.revision}", sent_ms=warning.updated_ms)


def written(
    warning: CityWarning,
    *earlier: CityWarning,
    sender: Sender = SENDER,
    kind: Kind | None = None,
    polygons: Sequence[str] = (),
) -> bytes:
    if kind is None:
        kinds: dict[WarningChange, Kind] = {
            WarningChange.RAISED: "Alert",
            WarningChange.CLEARED: "Cancel",
        }
        kind = kinds.get(warning.change, "Update")
    return to_cap(warning, sender, named(warning), kind, list(map(named, earlier)), polygons)


def parsed(warning: CityWarning, *earlier: CityWarning) -> ET.Element:
    return ET.fromstring(written(warning, *earlier))


def text(parent: ET.Element, name: str) -> str:
    found = parent.find(f"cap:{name}", CAP)
    assert found is not None, name
    assert found.text, name
    return found.text


def names(parent: ET.Element) -> list[str]:
    return [child.tag.removeprefix(f"{{{NAMESPACE}}}") for child in parent]


def test_an_alert_has_all_required_elements_in_the_order_of_the_schema() -> None:
    alert = parsed(LIFE[0])
    assert names(alert) == [
        "identifier",
        "sender",
        "sent",
        "status",
        "msgType",
        "scope",
        "note",
        "info",
        "info",
    ]
    assert (text(alert, "msgType"), text(alert, "status")) == ("Alert", "Exercise")
    assert MOMENT.fullmatch(text(alert, "sent"))
    assert not set(text(alert, "identifier")) & set(" ,<&")


@pytest.mark.parametrize(("number", "language"), [(0, "zh-CN"), (1, "en-US")])
def test_each_language_has_its_own_information(number: int, language: str) -> None:
    info = parsed(LIFE[0]).findall("cap:info", CAP)[number]
    order = (
        "language category event responseType urgency severity certainty onset senderName headline "
        "description instruction area"
    )
    assert names(info) == order.split()
    assert text(info, "language") == language
    assert text(info, "severity") == "Minor"
    assert text(info, "description") == LIFE[0].explanation[language[:2]]
    area = info.find("cap:area", CAP)
    assert area is not None
    codes = [text(code, "value") for code in area.findall("cap:geocode", CAP)]
    assert codes == [STREET, CELL]


def test_a_cancel_refers_to_what_it_ends() -> None:
    alert, cancel = parsed(LIFE[0]), parsed(LIFE[1], LIFE[0])
    assert text(cancel, "msgType") == "Cancel"
    sender, identifier, sent = text(cancel, "references").split(",")
    assert sender == SENDER.sender
    assert (identifier, sent) == (text(alert, "identifier"), text(alert, "sent"))
    assert text(cancel.findall("cap:info", CAP)[0], "urgency") == "Past"
    assert text(cancel, "identifier") != identifier


def test_a_cancel_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="must refer"):
        written(LIFE[1])


@pytest.mark.parametrize("name", ["", "two words", "a,b", "a&b", "a<b"])
def test_a_sender_that_cannot_be_referred_to_is_refused(name: str) -> None:
    wrong = Sender(sender=name, event=RULE.title, place=CONTEXT.place, timezone=CONTEXT.timezone)
    with pytest.raises(ValueError, match="sender should be one word"):
        written(LIFE[0], sender=wrong)


PLAIN = CityWarning(
    id="w1",
    revision=3,
    rule="r",
    change=WarningChange.LEVEL_UP,
    level=Level.RED,
    feed="dust",
    metric="pm10",
    area="110101001",
    cells=["110101001001001", "110101001001002"],
    raised_ms=1_397_000_700_999,
    updated_ms=1_397_004_300_000,
    explanation={"zh": "说明", "en": "why & how"},
    suggestion={"zh": "建议", "en": "do"},
    owner={"zh": "值班室", "en": "desk"},
)
EARLIER = [
    msgspec.structs.replace(PLAIN, revision=n, updated_ms=1_397_000_700_000 + n * 60_000)
    for n in (0, 1)
]
CITY = Sender(
    sender="gp.example",
    event={"zh": "扬尘", "en": "Dust"},
    place={"zh": "东四", "en": "Dongsi"},
    timezone=CONTEXT.timezone,
)
RING = "39.9,116.4 39.9,116.5 40,116.5 39.9,116.4"
AREA_ZH, AREA_EN = (
    f"<area><areaDesc>{place}</areaDesc><polygon>{RING}</polygon>"
    + "".join(
        f"<geocode><valueName>DB11/T 2157</valueName><value>{code}</value></geocode>"
        for code in ("110101001", "110101001001001", "110101001001002")
    )
    + "</area>"
    for place in ("东四", "Dongsi")
)


def test_an_update_is_written_to_the_letter() -> None:
    assert written(PLAIN, *EARLIER, sender=CITY, polygons=[RING]).decode() == (
        "<?xml version='1.0' encoding='utf-8'?>\n"
        '<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"><identifier>w1.r3</identifier>'
        "<sender>gp.example</sender><sent>2014-04-09T08:45:00+08:00</sent><status>Actual</status>"
        "<msgType>Update</msgType><scope>Public</scope><note>w1 r3</note><references>"
        "gp.example,w1.r0,2014-04-09T07:45:00+08:00 gp.example,w1.r1,2014-04-09T07:46:00+08:00"
        "</references><info><language>zh-CN</language><category>Env</category>"
        "<event>扬尘</event><responseType>Assess</responseType><urgency>Immediate</urgency>"
        "<severity>Extreme</severity><certainty>Observed</certainty>"
        "<onset>2014-04-09T07:45:00+08:00</onset><senderName>值班室</senderName>"
        "<headline>东四: 扬尘</headline><description>说明</description>"
        f"<instruction>建议</instruction>{AREA_ZH}</info>"
        "<info><language>en-US</language><category>Env</category>"
        "<event>Dust</event><responseType>Assess</responseType><urgency>Immediate</urgency>"
        "<severity>Extreme</severity><certainty>Observed</certainty>"
        "<onset>2014-04-09T07:45:00+08:00</onset><senderName>desk</senderName>"
        "<headline>Dongsi: Dust</headline><description>why &amp; how</description>"
        f"<instruction>do</instruction>{AREA_EN}</info></alert>"
    )


def test_an_end_gives_the_all_clear_and_asks_for_nothing() -> None:
    over = msgspec.structs.replace(PLAIN, change=WarningChange.CLEARED, level=Level.YELLOW)
    other = replace(CITY, category="Safety", status="Test")
    alert = ET.fromstring(written(over, *EARLIER, sender=other))
    assert (text(alert, "msgType"), text(alert, "status")) == ("Cancel", "Test")
    for info in alert.findall("cap:info", CAP):
        assert (text(info, "responseType"), text(info, "urgency")) == ("AllClear", "Past")
        assert (text(info, "category"), text(info, "severity")) == ("Safety", "Moderate")
        assert "instruction" not in names(info)


@pytest.mark.parametrize("change", [c for c in WarningChange if c is not WarningChange.RAISED])
def test_whatever_is_no_alert_must_refer_to_something(change: WarningChange) -> None:
    kind = "Cancel" if change is WarningChange.CLEARED else "Update"
    with pytest.raises(ValueError, match=f"{kind} of w1 must refer"):
        written(msgspec.structs.replace(PLAIN, change=change))


def test_a_first_alert_refers_to_nothing() -> None:
    first = parsed(msgspec.structs.replace(PLAIN, change=WarningChange.RAISED))
    assert (text(first, "msgType"), "references" in names(first)) == ("Alert", False)


def test_what_xml_cannot_hold_is_left_out() -> None:
    odd = msgspec.structs.replace(LIFE[0], explanation={"zh": "a\x00b\x1b\ud800c", "en": "\ufffex"})
    infos = parsed(odd).findall("cap:info", CAP)
    assert [text(info, "description") for info in infos] == ["abc", "x"]
