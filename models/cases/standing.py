"""How the cases of a street partition stand now: the summary for the district."""

from __future__ import annotations

from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from models.cases.columns import NEVER
from models.cases.feed import CaseFeed
from models.cases.indicators.backlog import backlog
from models.cases.indicators.cell_counts import CellCounts
from models.cases.indicators.closing_times import spreads_added_up
from models.cases.indicators.group_sums import MOST
from models.cases.indicators.largest_groups import added_up, largest_groups, with_others
from models.cases.indicators.window_sums import WINDOWS
from models.cases.prediction.breach import BreachModel
from models.cases.prediction.forecast import at_risk, likeliest
from models.cases.rulebook import Rulebook
from models.cases.state import CaseState
from models.cases.store import CaseStore
from models.cases.table import STAGES
from models.messages.bounds import LARGEST_MESSAGE
from models.messages.envelope import encode
from models.messages.street_summaries import CaseSummary, StageNow, WatchedCase
from models.timing.zone import Times

OF_TODAY: Final = ("cases.filed_today", "cases.closed_today", "cases.reported_today")
LAYERS: Final = ("cases.open", *OF_TODAY, "cases.event_open")
WATCHED: Final = 20
DUPLICATES: Final = 20
_CANDIDATES: Final = 200  # nearest to their limits; the likeliest of them are watched
_TOTALS: Final = ("reported", "filed", "closings", "due", "closed_due", "in_time_due")


def layer_rows(store: CaseStore) -> tuple[Times, NDArray[np.int64], NDArray[np.float64]]:
    """Columns cell, layer and value of a summary: one row per cell and layer that has a case."""
    cells, counts = store.table.open_by_cell()
    parts = [(cells, np.zeros(len(cells), dtype=np.int64), counts.astype(np.float64))]
    today = store.indicators.today
    by_cell = [
        store.cells.of_day(today, name.removeprefix("cases.").split("_")[0]) for name in OF_TODAY
    ]
    for layer, of_cell in enumerate([*by_cell, store.events.open_by_cell(store.table)], start=1):
        place = np.array(sorted(of_cell), dtype=np.int64)
        value = np.array([of_cell[cell] for cell in place.tolist()], dtype=np.float64)
        parts.append((place, np.full(len(place), layer, dtype=np.int64), value))
    cell, layer_index, values = (np.concatenate(column) for column in zip(*parts, strict=True))
    return cell, layer_index, values


def totals(feed: CaseFeed) -> dict[str, float]:
    """Give the figures of the whole partition: `cases.<count>_<window>` and others."""
    store = feed.store
    figures = {
        f"cases.{measure}_{window}": float(store.indicators.total(window, measure))
        for window in WINDOWS
        for measure in _TOTALS
    }
    table = store.table
    if (table.columns["judged"] > 0).any():  # without a model nobody knows
        figures["cases.at_risk"] = float(at_risk(table, store.now_ms).sum())
    figures["cases.open"] = float(table.columns["open"].sum())
    figures["cases.overdue"] = float(table.overdue(store.now_ms).sum())
    figures["cases.repeated"] = float(feed.repeated_count)
    figures["cases.departed"] = float(feed.evicted_count)
    figures["cases.too_late_for_pane"] = float(feed.panes.too_late)
    return figures


def case_summary(
    feed: CaseFeed,
    rules: Rulebook,
    *,
    partition: int,
    partitions: int,
    published_ms: int,
    watermark_ms: int,
    model: BreachModel | None = None,
) -> CaseSummary:
    """Give the state of the loop, all live indicators, and the most pressing cases.

    With a model each pressing case gets the probability of breaking its limit.
    """
    store = feed.store
    return CaseSummary(
        feed=feed.name,
        partition=partition,
        partitions=partitions,
        published_ms=published_ms,
        watermark_ms=watermark_ms,
        today=store.indicators.today,
        stages=_stages(store),
        indicators=[*store.indicators.counts(), *backlog(store.table, store.now_ms)],
        spreads=store.indicators.spreads(),
        cells=store.indicators.cells(),
        watched=_watched(store, rules, model),
        events=store.events.counts(store.table, store.now_ms),
        tagged=_tagged(store, rules),
        flags=_flags(feed),
        duplicates=store.duplicates.newest(DUPLICATES),
        duplicates_open=len(store.duplicates),
    )


def summary_message(summary: CaseSummary, most_bytes: int = LARGEST_MESSAGE) -> bytes:
    """Write a summary; of one that no topic takes only the largest groups, the others together.

    Where that is not enough, the counts of the cells are left out as well.
    """
    data, most = encode(summary), MOST
    while len(data) > most_bytes and most:
        most //= 2
        kept = largest_groups(summary.indicators, most)
        summary = msgspec.structs.replace(
            summary,
            indicators=added_up(with_others(summary.indicators, kept)),
            spreads=spreads_added_up(with_others(summary.spreads, kept)),
        )
        data = encode(summary)
    if len(data) > most_bytes:
        data = encode(msgspec.structs.replace(summary, cells=CellCounts()))
    return data


def _flags(feed: CaseFeed) -> dict[str, int]:
    """Cases in memory by reason code, and events that changed nothing."""
    events = {
        "repeated-event": feed.repeated_count,
        "event-after-departure": feed.evicted_count,
    }
    return feed.store.table.flags() | {code: count for code, count in events.items() if count}


def _stages(store: CaseStore) -> dict[str, StageNow]:
    """Open cases by stage, with those that left it in the last 24 hours."""
    stages = store.table.stages(store.now_ms)
    for stage, (count, hours) in store.done_today().items():
        now = stages.get(stage, StageNow(open=0, overdue=0, dwell_h_sum=0.0))
        stages[stage] = msgspec.structs.replace(now, done=count, done_h_sum=hours)
    return stages


def _watched(store: CaseStore, rules: Rulebook, model: BreachModel | None) -> list[WatchedCase]:
    """Give the cases furthest past their limit, then those most likely to break it."""
    table = store.table
    likely = likeliest(table, store.now_ms, _CANDIDATES)
    rows = list(dict.fromkeys([*table.most_pressing(_CANDIDATES), *likely]))
    chance = np.full(len(rows), np.nan)
    expected = np.full(len(rows), NEVER, dtype=np.int64)
    if model is not None and rows:
        cases = table.open_cases(rows, store.now_ms)
        chance, expected = model.breach(cases, rules.zone), model.expected_close_ms(cases)
    left_ms = table.columns["due"][rows] - store.now_ms
    is_over = left_ms < 0
    order = np.lexsort((left_ms, np.where(is_over, 0.0, -np.nan_to_num(chance)), ~is_over))
    return [
        _watch(store, rules, rows[at], float(chance[at]), int(expected[at]))
        for at in order[:WATCHED].tolist()
    ]


def _tagged(store: CaseStore, rules: Rulebook) -> list[WatchedCase]:
    """Give the most pressing open cases of major events."""
    rows = store.events.most_pressing(store.table, WATCHED)
    return [_watch(store, rules, row, float("nan"), NEVER) for row in rows]


def _watch(
    store: CaseStore, rules: Rulebook, index: int, chance: float, expected_ms: int
) -> WatchedCase:
    columns, case = store.table.columns, store.table.case_at(index)
    state = store.state(case) or CaseState()
    due_ms = int(columns["due"][index])
    late = rules.clock.working_minutes_between(
        np.array([due_ms]), np.array([store.now_ms]), rules.basis_of(state)
    )
    return WatchedCase(
        case=case,
        cell=state.cell,
        category=state.category,
        department=state.department,
        stage=STAGES[columns["stage"][index]].value,
        reported_ms=int(columns["began"][index]),
        due_ms=due_ms,
        overdue_min=int(late[0]),
        breach_probability=None if np.isnan(chance) else chance,
        expected_close_ms=None if expected_ms == NEVER else expected_ms,
        events=[tag.event for tag in state.events],
        tags=[tag.tag for tag in state.events],
        objects=[name for tag in state.events for name in tag.objects],
        priority=rules.priority(state),
    )
