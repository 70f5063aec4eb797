"""Numbers and waiting times in words, the same in every explanation."""

from __future__ import annotations

from typing import Final

ENDLESS_DAYS: Final = 36_500.0


def rarity(days: float, language: str) -> str:
    """Put a waiting time into the unit that reads best."""
    if days >= ENDLESS_DAYS:
        return {"zh": "百年不到一次", "en": "less than once in a century"}[language]
    if days >= 1:
        return {"zh": f"约{days:.0f}天一次", "en": f"once in {days:.0f} days"}[language]
    hours = max(days * 24, 0.1)
    return {"zh": f"约{hours:.1f}小时一次", "en": f"once in {hours:.1f} hours"}[language]


def number(value: float) -> str:
    """Three significant digits without an exponent, thousands apart."""
    if value == 0 or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.2f}" if abs(value) < 1 else f"{value:.1f}"


def sentence(text: str) -> str:
    """Begin with a capital letter."""
    return text[:1].upper() + text[1:]
