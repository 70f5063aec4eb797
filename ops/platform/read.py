"""What the units have told of a day by a moment, from the archive."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Final

from config.catalog import Catalog
from config.errors import InputError
from config.platform import PlatformPlan
from models.archive.datasets import MATTERS
from models.feeds.kinds.reports.book import KEPT_DAYS, ReportsBook
from models.feeds.kinds.reports.config import ReportsFeed
from models.matters.kind import zone_of
from models.messages.matters import MatterRecord
from ops.analysis.archive import connect
from streams.sinks.archive_files import day_files

_COLUMNS: Final = ("ts_ms", "cell", "what", "subject", "state", "who", "raw_offset", "raw_index")
_ASKED: Final = f"""
    SELECT {", ".join(_COLUMNS)} FROM {MATTERS.name}
    WHERE feed = ? AND ts_ms <= ? AND subject BETWEEN ? AND ?
    ORDER BY ts_ms, raw_partition, raw_offset, raw_index
"""


def plan_of(catalog: Catalog) -> tuple[PlatformPlan, ReportsFeed]:
    """Give what the city sends, and the feed of it.

    Raises
    ------
    InputError
        The city sends nothing to a platform.
    """
    plan = catalog.platform
    if plan is None:
        msg = f"{catalog.city.name['en']} has no platform.yaml: it sends nothing to a platform"
        raise InputError(msg)
    feed = catalog.feeds[plan.feed]
    assert isinstance(feed, ReportsFeed)  # `config.platform` has checked it
    return plan, feed


def book_at(
    archive: Path, catalog: Catalog, feed: ReportsFeed, days: tuple[date, date], at_ms: int
) -> ReportsBook:
    """Take in what was told by a moment of some days, and of those that they are judged by.

    Parameters
    ----------
    days : (date, date)
        The first and the last one.

    Raises
    ------
    InputError
        The archive holds nothing of any matter.
    """
    if not any(day_files(archive, MATTERS.name)):
        msg = (
            f"no reports in {archive}: set GRIDPULSE_ARCHIVE_DIR to the folder that the workers "
            f"or `gridpulse backtest {feed.name} FILE --archive DIR` write"
        )
        raise InputError(msg)
    book = ReportsBook(feed, zone_of(catalog), lambda _: ())
    first = days[0] - timedelta(days=KEPT_DAYS)
    given = [feed.name, at_ms, first.isoformat(), days[1].isoformat()]
    with connect(archive) as connection:
        rows = connection.execute(_ASKED, given).fetchall()
    for values in rows:
        row = dict(zip(_COLUMNS, values, strict=True))
        offset, index = row.pop("raw_offset"), row.pop("raw_index")
        record = MatterRecord(**row, offset=offset, index=index)
        if not book.why_not(record):  # a file of an older configuration may have other figures
            book.apply(record)
    return book
