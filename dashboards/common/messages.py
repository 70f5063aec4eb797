"""The message catalogue: every word of the wall that is not data, in each language."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

from ruamel.yaml import YAML

from config.catalog import Text

LANGUAGES: Final = ("zh", "en")  # the first is the default
_FILE = Path(__file__).with_name("messages.yaml")
_MEANINGS = Path(__file__).with_name("meanings.yaml")


@cache
def catalogue() -> dict[str, Text]:
    """All messages by key, as they stand in `messages.yaml`."""
    loaded: dict[str, Text] = YAML(typ="safe").load(_FILE.read_text(encoding="utf-8"))
    return loaded


@cache
def meanings() -> dict[str, dict[str, str]]:
    """Give what figures mean in Chinese, by kind of feed (or `indicator`) and code."""
    loaded: dict[str, dict[str, str]] = YAML(typ="safe").load(_MEANINGS.read_text(encoding="utf-8"))
    return loaded


def meaning_of(family: str, code: str, english: str) -> Text:
    """Give what a figure means; one that has no Chinese meaning is told in English.

    Examples
    --------
    >>> meaning_of("campaign", "covered", "objects visited in this round")["zh"]
    '本轮已走访的对象'
    >>> meaning_of("moon", "light", "what shines")
    {'zh': 'what shines', 'en': 'what shines'}
    """
    return {"zh": meanings().get(family, {}).get(code, english), "en": english}


def message(key: str, **fields: str | Text) -> Text:
    """One message in each language, its `{fields}` filled in.

    A field that is itself a `Text` is filled in by language.

    Raises
    ------
    KeyError
        The catalogue has no such key, or a field is missing.

    Examples
    --------
    >>> message("duration.min", n="3")
    {'zh': '3 分', 'en': '3 min'}
    """
    template = catalogue()[key]
    return {
        language: template[language].format_map(_in_language(fields, language))
        for language in LANGUAGES
    }


def title_of(family: str, member: str) -> Text:
    """Message `family.member`; a member the catalogue does not know is shown by its own name.

    Examples
    --------
    >>> title_of("headline", "open_cases")["en"]
    'Open cases'
    >>> title_of("headline", "moonlight")
    {'zh': 'moonlight', 'en': 'moonlight'}
    """
    return catalogue().get(f"{family}.{member}") or same(member)


def same(text: str) -> Text:
    """One text for all languages."""
    return dict.fromkeys(LANGUAGES, text)


def pick(text: Text, language: str) -> str:
    """Text in a language, else in any it has, else empty."""
    return text.get(language) or next(iter(text.values()), "")


def _in_language(fields: dict[str, str | Text], language: str) -> dict[str, str]:
    return {
        name: value if isinstance(value, str) else pick(value, language)
        for name, value in fields.items()
    }
