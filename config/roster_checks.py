"""A roster is refused where it names what does not exist, or leaves a level without anybody.

Which days are worked is not asked: a city may decide of any day (调休), so a roster has to hold
whether a day and the one before it are worked or not.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import Final

from config.documents import Document, Path_
from config.hours import DAY_MIN
from config.roster import DUTY_LEVELS, DutyLevel, Post, Roster

_SATURDAY: Final = 5
_NAMES: Final = {True: "a working day", False: "a day off"}
_Day = tuple[bool, bool]  # whether the day before and the day itself are worked


def check_roster(roster: Roster, file: Document) -> None:
    """Check a roster; raises ConfigError with the first post that is wrong, or missing hour."""
    for name, post in roster.posts.items():
        at: Path_ = ("posts", name)
        unknown = [shift for shift in post.shifts if shift not in roster.shifts]
        if unknown:
            known = ", ".join(roster.shifts)
            wrong = f"expected names of shifts ({known}), found {unknown[0]!r}"
            raise file.error([*at, "shifts"], wrong)
        if post.valid_to is not None and post.valid_to <= post.valid_from:
            wrong = f"expected a date after valid_from {post.valid_from}, found {post.valid_to}"
            raise file.error([*at, "valid_to"], wrong)
        _check_absences(roster, name, post, file)
    for level in DUTY_LEVELS:
        hole = first_hole(roster, level)
        if hole is not None:
            day, minute, kind = hole
            wrong = (
                f"nobody of level {level} is on duty at {minute // 60:02d}:{minute % 60:02d} "
                f"of {day} ({kind}); give a post or a shift these hours"
            )
            raise file.error(["posts"], wrong)


def first_hole(roster: Roster, level: DutyLevel) -> tuple[date, int, str] | None:
    """Find the first day and minute at which a level has nobody, from its first post on.

    Returns
    -------
    tuple of date, int, str or None
        The day, the minute of the day, and what kind of day it is; None where none is missing.
    """
    posts = [post for post in roster.posts.values() if post.level == level]
    if not posts:
        day = min(post.valid_from for post in roster.posts.values())
        return day, 0, "no post has that level"
    for since, until in _spans(posts):
        for day, kinds in _days(since, until):
            # Who begins on the last day of a span still serves the night that follows.
            minute = _uncovered(roster, posts, day, kinds, is_first=day == since == _first(posts))
            if minute is not None:
                return day, minute, _NAMES[kinds[1]]
    return None


def _first(posts: Sequence[Post]) -> date:
    return min(post.valid_from for post in posts)


def _spans(posts: Sequence[Post]) -> Iterator[tuple[date, date | None]]:
    """Cut time where a post begins or ends, and one day after it: its last night is over."""
    cuts = {post.valid_from for post in posts}
    cuts |= {post.valid_to for post in posts if post.valid_to is not None}
    cuts |= {cut + timedelta(days=1) for cut in cuts}
    ordered: list[date] = sorted(cuts)
    yield from pairwise(ordered)
    yield ordered[-1], None


def _days(since: date, until: date | None) -> Iterator[tuple[date, _Day]]:
    """Give the first day of each kind in a span: by weekday where it has one, else its first."""
    end = min(until or date.max, since + timedelta(days=7))
    days = [since + timedelta(days=n) for n in range((end - since).days)]
    kinds = {(True, True): 1, (True, False): 5, (False, False): 6, (False, True): 0}
    found = [
        (next((day for day in days if day.weekday() == weekday), since), kind)
        for kind, weekday in kinds.items()
    ]
    yield from sorted(found, key=lambda each: each[0])


def _uncovered(
    roster: Roster, posts: Sequence[Post], day: date, kinds: _Day, *, is_first: bool
) -> int | None:
    """Give the first minute of a day at which none of some posts is on duty.

    Before the first shift of the very first day nobody can be missed.
    """
    covered = bytearray(DAY_MIN)
    for before, is_worked in ((1, kinds[0]), (0, kinds[1])):
        began = day - timedelta(days=before)
        for post in posts:
            if not post.holds(began):
                continue
            for shift in (roster.shifts[name] for name in post.shifts):
                if shift.days in ("all", "working" if is_worked else "off"):
                    begin, lasts = shift.span
                    first = begin - before * DAY_MIN
                    for minute in range(max(first, 0), min(first + lasts, DAY_MIN)):
                        covered[minute] = 1
    start = covered.find(1) if is_first and 1 in covered else 0
    missing = covered.find(0, start)
    return None if missing < 0 else missing


def _check_absences(roster: Roster, name: str, post: Post, file: Document) -> None:
    """Check that whoever stands in exists, and is there."""
    for number, absence in enumerate(post.absences):
        at: Path_ = ("posts", name, "absences", number)
        if absence.until <= absence.first:
            wrong = f"expected a date after first {absence.first}, found {absence.until}"
            raise file.error([*at, "until"], wrong)
        other = roster.posts.get(absence.stand_in)
        if other is None or absence.stand_in == name:
            known = ", ".join(each for each in roster.posts if each != name)
            wrong = f"expected another post ({known}), found {absence.stand_in!r}"
            raise file.error([*at, "stand_in"], wrong)
        last = absence.until - timedelta(days=1)
        if not (other.holds(absence.first) and other.holds(last)):
            wrong = f"{absence.stand_in} takes no duty on all of these days"
            raise file.error([*at, "stand_in"], wrong)
        if any(e.first < absence.until and absence.first < e.until for e in other.absences):
            wrong = f"{absence.stand_in} is away then too"
            raise file.error([*at, "stand_in"], wrong)
