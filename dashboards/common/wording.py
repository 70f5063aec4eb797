"""Numbers, times and texts as people read them. Unknown is a dash, never a zero."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, datetime, tzinfo
from typing import Final

from dash import html
from dash.development.base_component import Component

from config.catalog import Text
from dashboards.common.messages import LANGUAGES, message, pick, same
from models.printable import printable

UNKNOWN: Final = "—"
_FAR_DAYS: Final = 300
_TAGS: Final = {"zh": "zh-CN", "en": "en"}
_UNITS: Final = (("duration.d", 86_400), ("duration.h", 3_600), ("duration.min", 60))


def number(value: float | None, decimals: int = 0) -> str:
    """Write a number with thousands separators.

    Examples
    --------
    >>> number(3447), number(97.186, 1), number(None), number(float("nan"))
    ('3,447', '97.2', '—', '—')
    """
    if value is None or not math.isfinite(value):
        return UNKNOWN
    return f"{value:,.{decimals}f}"


def measured(value: float | None, decimals: int, unit: str) -> str:
    """Write a number with its unit.

    Examples
    --------
    >>> measured(85.04, 1, "µg/m³"), measured(None, 1, "µg/m³")
    ('85.0 µg/m³', '—')
    """
    text = number(value, decimals)
    return text if text == UNKNOWN or not unit else f"{text} {unit}"


def local(ms: int, zone: tzinfo) -> datetime:
    """Epoch milliseconds as a time of the city."""
    return datetime.fromtimestamp(ms / 1000, UTC).astimezone(zone)


def clock(ms: int, zone: tzinfo, now_ms: int) -> str:
    """Time of day; with its date when that is not the date of `now_ms`; a dash for 0.

    With its year too where a reader would think of another one.

    Examples
    --------
    >>> clock(0, UTC, 0), clock(3_600_000, UTC, 7_200_000), clock(3_600_000, UTC, 90_000_000)
    ('—', '01:00', '01-01 01:00')
    >>> clock(3_600_000, UTC, 30_000_000_000)
    '1970-01-01 01:00'
    """
    if not ms:
        return UNKNOWN
    then, now = local(ms, zone), local(now_ms, zone)
    if then.date() == now.date():
        return f"{then:%H:%M}"
    is_far = abs((then - now).days) > _FAR_DAYS
    return f"{then:%Y-%m-%d %H:%M}" if is_far else f"{then:%m-%d %H:%M}"


def duration(seconds: float | None) -> Text:
    """Length of time in its largest fitting unit; a dash for None; nothing is below 0 s.

    Examples
    --------
    >>> duration(45)["en"], duration(5_400)["en"], duration(None)["en"]
    ('45 s', '1.5 h', '—')
    """
    if seconds is None or not math.isfinite(seconds):
        return same(UNKNOWN)
    for key, size in _UNITS:
        if seconds >= size:
            n = seconds / size
            whole = n >= 10 or key == "duration.min"
            return message(key, n=f"{n:.0f}" if whole else f"{n:.1f}".removesuffix(".0"))
    return message("duration.s", n=f"{max(0, seconds):.0f}")


def listed(names: Sequence[Text]) -> Text:
    """Write names one after another, as each language does.

    Examples
    --------
    >>> listed([{"zh": "东四", "en": "Dongsi"}, {"zh": "景山", "en": "Jingshan"}])
    {'zh': '东四、景山', 'en': 'Dongsi, Jingshan'}
    """
    return {
        "zh": "、".join(name["zh"] for name in names),
        "en": ", ".join(name["en"] for name in names),
    }


def both(text: Text, class_name: str = "") -> Component:
    """Put a text in every language into the page; the style sheet shows the one of `<html lang>`.

    So the language changes at once, and also when no server answers. Characters that act (control,
    direction) are shown as escapes: names and codes come from outside.
    """
    spans = [html.Span(printable(pick(text, code)), lang=_TAGS[code]) for code in LANGUAGES]
    return html.Span(spans, className=f"say {class_name}".strip())


def say(key: str, **fields: str | Text) -> Component:
    """Put one message of the catalogue into the page."""
    return both(message(key, **fields))
