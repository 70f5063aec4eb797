"""Sends days to the municipal platform: the first time, again, and as corrections."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import msgspec

from config.catalog import Catalog
from config.errors import InputError
from config.settings import Settings
from models.feeds.kinds.reports.book import ReportsBook
from models.matters.kind import zone_of
from models.platform.outbox import DayOutbox, Reason, Sent, apply_answer, decide
from models.platform.submission import (
    Submission,
    UnitFigures,
    digest_of,
    submission_of,
    units_of,
)
from models.timing.days import date_of, moment_of, number_of
from models.timing.units import DAY_MS, HOUR_MS
from ops.platform.outbox_files import OutboxFiles
from ops.platform.post import Post
from ops.platform.read import book_at, plan_of


@dataclass(frozen=True, kw_only=True)
class DayDone:
    """What was done with one day.

    Attributes
    ----------
    submission : Submission
        Its figures as they stand now.
    outbox : DayOutbox
        After what was done.
    file : Path or None
        The revision that stands, as it was posted.
    """

    reason: Reason
    submission: Submission
    outbox: DayOutbox
    file: Path | None

    @property
    def is_taken(self) -> bool:
        """Whether the platform has the figures as they stand."""
        newest = self.outbox.newest
        return newest is not None and bool(newest.received_ms)


class PlatformSender:
    """Sends the days of one city.

    Parameters
    ----------
    settings : Settings
        Where the archive is.
    catalog : Catalog
    post : Post or None
        None where the city names no address: submissions are then only written.

    Raises
    ------
    InputError
        The city sends nothing to a platform.
    """

    def __init__(self, settings: Settings, catalog: Catalog, post: Post | None) -> None:
        self._plan, self._feed = plan_of(catalog)
        self._archive, self._catalog, self._post = settings.archive_dir, catalog, post
        self._zone = zone_of(catalog)
        self.files = OutboxFiles(settings.archive_dir, self._feed.name)

    def look(self, day: date, now_ms: int) -> Submission:
        """Give a day's figures as they stand, and send nothing."""
        outbox = self.files.read(day.isoformat())
        units = units_of(self._feed, self._book(day, day, now_ms), day)
        return self._made(day, units, now_ms, outbox)

    def send(self, day: date, now_ms: int, *, is_forced: bool = False) -> DayDone:
        """Do with a day what is due: nothing, a first sending, a retry or a correction.

        The revision is on the disk before it leaves; a crash behind the post repeats it under the
        same id.

        Raises
        ------
        InputError
            The archive holds no reports, or the outbox of the day is damaged.
        """
        with self.files.locked():
            book = self._book(day, day, now_ms)
            return self._send(day, book, now_ms, is_forced=is_forced)

    def send_due(self, now_ms: int) -> list[DayDone | InputError]:
        """Do what is due of all days that are still corrected, the oldest first.

        Days before the first one that the archive knows are nobody's omission, and stay unsent. In
        place of a day whose outbox is damaged stands its error: the others have their turn.

        Raises
        ------
        InputError
            The archive holds no reports.
        """
        today = date_of(number_of(now_ms, self._zone)[0])
        back = range(self._plan.correct_days + 2, 0, -1)
        days = [today - timedelta(days=n) for n in back]
        with self.files.locked():
            book = self._book(days[0], days[-1], now_ms)
            first = max(book.first_day or today, self._feed.starts)
            return [self._tried(day, book, now_ms) for day in days if day >= first]

    def _book(self, first: date, last: date, now_ms: int) -> ReportsBook:
        return book_at(self._archive, self._catalog, self._feed, (first, last), now_ms)

    def _tried(self, day: date, book: ReportsBook, now_ms: int) -> DayDone | InputError:
        try:
            return self._send(day, book, now_ms)
        except InputError as error:
            return error

    def _send(
        self, day: date, book: ReportsBook, now_ms: int, *, is_forced: bool = False
    ) -> DayDone:
        outbox, units = self.files.read(day.isoformat()), units_of(self._feed, book, day)
        due_ms = self._due_ms(day)
        last_ms = due_ms + self._plan.correct_days * DAY_MS
        decision = decide(
            outbox, digest_of(units), now_ms, due_ms=due_ms, last_ms=last_ms, is_forced=is_forced
        )
        reason = decision.reason
        if decision.is_new:
            self._add(outbox, self._made(day, units, now_ms, outbox, is_new=True), now_ms)
        elif decision.is_sent and self._post is None:
            reason = Reason.WRITTEN
        file = self._newest_file(outbox)
        if decision.is_sent and self._post is not None and file is not None:
            body = file.read_bytes()
            name = msgspec.json.decode(body, type=Submission).id
            apply_answer(outbox.revisions[-1], self._post(name, body), now_ms)
            self.files.write(outbox)
        made = self._made(day, units, now_ms, outbox)
        return DayDone(reason=reason, submission=made, outbox=outbox, file=file)

    def _add(self, outbox: DayOutbox, made: Submission, now_ms: int) -> None:
        self.files.write_body(outbox.day, made.revision, msgspec.json.encode(made))
        outbox.revisions.append(Sent(digest=digest_of(made.units), made_ms=now_ms))
        self.files.write(outbox)

    def _newest_file(self, outbox: DayOutbox) -> Path | None:
        number = len(outbox.revisions) - 1
        return None if number < 0 else self.files.body_file(outbox.day, number)

    def _made(
        self,
        day: date,
        units: list[UnitFigures],
        now_ms: int,
        outbox: DayOutbox,
        *,
        is_new: bool = False,
    ) -> Submission:
        """Give the figures as the revision that stands, or as a further one."""
        number = len(outbox.revisions) if is_new else max(len(outbox.revisions) - 1, 0)
        before = outbox.taken
        return submission_of(
            self._feed,
            self._catalog.city.code,
            day,
            units,
            now_ms,
            revision=number,
            corrects=before if before is not None and before < number else None,
        )

    def _due_ms(self, day: date) -> int:
        midnight_ms = moment_of((day - date(1970, 1, 1)).days, 24, self._zone)
        return round(midnight_ms + self._plan.send_h * HOUR_MS)
