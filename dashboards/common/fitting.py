"""Names shortened by a rule where there is little room; the title has the whole of them.

A name that is too wide first loses the words that every other name has too, then the ends of its
longest words, and in the end its own; a point or an ellipsis says that something is missing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from dash import html
from dash.development.base_component import Component

from config.catalog import Text
from dashboards.common.messages import LANGUAGES, pick
from dashboards.common.wording import both
from models.printable import printable

_GENERAL: Final = re.compile(
    r"^(?:the )?(?:department|dept\.?|bureau|office|division|agency|authority|administration)"
    r" (?:of|for)(?: the)? | (?:department|dept\.?|bureau|office|division|agency|authority)$",
    re.IGNORECASE,
)
_NARROW: Final = frozenset("fijlrtI.,:;'|!()[] -")
_WIDE: Final = frozenset("mwMW%@&")
_SMALL: Final = frozenset(("and", "of", "the", "for", "&"))
_LEAST_LETTERS: Final = 3  # of a word that is shortened
ELLIPSIS: Final = "…"


def width_em(text: str) -> float:
    """Estimate the width of a text, in the size of its letters: a Chinese one is 1 wide."""
    return sum(_width_em(letter) for letter in text)


def _width_em(letter: str) -> float:
    if ord(letter) > 0x2E80 or letter == ELLIPSIS:
        return 1.0
    if letter in _WIDE:
        return 0.92
    if letter in _NARROW:
        return 0.34
    return 0.68 if letter.isupper() else 0.6


def fitting(text: str, room_em: float) -> str:
    """Shorten a name to a width.

    Examples
    --------
    >>> fitting("Parks", 7), fitting("Department of Public Works", 7)
    ('Parks', 'Public Works')
    >>> fitting("Ecology and Environment", 6), fitting("Department of Transportation", 5)
    ('Ecol. Envir.', 'Transp…')
    >>> fitting("城市管理综合行政执法局", 5)
    '城市管理…'
    """
    if width_em(text) <= room_em:
        return text
    text = _abbreviated(_GENERAL.sub("", text).strip() or text, room_em)
    if width_em(text) <= room_em:
        return text
    while text and width_em(text) + 1.0 > room_em:
        text = text[:-1]
    return text.rstrip() + ELLIPSIS


def _abbreviated(text: str, room_em: float) -> str:
    """Take letters from the longest words of a name, if there are several, until it has room."""
    words = [word for word in text.split() if word.lower() not in _SMALL] or text.split()
    ends = [""] * len(words)
    while width_em(_joined(words, ends)) > room_em:
        at = max(range(len(words)), key=lambda place: len(words[place]))
        if len(words) == 1 or len(words[at]) <= _LEAST_LETTERS:
            return text
        words[at], ends[at] = words[at][:-1], "."
    return _joined(words, ends)


def _joined(words: Sequence[str], ends: Sequence[str]) -> str:
    return " ".join(word + end for word, end in zip(words, ends, strict=True))


def broken(text: str, room_em: float) -> list[str]:
    """Break a text into lines of a width: at blanks, and where there is none, between letters.

    Examples
    --------
    >>> broken("dust of two places", 6.5), broken("扬尘历史", 3.0), broken("", 3.0)
    (['dust of two', 'places'], ['扬尘历', '史'], [])
    """
    lines = []
    while text:
        end = len(text)
        while end > 1 and width_em(text[:end].rstrip()) > room_em:
            end -= 1
        blank = text.rfind(" ", 1, end) if end < len(text) else -1
        end = blank + 1 if blank > end // 2 else end
        lines.append(text[:end].strip())
        text = text[end:]
    return lines


def shortened(text: str, most: int) -> str:
    """Shorten a name in its middle: ends tell names of one maker apart.

    Examples
    --------
    >>> shortened("dust-07", 12), shortened("gateway/0000000000/dust-07", 12)
    ('dust-07', 'gatewa…st-07')
    """
    if len(text) <= most:
        return text
    half = most // 2
    return text[:half] + ELLIPSIS + text[-(most - half - 1) :]


def named(text: Text, room_em: float) -> Component:
    """Put a name into the page as wide as there is room, and the whole of it into its title."""
    short = {language: fitting(printable(pick(text, language)), room_em) for language in LANGUAGES}
    return html.Span(both(short), title=titled(text))


def whole(text: Text) -> Component:
    """Put a name into the page that the style sheet ends with an ellipsis, and into its title."""
    return html.Span(both(text), title=titled(text))


def titled(text: Text) -> str:
    """Give a text in all its languages for a title, which has no language of its own."""
    return " / ".join(dict.fromkeys(printable(pick(text, language)) for language in LANGUAGES))
