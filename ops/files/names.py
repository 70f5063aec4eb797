"""Which column of a file is what, by its name: whole words and known vocabularies."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from pathlib import Path

from config.errors import InputError
from ops.files import vocabulary


def plain(name: str) -> str:
    """Fold a name: no case, no signs, no blanks.

    Examples
    --------
    >>> plain("Created Date"), plain("createdDate"), plain("date.utc")
    ('createddate', 'createddate', 'dateutc')
    """
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", name).casefold()))


def words(name: str) -> list[str]:
    """Split a name into its words.

    Examples
    --------
    >>> words("sla_target_dt"), words("CreatedDate"), words("Updated")
    (['sla', 'target', 'dt'], ['created', 'date'], ['updated'])
    """
    split = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", unicodedata.normalize("NFKC", name))
    return [word.casefold() for word in re.findall(r"[^\W_]+", split)]


def named(name: str, names: Sequence[str], file: Path) -> str:
    """Find a column that the user named: exactly, else without regard to case and signs.

    Raises
    ------
    InputError
        No column fits, or several do; the sentence names the columns.
    """
    exact = unicodedata.normalize("NFC", name).strip()
    if exact in names:
        return exact
    alike = [each for each in names if plain(each) == plain(name)]
    if len(alike) == 1:
        return alike[0]
    what = f"{len(alike)} columns like" if alike else "no column"
    msg = f"{file} has {what} {name!r}; it has {', '.join(names)}"
    raise InputError(msg)


def first_of(known: Sequence[str], names: Sequence[str]) -> str | None:
    """Find the first name that a vocabulary holds, in the order of the vocabulary.

    Examples
    --------
    >>> first_of(vocabulary.LON, ["Lat", "LNG"])
    'LNG'
    """
    folded: dict[str, str] = {}
    for name in names:
        folded.setdefault(plain(name), name)
    return next((folded[word] for word in known if word in folded), None)


def with_word(known: Sequence[str], names: Sequence[str]) -> str | None:
    """Find the first name that has a word of a vocabulary in it.

    Examples
    --------
    >>> with_word(vocabulary.LAT, ["id", "incident_latitude"])
    'incident_latitude'
    """
    folded = {name: {plain(word) for word in words(name)} for name in names}
    return next((name for word in known for name in names if word in folded[name]), None)


def reading_times(names: Sequence[str]) -> list[str]:
    """Columns that may hold the time of a reading, the surest first."""
    return _ranked(vocabulary.READING_TIMES, names)


def event_times(names: Sequence[str]) -> list[str]:
    """Columns that may say when an event began, the surest first; never its end or a change.

    Examples
    --------
    >>> event_times(["Closed", "Updated", "Opened"]), event_times(["办结时间", "受理时间"])
    (['Opened'], ['受理时间'])
    """
    return _ranked((*vocabulary.EVENT_TIMES, *vocabulary.READING_TIMES), names)


def _ranked(known: Sequence[str], names: Sequence[str]) -> list[str]:
    rank = {word: at for at, word in reversed([*enumerate(known)])}
    exact = sorted((n for n in names if plain(n) in rank), key=lambda name: rank[plain(name)])
    like = [name for name in names if _speaks_of_time(name)]
    began = [name for name in like if vocabulary.BEGAN_WORDS & set(words(name))]
    return list(dict.fromkeys([*exact, *began, *like]))


def is_later(name: str) -> bool:
    """Tell whether a name speaks of an end, a change or a limit.

    Examples
    --------
    >>> is_later("Updated"), is_later("办结时间"), is_later("Opened")
    (True, True, False)
    """
    has_part = any(part in name for part in vocabulary.LATER_PARTS_ZH)
    return has_part or bool(set(words(name)) & vocabulary.LATER_WORDS)


def _speaks_of_time(name: str) -> bool:
    """Tell whether a name has a word for time and none for an end, a change or a limit."""
    if is_later(name):
        return False
    is_zh = any(part in name for part in vocabulary.TIME_PARTS_ZH)
    return is_zh or bool(set(words(name)) & vocabulary.TIME_WORDS)
