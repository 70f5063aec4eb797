"""The CAP messages of a feed: which change becomes which message, their names, and the Atom feed.

References
----------
OASIS CAP 1.2, 3.2.1 (msgType, references); GB/T 35965.1-2018 (identifiers); RFC 4287 (Atom).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import tzinfo
from typing import Final
from xml.etree import ElementTree as ET

import msgspec

from config.catalog import Text
from models.grid.codes import district_code
from models.messages.warnings import CityWarning, WarningChange
from models.warnings.cap import CapName, Kind, Sender, moment
from models.warnings.events import event_id
from models.warnings.identity import national_id

MOST_KEPT: Final = 5_000  # messages; of older ones the files go too
MOST_IN_FEED: Final = 200
ATOM: Final = "http://www.w3.org/2005/Atom"
CAP_TYPE: Final = "application/cap+xml"
_NEWS: Final = frozenset(
    {
        WarningChange.RAISED,
        WarningChange.LEVEL_UP,
        WarningChange.LEVEL_DOWN,
        WarningChange.UPDATED,
        WarningChange.REOPENED,
    }
)


class CapMessage(msgspec.Struct, frozen=True, kw_only=True):
    """One message that was written.

    Attributes
    ----------
    event : str
        Name of the change that it says.
    warning, revision : str, int
    name : CapName
    msg_type : str
    title : dict of str to str
        For the feed.
    """

    event: str
    warning: str
    revision: int
    name: CapName
    msg_type: Kind
    title: dict[str, str]


class CapIndex(msgspec.Struct, kw_only=True):
    """All messages of a feed, the oldest first."""

    messages: list[CapMessage] = []

    def known(self, change: CityWarning) -> CapMessage | None:
        """Give the message that says a change, where it was written."""
        name = event_id(change)
        return next((each for each in self.messages if each.event == name), None)

    def chain(self, warning: str) -> list[CapMessage]:
        """Give the messages of a warning that no later one has cancelled."""
        found: list[CapMessage] = []
        for each in self.messages:
            if each.warning == warning:
                found = [] if each.msg_type == "Cancel" else [*found, each]
        return found

    def current(self, warning: str) -> CapMessage | None:
        """Give the message of a warning that stands: what comes next takes its place."""
        news = [each for each in self.chain(warning) if each.msg_type != "Ack"]
        return news[-1] if news else None

    def plan(self, change: CityWarning, title: Text, agency: str) -> CapMessage | None:
        """Say as what a change is written; None where the feed has nothing to say of it.

        What people do among themselves is not for the public, but that somebody answers it is an
        `Ack`. A change that came after a newer one says nothing new; nor does the end of what
        nobody was told of.

        Parameters
        ----------
        agency : str
            Agency and unit of the sender, 6 digits.
        """
        chain = self.chain(change.id)
        if any(
            each.revision > change.revision for each in self.messages if each.warning == change.id
        ):
            return None
        kind = _kind(change, is_first=not chain)
        if kind is None:
            return None
        return CapMessage(
            event=event_id(change),
            warning=change.id,
            revision=change.revision,
            name=CapName(identifier=self._identifier(change, agency), sent_ms=change.updated_ms),
            msg_type=kind,
            title=title,
        )

    def add(self, message: CapMessage) -> list[CapMessage]:
        """Add a message; gives the oldest ones, which are dropped for it."""
        self.messages.append(message)
        gone = self.messages[: max(0, len(self.messages) - MOST_KEPT)]
        del self.messages[: len(gone)]
        return gone

    def _identifier(self, change: CityWarning, agency: str) -> str:
        """Give a national identifier that is free: ten fit a second, more take the next one."""
        used = {each.name.identifier for each in self.messages}
        second_ms = change.updated_ms
        while True:
            for number in range(10):
                name = national_id(
                    district_code(change.area),
                    second_ms,
                    number,
                    agency=agency[:3],
                    unit=agency[3:],
                )
                if name not in used:
                    return name
            second_ms += 1000


def _kind(change: CityWarning, *, is_first: bool) -> Kind | None:
    if change.change in _NEWS:
        return "Alert" if is_first else "Update"
    if is_first:
        return None
    if change.change is WarningChange.CLEARED:
        return "Cancel"
    return "Ack" if change.change is WarningChange.ACKNOWLEDGED else None


def atom_feed(messages: Iterable[CapMessage], sender: Sender, zone: tzinfo) -> bytes:
    """Write the feed: the newest messages first, each a link to its file beside the feed."""
    newest = list(messages)[-MOST_IN_FEED:][::-1]
    feed = ET.Element("feed", xmlns=ATOM)
    _add(feed, "id", f"urn:gridpulse:{sender.sender}:cap")
    _add(feed, "title", f"{sender.place['zh']} CAP · {sender.place['en']}")
    _add(feed, "updated", moment(max((e.name.sent_ms for e in newest), default=0), zone))
    ET.SubElement(feed, "link", rel="self", href="feed.atom", type="application/atom+xml")
    _add(ET.SubElement(feed, "author"), "name", sender.sender)
    for each in newest:
        entry = ET.SubElement(feed, "entry")
        _add(entry, "id", f"urn:gridpulse:{sender.sender}:cap:{each.name.identifier}")
        _add(
            entry,
            "title",
            f"[{sender.status}] {each.msg_type}: {each.title['zh']} · {each.title['en']}",
        )
        _add(entry, "updated", moment(each.name.sent_ms, zone))
        ET.SubElement(entry, "category", term=each.msg_type)
        href = f"{each.name.identifier}.xml"
        ET.SubElement(entry, "link", rel="alternate", href=href, type=CAP_TYPE)
    data: bytes = ET.tostring(feed, encoding="utf-8", xml_declaration=True)
    return data


def _add(parent: ET.Element, name: str, text: str) -> None:
    ET.SubElement(parent, name).text = text
