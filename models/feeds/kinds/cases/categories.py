"""Which category of the feed an event has: the one judgement of ingest and of every command."""

from __future__ import annotations

from typing import NamedTuple

from config.catalog import Feed
from models.feeds.tidy import tidy


class CategoryCheck(NamedTuple):
    """What becomes of a category as it was sent.

    Attributes
    ----------
    code : str or None
        Category of the feed; None where the feed lists no such category and has none for the rest:
        the event is set aside.
    unlisted : str
        What was sent, where `code` stands for it; empty where the feed lists it.
    """

    code: str | None
    unlisted: str = ""


class CategoryList:
    """The categories of a feed.

    A later event of a case may leave its category out. A category that the feed does not list
    becomes the feed's `other_category`, and travels beside it as it was sent; without one the event
    is set aside, because a closed list is meant to be closed.

    Parameters
    ----------
    feed : Feed

    Examples
    --------
    >>> from config.loader import load
    >>> from config.settings import Settings
    >>> dongcheng = CategoryList(load(Settings()).feeds["cases"])
    >>> dongcheng.judge("E0102"), dongcheng.judge("meteor"), dongcheng.judge("")
    (CategoryCheck(code='E0102', unlisted=''), CategoryCheck(code='E9900', unlisted='meteor'), \
CategoryCheck(code='', unlisted=''))
    """

    def __init__(self, feed: Feed) -> None:
        self._known = {code: CategoryCheck(code) for code in ("", *feed.categories)}
        self._other = feed.other_category

    def judge(self, sent: str) -> CategoryCheck:
        """Judge a category as it was sent; empty where the event names none."""
        return (
            self._known.get(sent) or self._known.get(tidy(sent)) or CategoryCheck(self._other, sent)
        )
