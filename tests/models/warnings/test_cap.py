"""CAP 1.2: what the standard requires stands where its schema wants it."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import pytest

from models.messages.warnings import CityWarning
from models.warnings.cap import NAMESPACE, Sender, to_cap
from tests.models.warnings.test_rule_state import CALM, HOT, run
from tests.models.warnings.warning_things import CELL, CONTEXT, RULE, STREET

LIFE: list[CityWarning] = run(*HOT, *CALM)[1]
SENDER = Sender(
    sender="gridpulse.dongcheng.example",
    event=RULE.title,
    place=CONTEXT.place,
    timezone=CONTEXT.timezone,
    status="Exercise",
)
CAP = {"cap": NAMESPACE}
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+08:00")


def parsed(warning: CityWarning, *earlier: CityWarning) -> ET.Element:
    return ET.fromstring(to_cap(warning, SENDER, earlier))


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
        to_cap(LIFE[1], SENDER)


@pytest.mark.parametrize("name", ["", "two words", "a,b", "a&b", "a<b"])
def test_a_sender_that_cannot_be_referred_to_is_refused(name: str) -> None:
    wrong = Sender(sender=name, event=RULE.title, place=CONTEXT.place, timezone=CONTEXT.timezone)
    with pytest.raises(ValueError, match="sender"):
        to_cap(LIFE[0], wrong)
