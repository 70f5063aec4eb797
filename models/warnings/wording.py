"""Numbers and waiting times in words, the same in every explanation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

ENDLESS_DAYS: Final = 36_500.0


def rarity(days: float, language: str, *, is_least: bool = False) -> str:
    """Put a waiting time into the unit that reads best.

    Parameters
    ----------
    days : float
    language : str
    is_least : bool
        It is the most that the history supports: chance brings as much so often at the most.

    Examples
    --------
    >>> rarity(610, "zh", is_least=True), rarity(610, "en", is_least=True)
    ('至多约610天一次', 'at most once in 610 days')
    >>> rarity(40_000, "en", is_least=True)
    'less than once in a century'
    """
    if is_least and days < ENDLESS_DAYS:
        return {"zh": "至多", "en": "at most "}[language] + rarity(days, language)
    if days >= ENDLESS_DAYS:
        return {"zh": "百年不到一次", "en": "less than once in a century"}[language]
    if days >= 1:
        return {"zh": f"约{days:.0f}天一次", "en": f"once in {days:.0f} days"}[language]
    hours = max(days * 24, 0.1)
    return {"zh": f"约{hours:.1f}小时一次", "en": f"once in {hours:.1f} hours"}[language]


def chance(days: float, language: str, *, is_least: bool) -> str:
    """Say how often chance brings as much, and why no more is said where that is a bound."""
    said = rarity(days, language, is_least=is_least)
    if not is_least:
        return said
    return (
        said + {"zh": "（历史数据只能判断到此）", "en": " (the history can tell no more)"}[language]
    )


def number(value: float) -> str:
    """Three significant digits without an exponent, thousands apart."""
    if value == 0 or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.2f}" if abs(value) < 1 else f"{value:.1f}"


def span(since: str, until: str, language: str) -> str:
    """Say between which dates something was, by years where it was more than one; else nothing.

    Examples
    --------
    >>> span("2013-01-01", "2016-03-31", "zh"), span("2016-02-01", "2016-03-31", "en")
    ('2013—2016年', '2016-02-01 to 2016-03-31')
    """
    if not since:
        return ""
    if since[:4] != until[:4]:
        first, last = since[:4], until[:4]
        return {"zh": f"{first}—{last}年", "en": f"{first} to {last}"}[language]
    return {"zh": "至", "en": " to "}[language].join((since, until))


def called(codes: Sequence[str], names: Mapping[str, dict[str, str]], language: str) -> str:
    """List places by name; a code without a name stands for itself."""
    titles = [names[code][language] if code in names else code for code in codes]
    return {"zh": "、", "en": ", "}[language].join(titles)


def sentence(text: str) -> str:
    """Begin with a capital letter."""
    return text[:1].upper() + text[1:]
