"""The answers of a street partition to all questions, pane end by pane end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from models.cases.closed_loop.as_of import CasesAsOf
from models.cases.closed_loop.questions import IndicatorQuestion, Question
from models.cases.closed_loop.rates import Rates, measures_of
from models.cases.closed_loop.states import state_rows
from models.cases.feed import CaseFeed
from models.cases.store import CaseStore
from models.messages.closed_loop import LoopPane, LoopRow

# Panes; where the clock leaps further, as when weeks are replayed at once, only the newest are
# judged: a record must not hold its partition up.
MOST_AT_ONCE: Final = 3 * 24


def answers(
    store: CaseStore, questions: Sequence[Question], ends_ms: range, district: str
) -> Iterator[tuple[int, list[LoopRow]]]:
    """Give the rows of each pane end, ascending.

    Parameters
    ----------
    store : CaseStore
        All its cases are counted by it now.
    questions : sequence of Question
        Of the feed of the store.
    ends_ms : range
        Ends of panes, event time.
    district : str
    """
    if not questions or not ends_ms:
        return
    store.count_changed()
    cases, asked = CasesAsOf(store), measures_of(questions)
    for end_ms in ends_ms[-MOST_AT_ONCE:]:
        instant = cases.at(end_ms)
        rates, rows = Rates(store, instant, district, asked), list[LoopRow]()
        for question in questions:
            if isinstance(question, IndicatorQuestion):
                rows += rates.rows(question)
            else:
                rows += state_rows(question, store.table, instant, district)
        yield end_ms, rows


def loop_panes(
    feed: CaseFeed,
    questions: Sequence[Question],
    since_ms: int,
    where: tuple[int, int],
    district: str,
) -> Iterator[LoopPane]:
    """Give the message of each pane that closed since an event time.

    Parameters
    ----------
    feed : CaseFeed
    questions : sequence of Question
        Of the feed.
    since_ms : int
        Until when panes were closed before.
    where : tuple of int
        Street partition, and how many there are.
    district : str
    """
    width_ms = feed.panes.width_ms
    ends_ms = range(since_ms + width_ms, feed.panes.closed_end + 1, width_ms)
    for end_ms, rows in answers(feed.store, questions, ends_ms, district):
        yield LoopPane(
            feed=feed.name,
            partition=where[0],
            partitions=where[1],
            end_ms=end_ms,
            width_s=width_ms // 1000,
            rows=rows,
        )
