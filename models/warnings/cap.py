"""A change of a warning as a message of the Common Alerting Protocol 1.2 (OASIS, 2010)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Final, Literal
from xml.etree import ElementTree as ET

import msgspec

from config.catalog import Text
from models.messages.warnings import CityWarning, Level, WarningChange

NAMESPACE: Final = "urn:oasis:names:tc:emergency:cap:1.2"
LANGUAGES: Final = {"zh": "zh-CN", "en": "en-US"}
SEVERITY: Final = {
    Level.RED: "Extreme",
    Level.ORANGE: "Severe",
    Level.YELLOW: "Moderate",
    Level.BLUE: "Minor",
}
Status = Literal["Actual", "Exercise", "Test"]
Kind = Literal["Alert", "Update", "Cancel", "Ack"]
STATUSES: Final[tuple[Status, ...]] = ("Actual", "Exercise", "Test")


class CapName(msgspec.Struct, frozen=True, kw_only=True):
    """What a message is referred to by, beside its sender."""

    identifier: str
    sent_ms: int


@dataclass(frozen=True, kw_only=True)
class Sender:
    """Who sends, and how what a warning is about is called.

    Attributes
    ----------
    sender : str
        Globally unique, without spaces, commas, `<` or `&`; for example a domain name.
    event, place : Text
        Title of the rule, and name of the area.
    timezone : tzinfo
        Times are written with its offset.
    status : str
        `Exercise` and `Test` must never be taken for the real thing by a receiver.
    category : str
        One of the categories of CAP, such as `Env` or `Safety`.
    """

    sender: str
    event: Text
    place: Text
    timezone: tzinfo
    status: Status = "Actual"
    category: str = "Env"


def to_cap(
    warning: CityWarning,
    sender: Sender,
    name: CapName,
    kind: Kind,
    earlier: Sequence[CapName] = (),
    polygons: Sequence[str] = (),
) -> bytes:
    """Write one change of a warning as XML.

    Parameters
    ----------
    warning : CityWarning
        The change.
    sender : Sender
        Who sends.
    name : CapName
    kind : str
        `Alert`, `Update`, `Cancel` or `Ack`.
    earlier : sequence of CapName
        The messages of the same warning before it, to which it refers.
    polygons : sequence of str
        Closed rings `lat,lon lat,lon …` of its area.

    Raises
    ------
    ValueError
        The sender's name cannot stand in a reference, or a message that is no `Alert` refers to
        nothing.
    """
    if not sender.sender or set(sender.sender) & set(" ,<&"):
        msg = f"sender should be one word without comma, < or &, got {sender.sender!r}"
        raise ValueError(msg)
    if kind != "Alert" and not earlier:
        msg = f"{kind} of {warning.id} must refer to the messages before it"
        raise ValueError(msg)
    alert = ET.Element("alert", xmlns=NAMESPACE)
    _add(alert, "identifier", name.identifier)
    _add(alert, "sender", sender.sender)
    _add(alert, "sent", moment(name.sent_ms, sender.timezone))
    _add(alert, "status", sender.status)
    _add(alert, "msgType", kind)
    _add(alert, "scope", "Public")
    _add(alert, "note", f"{warning.id} r{warning.revision}")
    if earlier:
        _add(alert, "references", " ".join(_reference(one, sender) for one in earlier))
    if kind != "Ack":
        for language in LANGUAGES:
            alert.append(_info(warning, sender, language, polygons))
    data: bytes = ET.tostring(alert, encoding="utf-8", xml_declaration=True)
    return data


def _info(
    warning: CityWarning, sender: Sender, language: str, polygons: Sequence[str]
) -> ET.Element:
    """Write the part of one language; the schema fixes the order of the elements."""
    is_over = warning.change is WarningChange.CLEARED
    info = ET.Element("info")
    _add(info, "language", LANGUAGES[language])
    _add(info, "category", sender.category)
    _add(info, "event", sender.event[language])
    _add(info, "responseType", "AllClear" if is_over else "Assess")
    _add(info, "urgency", "Past" if is_over else "Immediate")
    _add(info, "severity", SEVERITY[warning.level])
    _add(info, "certainty", "Observed")
    _add(info, "onset", moment(warning.raised_ms, sender.timezone))
    _add(info, "senderName", warning.owner[language])
    _add(info, "headline", f"{sender.place[language]}: {sender.event[language]}")
    _add(info, "description", warning.explanation[language])
    if not is_over:
        _add(info, "instruction", warning.suggestion[language])
    area = ET.SubElement(info, "area")
    _add(area, "areaDesc", sender.place[language])
    for ring in polygons:
        _add(area, "polygon", ring)
    for code in (warning.area, *warning.cells):
        geocode = ET.SubElement(area, "geocode")
        _add(geocode, "valueName", "DB11/T 2157")
        _add(geocode, "value", code)
    return info


def _add(parent: ET.Element, name: str, text: str) -> None:
    ET.SubElement(parent, name).text = "".join(filter(_is_xml, text))


def _is_xml(char: str) -> bool:
    """Tell whether XML 1.0 may hold a character; most control characters are not."""
    code = ord(char)
    return char in "\t\n\r" or 0x20 <= code <= 0xD7FF or 0xE000 <= code <= 0xFFFD or code >= 0x10000


def _reference(name: CapName, sender: Sender) -> str:
    return f"{sender.sender},{name.identifier},{moment(name.sent_ms, sender.timezone)}"


def moment(at_ms: int, zone: tzinfo) -> str:
    """Write a time as CAP wants it: whole seconds, and an offset that is never `Z`."""
    return datetime.fromtimestamp(at_ms // 1000, zone).isoformat()
