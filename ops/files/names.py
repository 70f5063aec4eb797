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


def partner(name: str, names: Sequence[str]) -> str | None:
    """Find the column of clocks that belongs to a column of days, by its name.

    Examples
    --------
    >>> partner("Date GMT", ["Time Local", "Time GMT"]), partner("监测日期", ["监测时间"])
    ('Time GMT', '监测时间')
    """
    folded = {plain(each): each for each in names}
    day = plain(name)
    clocks = (("date", ("time", "hour")), ("日期", ("时间", "时刻", "小时")))
    known = [day.replace(part, one) for part, others in clocks if part in day for one in others]
    return next((folded[each] for each in known if each in folded), None)


def says_utc(name: str) -> bool:
    """Tell whether the name of a column says that its times are of UTC.

    Examples
    --------
    >>> says_utc("DateTime_UTC"), says_utc("Date GMT + Time GMT"), says_utc("updated_at")
    (True, True, False)
    """
    return bool({"utc", "gmt"} & set(words(name)))


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


def is_shifted(name: str) -> bool:
    """Tell whether a name says that its coordinates are not those of WGS 84.

    Examples
    --------
    >>> is_shifted("gcj02_lng"), is_shifted("百度经度"), is_shifted("wgs84_lng")
    (True, True, False)
    """
    has_part = any(part in name for part in vocabulary.FRAME_PARTS_ZH)
    return has_part or bool(set(words(name)) & vocabulary.FRAME_WORDS)


def degrees(names: Sequence[str]) -> tuple[str | None, str | None]:
    """Columns of longitude and latitude; where something began before where it ended.

    Examples
    --------
    >>> degrees(["end_lng", "start_lng", "end_lat", "start_lat", "bd09_lng"])
    ('start_lng', 'start_lat')
    """
    able = sorted((name for name in names if not is_shifted(name)), key=is_later)
    lon = first_of(vocabulary.LON, able) or with_word(vocabulary.LON, able)
    lat = first_of(vocabulary.LAT, able) or with_word(vocabulary.LAT, able)
    return lon, lat


def shifted(names: Sequence[str]) -> str:
    """Say of which columns the coordinates are shifted; empty where none is."""
    found = [name for name in names if is_shifted(name)]
    if not found:
        return ""
    return f"{', '.join(found)} are not of WGS 84 by their names: turn them into it"


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
