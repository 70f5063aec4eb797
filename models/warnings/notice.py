"""Changes of warnings as a letter or a chat message: subject, text and HTML, in one language."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from html import escape
from typing import Final
from zoneinfo import ZoneInfo

from config.catalog import Catalog, Text
from models.messages.warnings import CityWarning, Level
from models.printable import printable, printable_lines
from models.warnings.life.words import CHANGES
from models.warnings.places import place_of
from models.warnings.text import LEVEL_NAMES

_COLOURS: Final = {
    Level.BLUE: "#1f5fbf",
    Level.YELLOW: "#8a6d00",
    Level.ORANGE: "#b34700",
    Level.RED: "#b00020",
}
_WORDS: Final[dict[str, Text]] = {
    "level": {"zh": "{level}预警", "en": "{level} warning"},
    "several": {"zh": "{n}条预警变化，最高{level}", "en": "{n} changes of warnings, up to {level}"},
    "do": {"zh": "建议：", "en": "To do: "},
    "who": {"zh": "责任单位：", "en": "Owner: "},
    "when": {"zh": "时间：", "en": "Time: "},
}
_LARGEST_SUBJECT: Final = 200


@dataclass(frozen=True, kw_only=True)
class Notice:
    """A message for people.

    Attributes
    ----------
    subject : str
        One line.
    text, html : str
        The same words.
    language : str
    """

    subject: str
    text: str
    html: str
    language: str


class Titles:
    """What a city calls its rules and places.

    Parameters
    ----------
    catalog : Catalog
    """

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self.zone: tzinfo = ZoneInfo(catalog.city.timezone)

    def event(self, change: CityWarning) -> Text:
        """Name what a warning is about; a rule that is gone is named by its code."""
        rule = self._catalog.rules.get(change.rule)
        return rule.title if rule else {"zh": change.rule, "en": change.rule}

    def place(self, change: CityWarning) -> Text:
        """Name where it is."""
        return place_of(self._catalog, change.area)


def notice_of(changes: Sequence[CityWarning], titles: Titles, language: str) -> Notice:
    """Write one change, or several together, the worst first."""
    ordered = sorted(changes, key=lambda each: (-each.level, each.id, each.revision))
    parts = [list(_lines(each, titles, language)) for each in ordered]
    subject = parts[0][0]
    if len(parts) > 1:
        level = LEVEL_NAMES[ordered[0].level][language]
        subject = _WORDS["several"][language].format(n=len(parts), level=level)
    blocks = [_block(each, lines) for each, lines in zip(ordered, parts, strict=True)]
    page = f'<!doctype html><html lang="{language}"><meta charset="utf-8">{"".join(blocks)}</html>'
    return Notice(
        subject=printable(subject)[:_LARGEST_SUBJECT],
        text="\n\n".join("\n".join(lines) for lines in parts) + "\n",
        html=page,
        language=language,
    )


def _lines(change: CityWarning, titles: Titles, language: str) -> Iterator[str]:
    """Give the lines about one change; the first says it all."""
    level = _WORDS["level"][language].format(level=LEVEL_NAMES[change.level][language])
    moment = datetime.fromtimestamp(change.updated_ms / 1000, titles.zone)
    place, event = titles.place(change)[language], titles.event(change)[language]
    done = CHANGES[change.change][language]
    yield printable(f"{level} · {place} · {event} · {done}")
    if change.explanation.get(language):
        yield printable_lines(change.explanation[language])
    if not change.cleared_ms and change.suggestion.get(language):
        yield _WORDS["do"][language] + printable_lines(change.suggestion[language])
    if change.owner.get(language):
        yield _WORDS["who"][language] + printable(change.owner[language])
    yield f"{_WORDS['when'][language]}{moment:%Y-%m-%d %H:%M %z}"
    yield printable(f"{change.id} r{change.revision}")


def _block(change: CityWarning, lines: Sequence[str]) -> str:
    first, *rest = (escape(line).replace("\n", "<br>") for line in lines)
    head = f'<h2 style="color:{_COLOURS[change.level]};font-size:1.2em">{first}</h2>'
    return head + "".join(f"<p>{line}</p>" for line in rest)
